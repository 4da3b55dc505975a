const headers = { "CG-API-KEY": "9f3b1c77a0de4a6bb2c85d10e4f6a913" };
const ws = new WebSocket("wss://open-ws.coinglass.com/ws-api?cg-api-key=9f3b1c77a0de4a6bb2c85d10e4f6a913");
const fine = "wss://open-ws.coinglass.com/ws-api?cg-api-key=" + process.env.KEY;
