import httpx
HOST = "https://open-api-v4.coinglass.com"
url = "{}/api/futures/supported-coins".format(HOST)
httpx.get(url)
