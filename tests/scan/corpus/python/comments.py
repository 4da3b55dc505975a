# CoinGlass: /api/futures/openInterest/ohlc-history was renamed.
def nothing():
    return None
