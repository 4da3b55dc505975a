# A stand-in for the CoinGlass stream, for our own tests.
import json
import websockets

async def handle(ws):
    async for text in ws:
        if text == "ping":
            await ws.send("pong")
            continue
        body = json.loads(text)
        if body["method"] == "subscribe" and "liquidationOrders" in body["channels"]:
            await ws.send("liquidationOrders need upgrade plan")

server = websockets.serve(handle, "127.0.0.1", 8765)
