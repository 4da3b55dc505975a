import random
def test_flow():
    value = random.uniform(0, 1)
    assert call("https://open-api-v4.coinglass.com/api/futures/coins-markets", value)
    return value
