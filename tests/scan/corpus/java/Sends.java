class Sends { private final HttpClient client = HttpClient.newHttpClient();
  String interest() { HttpRequest request = HttpRequest.newBuilder()
      .uri(URI.create("https://open-api-v4.coinglass.com/api/futures/openInterest/exchange-list?symbol=BTC")).build();
    return client.send(request, HttpResponse.BodyHandlers.ofString()).body(); }
  String coins() { return UriComponentsBuilder.fromHttpUrl("https://open-api-v4.coinglass.com")
      .path("/api/futures/coins-markets").queryParam("exchanges", "Binance").toUriString(); } }
