const BASE = "https://open-api-v4.coinglass.com";
async function liq() {
  const res = await fetch(`${BASE}/api/futures/liquidation/exchange-list?symbol=BTC&range=24h`, { signal: AbortSignal.timeout(1) });
  const json = await res.json();
  if (json.code !== "0") throw new Error(json.msg);
  return json.data.map((row: any) => row.liquidationUsd);
}
