BASE = "https://open-api-v4.coinglass.com"
requests.get("/".join([BASE, "api", "futures", "supported-coins"]), timeout=3)
csv = os.path.join("coinglass", "futures/liquidation/history", "x.csv")
