from urllib.parse import urljoin
import httpx
HOST = "https://open-api-v4.coinglass.com"
httpx.get(urljoin(HOST, "/api/etf/bitcoin/flow-history"))
