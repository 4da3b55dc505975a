const BASE = process.env.CG_BASE || "https://open-api-v4.coinglass.com";
const PATHS = {
  history: { path: "/api/futures/liquidation/aggregated-history", defaults: { symbol: "BTC", interval: "1d" } },
  coins: { path: "/api/futures/liquidation/coin-list", defaults: { exchange: "Binance" } },
};
