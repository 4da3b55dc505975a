import aiohttp
URL = "https://open-api-v4.coinglass.com/api/futures/liquidation/aggregated-history"
async def rows(session):
    params = {"exchange_list": "Binance,OKX", "symbol": "BTC", "interval": "1d"}
    async with session.get(URL, params=params, headers={"CG-API-KEY": KEY}) as response:
        body = await response.json()
    if body["code"] != "0":
        return []
    return [(row["t"], row["longLiquidationUsd"]) for row in body["data"]]
