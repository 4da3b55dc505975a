import requests
BASE = "https://open-api-v4.coinglass.com"
def call(path, params=None):
    r = requests.get(BASE + path, params=params)
    return r.json()["data"]
def coins():
    return call("/api/futures/supported-coins")
