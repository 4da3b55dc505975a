# coinglass client
def fetch(symbol="BTCUSDT", interval="h1"):
    endpoint = "/api/futures/openInterest/ohlc-history"
    params = {"exchange": "Binance", "symbol": symbol, "interval": interval}
    return safe_request(endpoint, params)
