import requests

SITE = "https://capi.coinglass.com"


def heatmap():
    return requests.get(SITE + "/api/index/v2/liqHeatMap", params={"symbol": "Binance_BTCUSDT"}, timeout=9).json()


def ticker():
    return requests.get(f"{SITE}/api/coin/tickers?symbol=BTC", timeout=9).json()
