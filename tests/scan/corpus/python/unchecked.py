import requests
s = requests.Session()
def coins():
    r = s.get("https://open-api-v4.coinglass.com/api/futures/supported-coins", timeout=3)
    r.raise_for_status()
    return r.json()["data"]
def checked():
    body = s.get("https://open-api-v4.coinglass.com/api/futures/supported-coins", timeout=3).json()
    if body.get("code") != "0":
        raise RuntimeError
    return body["data"]
