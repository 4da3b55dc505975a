const HOST = "https://open-api-v4.coinglass.com";
async function load(kind, symbol) {
  if (kind === "price") {
    const url = "https://api.binance.com/api/v3/ticker/price";
    const options = {};
    const params = new URLSearchParams({ pair: symbol });
    return fetch(`${url}?${params}`, options);
  }
  if (kind === "coins") {
    const url = HOST + "/api/futures/supported-coins";
    const options = { signal: AbortSignal.timeout(5000) };
    return fetch(url, options);
  }
  try {
    const url = HOST + "/api/futures/open-interest/history";
    const params = new URLSearchParams({ exchange: "Binance", symbol: "BTCUSDT" });
    params.set("interval", "1h");
    return await fetch(`${url}?${params}`, { signal: AbortSignal.timeout(5000) });
  } catch {
    const url = HOST + "/api/futures/coins-markets";
    return fetch(url);
  }
}
