import httpx
def heat():
    return httpx.get("https://open-api-v4.coinglass.com/api/spot/orderbook/history", params={"exchange": "Binance", "symbol": "BTCUSDT", "interval": "1h"})
