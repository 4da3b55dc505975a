const q = new URLSearchParams({ coin: "BTC", interval: "1d" });
const url = `https://open-api-v4.coinglass.com/api/futures/open-interest/aggregated-history?${q}`;
get(url);
