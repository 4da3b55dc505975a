import httpx
class Coinglass:
    base = "https://open-api-v4.coinglass.com"
    def _get(self, path, params=None):
        body = httpx.get(self.base + path, params=params).json()
        if body["code"] != "0":
            raise RuntimeError(body["msg"])
        return body["data"]
    def liquidations(self):
        rows = self._get("/api/futures/liquidation/aggregated-history", {
            "symbol": "BTC",
            "interval": "4h",
        })
        return [row["longLiquidationUsd"] for row in rows]
