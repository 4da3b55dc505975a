import httpx
BASE = "https://open-api-v4.coinglass.com/api"
H = {"CG-API-KEY": KEY}
def oi():
    p = {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "4h"}
    return httpx.get(BASE + "/futures/open-interest/history", params=p, headers=H)
