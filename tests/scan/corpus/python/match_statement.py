def url(kind):
    match kind:
        case "interest":
            path = "/api/futures/openInterest/ohlc-history"
        case _:
            path = "/api/futures/supported-coins"
    return "https://open-api-v4.coinglass.com" + path
