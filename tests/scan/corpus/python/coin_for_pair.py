import requests

BASE = "https://open-api-v4.coinglass.com"


def ratio(symbol: str = "ETH", exchange="Binance"):
    params = {"symbol": symbol, "exchange": exchange, "interval": "4h"}
    url = f"{BASE}/api/futures/global-long-short-account-ratio/history"
    return requests.get(url, params=params, timeout=5).json()


def weighted():
    url = f"{BASE}/api/futures/funding-rate/oi-weight-history?symbol=BTCUSDT&interval=4h"
    return requests.get(url, timeout=5).json()


def elsewhere():
    url = f"{BASE}/api/futures/funding-rate/history?exchange=Hyperliquid&symbol=ETH&interval=4h"
    return requests.get(url, timeout=5).json()
