import random
import requests
API = "https://open-api-v4.coinglass.com/api/futures/coins-markets"
PROXIES = ["http://a", "http://b"]
def load():
    random.seed(4)
    random.shuffle(PROXIES)
    proxy = PROXIES[random.randint(0, len(PROXIES) - 1)]
    if random.random() < 0.01:
        print("sampled")
    backoff = 1 + random.random()
    return requests.get(API, proxies={"https": proxy}, timeout=backoff)
def strategy():
    return random.choice(["long", "short"])
