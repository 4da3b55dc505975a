// CoinGlass widgets
export const Nav = () => <a className="futures/open-interest" href="https://www.coinglass.com/FundingRate">Rates</a>;
export const load = () => api("https://open-api-v4.coinglass.com/api/futures/coins-markets");
