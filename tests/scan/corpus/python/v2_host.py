import httpx
U = "https://open-api.coinglass.com/public/v2/funding"
httpx.get(U)
