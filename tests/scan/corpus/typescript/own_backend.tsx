// Asks our own server, which asks CoinGlass.
const API = process.env.NEXT_PUBLIC_API ?? 'http://localhost:8000';
export const useInterest = (s: string) => useQuery(['oi', s], () => fetch(`${API}/api/futures/open-interest/history?symbol=${s}`));
export const Link = () => <a href="https://www.coinglass.com/FundingRate">CoinGlass</a>;
