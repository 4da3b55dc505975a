const BASE = process.env.CG_BASE || "https://open-api-v4.coinglass.com";
export async function oi(symbol) {
  const res = await fetch(`${BASE}/api/futures/open-interest/history?exchange=Binance&symbol=${symbol}&interval=4h`, {
    headers: { "CG-API-KEY": process.env.COINGLASS_API_KEY },
    signal: AbortSignal.timeout(5000),
  });
  const body = await res.json();
  if (body.code !== "0") throw new Error(body.msg);
  return body.data.map((row) => row.c);
}
