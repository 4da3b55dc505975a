import requests

BASE = "https://open-api-v4.coinglass.com/api"
PATHS = {"oi": "futures/openInterest/ohlc-history", "coins": "futures/supported-coins"}
MORE = {"rsi": {"path": "/futures/rsi/list"}, "basis": {"path": "/futures/basis/history"}}


def series(kind):
    return requests.get(f"{BASE}/{PATHS[kind]}", params={"interval": "1h"}, timeout=5)


def more(kind):
    return requests.get(BASE + MORE.get(kind)["path"], timeout=5)


def one():
    return requests.get(BASE + MORE["rsi"]["path"], params={"pair": "BTC"}, timeout=5)
