const BASE = "https://open-api-v4.coinglass.com/api/futures/";
const ROUTES = Object.freeze({ oi: "open-interest/history", coins: "supported-coins" });
const load = (kind) => fetch(BASE + ROUTES[kind], { signal: AbortSignal.timeout(5000) });
const coins = () => fetch(`${BASE}${ROUTES.coins}`, { signal: AbortSignal.timeout(5000) });
