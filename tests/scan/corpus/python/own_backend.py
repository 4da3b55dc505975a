# Our own service, which stands before CoinGlass.
BACKEND = os.getenv("BACKEND_URL") or "http://localhost:8000"
history = requests.get(f"{BACKEND}/api/futures/open-interest/history", params={"symbol": "BTC"}, timeout=5)
