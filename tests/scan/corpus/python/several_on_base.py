BASE = "https://open-api-v4.coinglass.com/api/futures"
URLS = [f"{BASE}/supported-coins", BASE + "/coins-markets"]
HISTORY = "history"
FUNDING = f"{BASE}/funding-rate/" + HISTORY
INTEREST = f"{BASE}/open-interest/" + HISTORY
