import requests

session = requests.Session()
session.headers["Authorization"] = f"Bearer {KEY}"
alerts = requests.Session()
alerts.headers.update({"Authorization": f"Bearer {TOKEN}"})
coins = session.get("https://open-api-v4.coinglass.com/api/futures/supported-coins", timeout=5)
alerts.post("https://hooks.example.com/alerts", json=coins.json(), timeout=5)
