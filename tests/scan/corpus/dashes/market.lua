local url = "https://open-api-v4.coinglass.com/api/futures/openInterest/exchange-list?symbol=BTC"
-- local old = "https://open-api-v3.coinglass.com/api/index/fear-greed-history"
