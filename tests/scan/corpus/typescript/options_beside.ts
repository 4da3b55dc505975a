await cachedFetch('/api/futures/open-interest/history', { ttl: 60, key: 'interest', force: true });
await cg.request('/api/futures/open-interest/history', {
  pair: 'BTCUSDT', exchange: 'Binance', interval: '4h',
  retries: 2,
});
useSWR('https://open-api-v4.coinglass.com/api/futures/supported-coins', fetcher, { refreshInterval: 5000 });
