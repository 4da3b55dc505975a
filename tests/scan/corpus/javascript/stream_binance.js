// Prices from Binance beside the CoinGlass heat map.
const ws = new WebSocket("wss://fstream.binance.com/ws");
ws.onopen = () => ws.send(JSON.stringify({ method: "SUBSCRIBE", params: ["btcusdt@forceOrder"], id: 1 }));
