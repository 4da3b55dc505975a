import http.client

import httpx

BASE = "https://open-api-v4.coinglass.com"
endless = httpx.Client(timeout=None)
rows = endless.get(BASE + "/api/futures/supported-coins")
limited = httpx.Client()
rows = limited.get(BASE + "/api/futures/supported-coins")
connection = http.client.HTTPSConnection("open-api-v4.coinglass.com")
connection.request("GET", "/api/futures/supported-coins", headers=headers)
patient = http.client.HTTPSConnection("open-api-v4.coinglass.com", timeout=5)
patient.request("GET", "/api/futures/supported-coins", headers=headers)
