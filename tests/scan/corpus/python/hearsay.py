import requests


def coins():
    return requests.get("https://api.coinglass.com/api/futures/supported-coins", timeout=5).json()
