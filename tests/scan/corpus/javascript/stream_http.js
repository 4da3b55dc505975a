const answer = await fetch("https://open-ws.coinglass.com/ws-api?cg-api-key=" + process.env.COINGLASS_API_KEY, { signal });
