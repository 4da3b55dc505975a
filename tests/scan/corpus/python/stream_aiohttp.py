import aiohttp

class Feed:
    def __init__(self, key, pairs):
        self.url = "wss://open-ws.coinglass.com/ws-api?cg-api-key=" + key
        self.pairs = pairs

    async def run(self):
        async with aiohttp.ClientSession() as session:
            while True:
                async with session.ws_connect(self.url, heartbeat=20) as ws:
                    names = [f"futures_trades@Binance_{pair}@10000" for pair in self.pairs]
                    await ws.send_json({"method": "subscribe", "channels": names})
                    async for message in ws:
                        if message.data == "ping":
                            continue
                        print(message.data)
