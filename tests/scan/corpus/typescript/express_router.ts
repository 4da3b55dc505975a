const UPSTREAM = 'https://open-api-v4.coinglass.com';
api.get('/futures/open-interest/history', async (req, res) => {
  const answer = await fetch(`${UPSTREAM}/api/futures/open-interest/history?${new URLSearchParams(req.query)}`, { signal });
  res.json(await answer.json());
});
apiRouter.get('/futures/funding-rate/history', handler);
