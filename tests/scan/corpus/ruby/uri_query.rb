uri = URI('https://open-api-v4.coinglass.com/api/futures/funding-rate/history')
uri.query = URI.encode_www_form(exchange: 'Binance', pair: 'BTCUSDT', interval: '4h')
Net::HTTP.get(uri)
