import pandas as pd
import requests


def history():
    url = "https://open-api-v3.coinglass.com/api/futures/fundingRate/ohlc-history"
    body = requests.get(url, params={"exchange": "Binance", "symbol": "BTCUSDT", "interval": "4h"}, timeout=5).json()
    if body["code"] != "0":
        raise ValueError(body["msg"])
    frame = pd.DataFrame(body["data"])
    return frame["c"].mean()
