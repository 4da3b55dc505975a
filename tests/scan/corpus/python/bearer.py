import httpx
H = {"Authorization": f"Bearer {KEY}"}
httpx.get("https://open-api-v4.coinglass.com/api/futures/supported-coins", headers=H)
