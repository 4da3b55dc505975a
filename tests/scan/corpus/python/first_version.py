import requests

BASE = "http://open-api.bybt.com/api/pro/v1"
FUTURES = BASE + "/futures"
HEADERS = dict(bybtSecret=open("key").read())


def interest(symbol):
    return requests.get(f"{FUTURES}/openInterest", params={"symbol": symbol}, headers=HEADERS, timeout=5).json()


def volume(symbol):
    return requests.get(f"{FUTURES}/volume/all", params={"symbol": symbol}, headers=HEADERS, timeout=5).json()
