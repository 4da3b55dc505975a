import WebSocket from "ws";
const CHANNELS = ["liquidation_orders", "futures_trades@Binance@BTCUSDT@10000"];
const socket = new WebSocket("ws://open-ws.coinglass.com/ws-api?cg-api-key=" + process.env.KEY);
socket.onopen = () => socket.send(JSON.stringify({ method: "subscribe", channels: CHANNELS }));
setInterval(() => socket.send("ping"), 20000);
