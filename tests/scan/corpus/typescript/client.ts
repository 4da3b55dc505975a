const BASE_URL: string = "https://open-api-v4.coinglass.com";
export class Coinglass {
  private async get<T>(path: string, params: Record<string, string> = {}): Promise<T> { return http(BASE_URL + path, params); }
  heatmap() {
    return this.get("/api/futures/liquidation/heatmap/model2", { exchange: "Binance", symbol: "BTCUSDT", range: "3d" });
  }
  oi(symbol: string) {
    return this.get("/api/futures/openInterest/ohlc-history", { exchange: "Binance", symbol, interval: "h4" });
  }
}
