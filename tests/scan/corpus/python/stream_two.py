import json, os
import websockets

class CoinglassFeed:
    URL = "wss://open-ws.coinglass.com/ws-api"

    async def run(self, key):
        while True:
            async with websockets.connect(f"{self.URL}?cg-api-key={key}") as ws:
                await ws.send(json.dumps({"action": "subscribe", "topics": ["all"]}))
                await self.heartbeat(ws)

    async def heartbeat(self, ws):
        await ws.send("ping")

class OkxFeed:
    URL = "wss://ws.okx.com:8443/ws/v5/public"

    async def run(self):
        async with websockets.connect(self.URL) as ws:
            await ws.send(json.dumps({"op": "subscribe", "args": [{"channel": "liquidation-orders"}]}))
