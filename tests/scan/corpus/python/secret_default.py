import os
KEY = os.getenv("COINGLASS_API_KEY", "9f3b1c77a0de4a6bb2c85d10e4f6a913")
def client(api_key: str = "9f3b1c77a0de4a6bb2c85d10e4f6a913"):
    return api_key
