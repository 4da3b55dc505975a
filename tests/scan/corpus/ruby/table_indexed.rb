BASE = "https://open-api-v4.coinglass.com/api/futures/"
PATHS = { oi: "openInterest/ohlc-history", coins: "supported-coins" }.freeze
body = Net::HTTP.get(URI(BASE + PATHS[kind]))
again = Net::HTTP.get(URI(BASE + PATHS.fetch(kind)))
