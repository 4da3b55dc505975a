import httpx
httpx.get("/index/info")
url = "/api/option/info"
