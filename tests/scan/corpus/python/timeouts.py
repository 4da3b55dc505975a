import requests as rq
import httpx
import aiohttp
from urllib.request import urlopen
U = "https://open-api-v4.coinglass.com/api/futures/supported-coins"
rq.get(U)
rq.get(U, timeout=2)
httpx.get(U)
urlopen(U)
urlopen(U, None, 5)
rq.get("https://api.binance.com/api/v3/time")
async def later():
    async with aiohttp.ClientSession() as session:
        return await session.get(U)
