import requests, socket
from functools import partial
s = requests.Session()
s.request = partial(s.request, timeout=5)
s.get("https://open-api-v4.coinglass.com/api/futures/supported-coins")
async def g():
    async with aiohttp.ClientSession() as c:
        async with c.get("https://open-api-v4.coinglass.com/api/futures/supported-coins") as r: pass
httpx.get("https://open-api-v4.coinglass.com/api/futures/supported-coins")
