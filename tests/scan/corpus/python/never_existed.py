import httpx
httpx.get("https://open-api-v4.coinglass.com/api/futures/basis")
httpx.get("https://open-api-v4.coinglass.com/api/futures/nonsense/thing")
