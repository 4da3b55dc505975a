# uses COINGLASS_API_KEY
class C:
    def coins(self):
        return self.get("/api/futures/open-interest/history", exchange="Binance", symbol="BTCUSDT", interval="1d")
