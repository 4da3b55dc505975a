import httpx
H = {"coinglassSecret": KEY}
httpx.get("https://open-api-v4.coinglass.com/api/futures/supported-coins", headers=H)
