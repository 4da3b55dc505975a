class coinglass(Exchange):
    def describe(self):
        return self.deep_extend(super().describe(), {
            "urls": {"api": {"public": "https://open-api-v4.coinglass.com/api"}, "www": "https://www.coinglass.com"},
            "api": {"public": {"get": ["futures/supported-coins", "futures/openInterest/ohlc-history"]}},
        })
