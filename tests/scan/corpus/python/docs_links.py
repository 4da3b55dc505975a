"""See https://docs.coinglass.com/reference/oi-ohlc-histroy and https://github.com/x/y/blob/main/api/futures/history."""
HELP = "https://docs.coinglass.com/v4.0-zh/reference/liquidation-history"
PAGE = "https://www.coinglass.com/api/futures/liquidation"
