// CoinGlass
const ENDPOINTS = {
  oi: "/api/futures/openInterest/ohlc-history",
  funding: "/api/futures/funding-rate/exchange-list",
};
const routes = [{ path: "/dashboard/futures/history", component: Page }];
