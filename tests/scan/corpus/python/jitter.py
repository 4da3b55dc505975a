import random
import time
import uuid
import httpx
AGENTS = ["a", "b"]
def flow():
    for attempt in range(3):
        delay = 2**attempt + random.random()
        request_id = random.randint(0, 99)
        try:
            return httpx.get("https://open-api-v4.coinglass.com/api/etf/bitcoin/flow-history", headers={"User-Agent": random.choice(AGENTS), "X-Id": uuid.uuid4().hex})
        except httpx.HTTPError:
            time.sleep(delay + random.uniform(0, 1))
    return {"flow": 0, "rows": []}
