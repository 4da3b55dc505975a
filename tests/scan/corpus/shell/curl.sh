#!/bin/bash
curl -H "CG-API-KEY: $KEY" "https://open-api-v4.coinglass.com/api/futures/supported-coins"
curl -H "CG-API-KEY: 9f3b1c77a0de4a6bb2c85d10e4f6a913" "https://open-api-v4.coinglass.com/api/futures/coins-markets"
curl "https://open-api-v4.coinglass.com/api/futures/open-interest/aggregated-history?coin=BTC&interval=1d"
