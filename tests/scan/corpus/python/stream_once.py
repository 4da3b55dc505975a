import asyncio, json, os
from websockets.asyncio.client import connect

class Client:
    async def open(self):
        self.ws = await connect("wss://open-ws.coinglass.com/ws-api?cg-api-key=" + os.environ["COINGLASS_API_KEY"])

    async def subscribe(self, names):
        await self.ws.send(json.dumps({"method": "subscribe", "channels": names}))

    async def beat(self):
        while True:
            await self.ws.send("ping")
            await asyncio.sleep(20)

    async def run(self):
        await self.open()
        await self.subscribe(["liquidationOrders"])
        while True:
            try:
                print(await self.ws.recv())
            except ConnectionError:
                await self.open()
