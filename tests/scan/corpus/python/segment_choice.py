import httpx
BASE = "https://open-api-v4.coinglass.com/api/futures"
def ratio(kind):
    segment = "top-long-short-account-ratio" if kind == "top" else "global-long-short-account-ratio"
    p = {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "1d"}
    return httpx.get(f"{BASE}/{segment}/history", params=p)
