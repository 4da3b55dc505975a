import requests

URL = "https://open-api-v4.coinglass.com/api/futures/"


def both():
    r = requests.get(URL + "supported-coins", timeout=5).json()
    coins = r["data"]
    r = requests.get(URL + "supported-exchanges", timeout=5)
    r = r.json()
    return coins, r["data"]


def looked():
    r = requests.get(URL + "supported-coins", timeout=5).json()
    if r["code"] != "0":
        raise ValueError(r["msg"])
    return r["data"]
