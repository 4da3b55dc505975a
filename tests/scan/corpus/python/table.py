API = "https://open-api-v4.coinglass.com"
ENDPOINTS = [
    {"name": "oi", "path": "/api/futures/openInterest/ohlc-history", "params": {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "1d"}},
    {"name": "heat", "path": "/api/futures/liquidation/heatmap/model1", "params": {"exchange": "Binance", "symbol": "BTCUSDT", "range": "3d"}},
]
