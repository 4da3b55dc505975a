import os
COINGLASS_API_KEY = os.environ["COINGLASS_API_KEY"]
api_key = "YOUR_API_KEY_GOES_HERE_01"
token = "xxxxxxxxxxxxxxxxxxxxxxxx12"
secret = "00000000000000000000000000000000"
key = "${COINGLASS_API_KEY}"
h = {"CG-API-KEY": "test-key-0123456789abc"}
checksum = "9f3b1c77a0de4a6bb2c85d10e4f6a913"
BINANCE_API_KEY = "9f3b1c77a0de4a6bb2c85d10e4f6a913"
