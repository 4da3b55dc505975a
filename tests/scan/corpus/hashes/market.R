# Was https://open-api-v3.coinglass.com/api/futures/fundingRate/ohlc-history
rows <- GET("https://open-api-v4.coinglass.com/api/futures/funding-rate/exchange-list", add_headers("CG-API-KEY" = key))
