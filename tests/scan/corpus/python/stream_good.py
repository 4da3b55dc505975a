import asyncio, json, os
import websockets

URL = "wss://open-ws.coinglass.com/ws-api"

async def beat(ws):
    while True:
        await asyncio.sleep(20)
        await ws.send("ping")

async def main():
    async for ws in websockets.connect(f"{URL}?cg-api-key={os.environ['COINGLASS_API_KEY']}"):
        try:
            await ws.send(json.dumps({"method": "subscribe", "channels": ["liquidationOrders"]}))
            beating = asyncio.create_task(beat(ws))
            async for text in ws:
                print(text)
        except websockets.ConnectionClosed:
            beating.cancel()

asyncio.run(main())
