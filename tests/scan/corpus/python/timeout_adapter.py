session = requests.Session()
session.mount("https://", TimeoutAdapter(seconds=10))
session.get("https://open-api-v4.coinglass.com/api/futures/supported-coins")
