class Market { const string Base = "https://open-api-v4.coinglass.com";
  static readonly Dictionary<string, string> Paths = new() { ["coins"] = "/api/futures/supported-coins" };
  async Task Load(string kind) { string path;
    switch (kind) { case "interest": path = "/api/futures/openInterest/ohlc-history"; break;
      default: path = "/api/futures/coins-markets"; break; }
    await Ask(Base + path);
    var sent = new Dictionary<string, string> { ["pair"] = "BTCUSDT", ["exchange"] = "Binance", ["interval"] = "4h" };
    await Ask(Base + "/api/futures/open-interest/history", sent);
    await Ask(Base + Paths["coins"]); } }
