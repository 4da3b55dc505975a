import requests


def prices(raw_start):
    raw = {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "4h", "limit": 9, "startTime": raw_start}
    params = {key: value for key, value in raw.items() if value}
    return requests.get("https://open-api-v4.coinglass.com/api/futures/price/history", params=params, timeout=5)
