import httpx
def oi():
    query = "exchange=Binance&symbol=BTCUSDT&interval=h4"
    return httpx.get("https://open-api-v4.coinglass.com/api/futures/open-interest/history?" + query)
