import websocket
cg = "fa4efa4efa4efa4efa4efa4efa4efa4e"
one = websocket.create_connection(f"wss://open-ws.coinglass.com/ws-api?cg-api-key={cg}")
two = "wss://open-ws.coinglass.com/ws-api?cg-api-key={fa4efa4efa4efa4efa4efa4efa4efa4e}"
one.send("ping")
