const headers = { "CG-API-KEY": "fa4efa4efa4efa4efa4efa4efa4efa4e" };
const ws = new WebSocket("wss://open-ws.coinglass.com/ws-api?cg-api-key=fa4efa4efa4efa4efa4efa4efa4efa4e");
const fine = "wss://open-ws.coinglass.com/ws-api?cg-api-key=" + process.env.KEY;
