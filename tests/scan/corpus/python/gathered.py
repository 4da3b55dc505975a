async def load(session):
    coins, pairs = await asyncio.gather(
        session.get("https://open-api-v4.coinglass.com/api/futures/supported-coins"),
        session.get("https://open-api-v4.coinglass.com/api/futures/supported-exchange-pairs"),
    )
    return coins, pairs
