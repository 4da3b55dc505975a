const url = new URL('https://open-api-v4.coinglass.com/api/futures/open-interest/aggregated-history');
url.searchParams.set('coin', 'BTC');
url.searchParams.append('interval', 'h4');
const answer = await fetch(url, { signal });
