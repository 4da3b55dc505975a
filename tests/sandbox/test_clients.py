"""Three small programs written for the live API; all that changes here is their base URL.

They are written as their authors would have: with the documentation open, and without this project.
"""

from __future__ import annotations

import asyncio
import json
import time
import urllib.parse
import urllib.request
from typing import Any

import httpx
import pytest

from audit.sandbox.app import Sandbox
from audit.sandbox.server import running

KEY = "sandbox-startup"


class FundingBot:
    """Watches funding and open interest with httpx, and says when a market runs hot."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self.client = httpx.Client(
            base_url=base_url, headers={"CG-API-KEY": api_key, "accept": "application/json"}, timeout=10
        )

    def __enter__(self) -> FundingBot:
        return self

    def __exit__(self, *_) -> None:
        self.client.close()

    def get(self, path: str, **params):
        response = self.client.get(path, params=params)
        response.raise_for_status()
        body = response.json()
        if body["code"] != "0":
            raise RuntimeError(f"CoinGlass {body['code']}: {body.get('msg')}")
        return body["data"]

    def signal(self, symbol: str) -> dict[str, Any]:
        funding = self.get(
            "/api/futures/funding-rate/history",
            exchange="Binance",
            symbol=f"{symbol}USDT",
            interval="4h",
            limit=30,
        )
        interest = self.get(
            "/api/futures/open-interest/aggregated-history", symbol=symbol, interval="4h", limit=30
        )
        liquidations = self.get(
            "/api/futures/liquidation/aggregated-history",
            exchange_list="Binance,OKX,Bybit",
            symbol=symbol,
            interval="4h",
            limit=30,
        )
        now = time.time() * 1000
        assert now - funding[-1]["time"] < 4 * 3600 * 1000, "stale data"
        rate = float(funding[-1]["close"])
        growth = float(interest[-1]["close"]) / float(interest[0]["open"]) - 1
        longs = sum(row["aggregated_long_liquidation_usd"] for row in liquidations)
        shorts = sum(row["aggregated_short_liquidation_usd"] for row in liquidations)
        return {"rate": rate, "growth": growth, "long_share": longs / (longs + shorts), "rows": len(funding)}


def dashboard(base_url: str, api_key: str) -> dict[str, Any]:
    """A table of exchanges and the fear and greed index, with the standard library alone."""

    def fetch(path: str, params: dict[str, str] | None = None):
        url = base_url + path
        if params:
            url += "?" + urllib.parse.urlencode(params)
        request = urllib.request.Request(url, headers={"CG-API-KEY": api_key})  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
            remaining = int(response.headers["API-KEY-MAX-LIMIT"]) - int(
                response.headers["API-KEY-USE-LIMIT"]
            )
            body = json.loads(response.read().decode("utf-8"))
        if str(body["code"]) != "0":
            raise ValueError(body["msg"])
        return body["data"], remaining

    rows, _ = fetch("/api/futures/open-interest/exchange-list", {"symbol": "BTC"})
    mood, remaining = fetch("/api/index/fear-greed-history")
    mood = mood[0] if isinstance(mood, list) else mood
    table = {row["exchange"]: row["open_interest_usd"] for row in rows}
    return {
        "exchanges": sorted(table, key=lambda name: table[name], reverse=True),
        "mood": dict(zip(mood["time_list"], mood["data_list"], strict=True)),
        "remaining": remaining,
    }


async def watch_pairs(base_url: str, api_key: str, wanted: list[str]) -> dict[tuple[str, str], float]:
    """Asks for many pairs at once over plain asyncio streams, waiting where the API says so."""
    host, port = base_url.split("//")[1].split(":")

    async def fetch(path: str):
        while True:
            reader, writer = await asyncio.open_connection(host, int(port))
            lines = [f"GET {path} HTTP/1.1", f"Host: {host}", f"CG-API-KEY: {api_key}", "Connection: close"]
            writer.write("\r\n".join([*lines, "", ""]).encode())
            raw = await reader.read()
            writer.close()
            await writer.wait_closed()
            head, _, payload = raw.partition(b"\r\n\r\n")
            body = json.loads(payload)
            if body["code"] == "429" or b" 429 " in head.split(b"\r\n")[0]:
                await asyncio.sleep(0.01)
                continue
            if body["code"] != "0":
                raise RuntimeError(body["msg"])
            return body["data"]

    listed = await fetch("/api/futures/supported-exchange-pairs")
    pairs = [
        (exchange, row["instrument_id"])
        for exchange, rows in listed.items()
        for row in rows
        if row["base_asset"] in wanted
    ]

    async def last_price(exchange: str, pair: str) -> float:
        query = urllib.parse.urlencode({"exchange": exchange, "symbol": pair, "interval": "1h", "limit": 2})
        candles = await fetch(f"/api/futures/price/history?{query}")
        before, last = candles
        assert last["open"] == before["close"]
        assert last["time"] - before["time"] == 3_600_000
        return float(last["close"])

    prices = await asyncio.gather(*(last_price(*pair) for pair in pairs[:12]))
    return dict(zip(pairs, prices, strict=False))


@pytest.fixture
def url(spec):
    with running(Sandbox(spec)) as base_url:
        yield base_url


def test_funding_bot(url):
    with FundingBot(url, KEY) as bot:
        found = bot.signal("BTC")
    assert found["rows"] == 30
    assert abs(found["rate"]) < 1
    assert abs(found["growth"]) < 1
    assert 0 < found["long_share"] < 1


@pytest.mark.parametrize(
    ("key", "params", "words"),
    [
        (KEY, {}, "CoinGlass 400: Required String parameter 'interval' is not present"),
        (KEY, {"interval": "1m"}, "CoinGlass 403: The requested interval is not available"),
        ("0123456789", {"interval": "1d"}, "CoinGlass 400: Invalid API key provided"),
    ],
)
def test_funding_bot_is_told_what_is_wrong(url, key, params, words):
    with FundingBot(url, key) as bot, pytest.raises(RuntimeError, match=words):
        bot.get("/api/futures/open-interest/aggregated-history", symbol="BTC", **params)


def test_dashboard(url):
    found = dashboard(url, KEY)
    assert "Binance" in found["exchanges"]
    assert all(0 <= value <= 100 for value in found["mood"].values())
    assert found["remaining"] == 78


def test_pairs_watcher(url):
    prices = asyncio.run(watch_pairs(url, KEY, ["BTC", "ETH"]))
    assert len(prices) >= 4
    assert all(price > 0 for price in prices.values())


def test_pairs_watcher_waits_when_told(spec):
    with running(Sandbox(spec, faults=["rate@0.5x10"], statuses="matching")) as base_url:
        assert asyncio.run(watch_pairs(base_url, KEY, ["BTC"]))
