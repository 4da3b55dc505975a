const BASE = 'https://open-api-v4.coinglass.com';
function url(kind) {
  let path;
  switch (kind) {
    case 'interest': path = '/api/futures/openInterest/ohlc-history'; break;
    case 'funding': { path = '/api/futures/funding-rate/history'; break; }
    default: path = '/api/futures/supported-coins';
  }
  return BASE + path;
}
