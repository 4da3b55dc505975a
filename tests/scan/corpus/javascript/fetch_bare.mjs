export async function coins() {
  const r = await fetch("https://open-api-v4.coinglass.com/api/futures/supported-coins");
  const { data } = await r.json();
  return data;
}
