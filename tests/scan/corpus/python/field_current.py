import httpx
def longs():
    p = {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "1d"}
    body = httpx.get("https://open-api-v4.coinglass.com/api/futures/liquidation/history", params=p).json()
    if body.get("code") != "0":
        raise ValueError(body.get("msg"))
    for row in body["data"]:
        print(row["longLiquidationUsd"], row["time"])
