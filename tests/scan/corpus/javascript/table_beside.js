const BASE = "https://open-api-v4.coinglass.com";
const ALLOWED = {
  coins: "/api/futures/supported-coins",
  exchanges: "/api/futures/supported-exchanges",
  ranks: "/api/futures/exchange-rank",
  squeeze: "/api/futures/squeeze-list",
  health: "/internal/health/live",
};
const OWN = ["/api/futures/supported-coins", "/api/watchlist/all", "/api/alerts/all"];
