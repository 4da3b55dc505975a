import requests
class Client:
    def __init__(self, api_key):
        self.session = requests.Session()
        self.session.headers.update({"CG-API-KEY": api_key})
        self.base = "https://open-api-v4.coinglass.com/api"
    def request(self, path, **params):
        response = self.session.get(self.base + path, params=params)
        payload = response.json()
        if payload.get("code") != "0":
            raise RuntimeError(payload.get("msg"))
        return payload.get("data", [])
    def pairs(self):
        return self.request("/futures/supported-exchange-pairs")
