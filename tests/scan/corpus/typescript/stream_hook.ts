import { useEffect } from "react";
export function useFeed(key: string, onRow: (row: unknown) => void) {
  useEffect(() => {
    const ws = new WebSocket(`wss://open-ws.coinglass.com/ws-api?cg-api-key=${key}`);
    ws.onopen = () => ws.send('{"method":"subscribe","channels":["liquidationOrders"]}');
    ws.onmessage = (event) => (event.data === "pong" ? null : onRow(JSON.parse(event.data)));
    const beat = setInterval(() => ws.send("ping"), 20000);
    return () => { clearInterval(beat); ws.close(); };
  }, [key]);
}
