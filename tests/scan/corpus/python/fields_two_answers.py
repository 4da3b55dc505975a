import httpx
API = "https://open-api-v4.coinglass.com/api/futures"
def both(which):
    if which:
        body = httpx.get(API + "/supported-coins").json()
    else:
        body = httpx.get(API + "/coins-markets").json()
    if body["code"] != "0":
        return None
    return [row["t"] for row in body["data"]]
