import json, websockets
URLS = {"main": "wss://api.hyperliquid.xyz/ws"}
COINGLASS = "wss://open-ws.coinglass.com/ws-api?cg-api-key="

async def hyperliquid(net):
    async with websockets.connect(URLS[net]) as ws:
        await ws.send(json.dumps({"method": "subscribe", "subscription": {"type": "trades", "coin": "BTC"}}))

async def coinglass(key):
    while True:
        async with websockets.connect(COINGLASS + key) as ws:
            await ws.send(json.dumps({"method": "subscribe", "channels": ["liquidationOrders"]}))
            await ws.send("ping")
