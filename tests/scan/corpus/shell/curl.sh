#!/bin/bash
curl -H "CG-API-KEY: $KEY" "https://open-api-v4.coinglass.com/api/futures/supported-coins"
curl -H "CG-API-KEY: fa4efa4efa4efa4efa4efa4efa4efa4e" "https://open-api-v4.coinglass.com/api/futures/coins-markets"
curl "https://open-api-v4.coinglass.com/api/futures/open-interest/aggregated-history?coin=BTC&interval=1d"
