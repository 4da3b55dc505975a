import os
KEY = os.getenv("COINGLASS_API_KEY", "fa4efa4efa4efa4efa4efa4efa4efa4e")
def client(api_key: str = "fa4efa4efa4efa4efa4efa4efa4efa4e"):
    return api_key
