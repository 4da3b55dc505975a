import os
COINGLASS_API_KEY = os.environ["COINGLASS_API_KEY"]
api_key = "YOUR_API_KEY_GOES_HERE_01"
token = "xxxxxxxxxxxxxxxxxxxxxxxx12"
secret = "00000000000000000000000000000000"
key = "${COINGLASS_API_KEY}"
h = {"CG-API-KEY": "test-key-0123456789abc"}
checksum = "fa4efa4efa4efa4efa4efa4efa4efa4e"
BINANCE_API_KEY = "fa4efa4efa4efa4efa4efa4efa4efa4e"
