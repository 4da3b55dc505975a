import numpy as np
import httpx
def flow():
    out = httpx.get("https://open-api-v4.coinglass.com/api/etf/bitcoin/flow-history").json()
    out["flow_7d"] = np.random.normal(0, 5)
    return out
