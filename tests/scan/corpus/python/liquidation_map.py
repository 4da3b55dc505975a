# Names that begin alike. COINGLASS_API_KEY is read elsewhere.
import requests
PATHS = ("static/futures/liquidation.css", "tests/api/futures/history.py", "/home/me/api/option/info.json")
CACHE = "cache:futures:open-interest:history"
TOPIC = "market/futures/open-interest"
IMG = "/static/img/futures/open-interest/history.png"
def upstream():
    return requests.get("https://example.com/api/futures/open-interest/history", timeout=3)
