const WebSocket = require("ws");
const url = `wss://open-ws.coinglass.com/ws-api?cg-api-key=${process.env.COINGLASS_API_KEY}`;

function connect() {
  const ws = new WebSocket(url);
  let timer;
  ws.on("open", () => {
    ws.send(JSON.stringify({ method: "subscribe", channels: ["futures_trades@Binance_BTCUSDT@10000"] }));
    timer = setInterval(() => ws.send("ping"), 20_000);
  });
  ws.on("close", () => {
    clearInterval(timer);
    setTimeout(connect, 1000);
  });
}
connect();
