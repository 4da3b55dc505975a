import requests
ROOT = "https://open-api-v4.coinglass.com/api/"
def rates():
    return requests.get(ROOT + "futures/funding-rate/exchange-list", timeout=5)
