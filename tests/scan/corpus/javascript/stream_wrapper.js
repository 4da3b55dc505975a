import { ReliableSocket } from "./reliable.js";
export const feed = new ReliableSocket({
  url: `wss://open-ws.coinglass.com/ws-api?cg-api-key=${process.env.COINGLASS_API_KEY}`,
  onOpen: (socket) => socket.send({ method: "subscribe", channels: ["liquidationOrders"] }),
});
