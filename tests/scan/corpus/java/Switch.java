class Urls { static final String BASE = "https://open-api-v4.coinglass.com";
  String url(String kind) { String path;
    switch (kind) {
      case "interest": path = "/api/futures/openInterest/ohlc-history"; break;
      default: path = "/api/futures/supported-coins"; }
    String other = switch (kind) { case "a" -> "/api/futures/coins-markets"; default -> { yield "/api/futures/pairs-markets"; } };
    ask(BASE + other);
    return BASE + path; } }
