import httpx
BASE = "https://open-api-v4.coinglass.com"
for name in ["supported-coins", "supported-exchange-pairs"]:
    httpx.get(f"{BASE}/api/futures/{name}")
