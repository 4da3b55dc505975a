curl -H "Authorization: Bearer $KEY" "https://open-api-v4.coinglass.com/api/futures/coins-markets"
curl -H "Authorization: Bearer $TOKEN" "https://api.github.com/repos"
