import httpx
BASE = "https://open-api-v4.coinglass.com"
def ensure(body):
    if body.get("code") not in ("0", 0):
        raise RuntimeError(body.get("msg"))
    return body
def coins():
    body = ensure(httpx.get(BASE + "/api/futures/supported-coins").json())
    return body["data"]
