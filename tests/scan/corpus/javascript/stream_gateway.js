// Our own gateway hands on what the CoinGlass stream pushes.
import { io } from "socket.io-client";
const socket = io("wss://gateway.example.com");
socket.on("connect", () => socket.emit("subscribe", { type: "subscribe", channels: ["liquidationOrders"] }));
