import json, os
import websocket

def on_open(ws):
    ws.send(json.dumps({"op": "subscribe", "args": ["liquidationOrders"]}))

def on_message(ws, message):
    print(message)

app = websocket.WebSocketApp(
    "wss://open-api-v4.coinglass.com/ws?cg-api-key=" + os.environ["COINGLASS_API_KEY"],
    on_open=on_open,
    on_message=on_message,
)
app.run_forever(ping_interval=20, ping_payload="ping", reconnect=5)
