class Market { void Load() {
    var request = new RestRequest("https://open-api-v4.coinglass.com/api/futures/open-interest/aggregated-history");
    request.AddQueryParameter("coin", "BTC");
    request.AddQueryParameter("interval", "4h"); } }
