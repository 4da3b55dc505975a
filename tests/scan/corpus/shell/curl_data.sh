curl -sG -H "CG-API-KEY: $KEY" "https://open-api-v4.coinglass.com/api/futures/pairs-markets" \
  -d coin=BTC
