import httpx
BASE_URL = "https://open-api-v3.coinglass.com"
def oi():
    url = f"{BASE_URL}/api/futures/openInterest/ohlc-history"
    return httpx.get(url, params={"exchange": "Binance", "symbol": "BTCUSDT", "interval": "4h"})
