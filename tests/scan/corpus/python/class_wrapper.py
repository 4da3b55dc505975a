class MarketApi:
    BASE_URL = "https://open-api-v3.coinglass.com/api"

    def __init__(self, key: str):
        self.session = requests.Session()
        self.session.headers.update({"CG-API-KEY": key})

    def _get(self, endpoint: str, params: dict | None = None) -> list:
        body = self.session.get(f"{self.BASE_URL}/{endpoint}", params=params).json()
        if body.get("code") != "0":
            raise ValueError(body.get("msg"))
        return body["data"]

    def open_interest(self, pair: str, interval: str = "h1") -> list:
        return self._get(
            endpoint="futures/openInterest/ohlc-history",
            params={"exchange": "Binance", "symbol": pair, "interval": interval},
        )

    def liquidations(self, coin: str, begin: int) -> list:
        return self._get("futures/liquidation/aggregated-history", {"symbol": coin, "startTime": begin})
