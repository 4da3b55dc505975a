import httpx
P = {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "1d", "unit": "dollar"}
httpx.get("https://open-api-v4.coinglass.com/api/futures/open-interest/history", params=P)
