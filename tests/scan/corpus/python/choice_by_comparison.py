import httpx
def book(spot):
    if spot == "spot":
        segment = "spot"
    else:
        segment = "futures"
    return httpx.get(f"https://open-api-v4.coinglass.com/api/{segment}/supported-coins")
