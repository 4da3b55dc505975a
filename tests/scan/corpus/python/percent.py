import httpx
# coinglass
URL = "https://open-api-v4.coinglass.com/api/futures/%s" % "supported-coins"
httpx.get(URL)
