import requests


class Client:
    def __init__(self, key, base="https://open-api-v4.coinglass.com/"):
        self.base = base.rstrip("/")
        self.headers = {"CG-API-KEY": key}

    def _ask(self, path, kind="futures"):
        answer = requests.get(f"{self.base}/api/{kind}/{path}", headers=self.headers, timeout=9).json()
        assert answer["code"] == "0", answer
        return answer["data"]

    def coins(self):
        return self._ask("supported-coins")

    def squeeze(self):
        return self._ask("squeeze/list")

    def own(self, path="summary/list"):
        return self._note(path)

    def _note(self, path):
        return open("/var/notes/" + path).read()

    def spot(self):
        return self._ask("supported-coins", "spot")

    def book(self):
        return self._ask("orderbook/history", kind="spot")
