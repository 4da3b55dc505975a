import httpx
URL = "https://open-api-v4.coinglass.com/api/futures/open-interest/history"
def go():
    params = dict(exchange="Binance", pair="BTCUSDT")
    params["interval"] = "1d"
    return httpx.get(URL, params=params)
