// Whatever is asked for goes on to CoinGlass.
const target = 'https://open-api-v4.coinglass.com' + new URL(request.url).pathname;
const rewrites = [{ source: '/api/futures/:path*', destination: 'https://open-api-v4.coinglass.com/api/futures/:path*' }];
