# Liquidations live from Bybit; their history comes from CoinGlass.
import json, os
import requests
import websocket

answer = requests.get(
    "https://open-api-v4.coinglass.com/api/futures/supported-coins",
    headers={"CG-API-KEY": os.environ["COINGLASS_API_KEY"]},
    timeout=5,
)

def on_open(ws):
    ws.send(json.dumps({"op": "subscribe", "args": ["allLiquidation.BTCUSDT"]}))

websocket.WebSocketApp("wss://stream.bybit.com/v5/public/linear", on_open=on_open).run_forever()
