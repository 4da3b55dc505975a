import posixpath
import httpx
httpx.get(posixpath.join("https://open-api-v4.coinglass.com", "api", "futures", "supported-coins"))
