const load = async () => {
  const [coins, rates] = await Promise.all([
    fetch('https://open-api-v4.coinglass.com/api/futures/supported-coins', { signal }),
    fetch('https://open-api-v4.coinglass.com/api/futures/funding-rate/exchange-list', { signal }),
  ]);
  return (await rates.json()).data;
};
