import os
import httpx
BASE = os.environ.get("COINGLASS_BASE", "https://open-api-v4.coinglass.com")
httpx.get(f"{BASE}/api/index/fear-greed-history")
