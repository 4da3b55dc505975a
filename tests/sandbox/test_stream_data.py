"""What channels push: documented, told apart, in order, and the same for the same seed and time."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice, pairwise
from typing import Any

import jsonschema_rs
import pytest

from audit.sandbox.app import Sandbox
from audit.sandbox.stream_feed import BURST, Feed
from tests.sandbox.asgi import ask
from tests.sandbox.lines import KEY, LIQUIDATIONS, START, TRADES, asking, heard, on_stage

HOUR = 3600
NAMES = [LIQUIDATIONS, TRADES, "futures_trades@OKX_ETH-USDT-SWAP@250.5"]


@pytest.fixture(scope="module")
def feed(spec):
    """Make what a name carries, without a connection."""
    sandbox = Sandbox(spec, now=lambda: START)

    def make(name, seed=0):
        return Feed(spec.stream.channel(name), name, sandbox._market, seed)

    return make


def hour_of(made, start=START):
    """Return the moments and messages of an hour."""
    found: list[tuple[int, dict[str, Any]]] = []
    for due in made.after(start):
        if due.at >= (start + HOUR) * 1000:
            return found
        found.append((due.at, made.message(due)))
    raise AssertionError("it has no end")


@pytest.mark.parametrize("name", NAMES)
def test_every_message_is_a_documented_one(spec, feed, name):
    schema = jsonschema_rs.Draft202012Validator(dict(spec.stream.channel(name).schema))
    for _, message in islice(hour_of(feed(name)), 3000):
        assert schema.is_valid(message)
        assert message["channel"] == name
        assert message["data"]


@pytest.mark.parametrize("name", NAMES)
def test_times_ascend_and_rows_are_told_apart(feed, name):
    messages = hour_of(feed(name))
    times = [row["time"] for _, message in messages for row in message["data"]]
    assert all(earlier < later for earlier, later in pairwise(times))
    assert all(message["data"][-1]["time"] == at for at, message in messages), "sent as its last row happens"
    assert times[0] > START * 1000 - 1000
    texts = [json.dumps(row) for _, message in messages for row in message["data"]]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", NAMES)
def test_there_are_bursts_and_quiet_times(feed, name):
    moments = [at for at, _ in hour_of(feed(name))]
    seconds = Counter(at // 1000 for at in moments)
    assert BURST / 2 < max(seconds.values()) <= BURST
    silences = [later - earlier for earlier, later in pairwise(moments)]
    assert 8_000 < max(silences) < 15_000, "it is quiet at times, but never for long"
    assert Counter(seconds.values()).most_common(1)[0][0] in range(1, 5)


def test_a_message_holds_one_row_or_a_few(feed):
    sizes = Counter(len(message["data"]) for _, message in hour_of(feed(LIQUIDATIONS)))
    assert set(sizes) == {1, 2, 3}


@pytest.mark.parametrize("name", NAMES)
def test_seed_and_time_alone_decide(feed, name):
    hour = hour_of(feed(name))
    assert hour == hour_of(feed(name))
    assert hour != hour_of(feed(name, seed=1))
    later = hour_of(feed(name), START + 600)
    assert later[:100] == [one for one in hour if one[0] > (START + 600) * 1000][:100]


def test_a_row_tells_what_its_name_asks_for(feed):
    for exchange, pair, coin, least in [
        ("Binance", "BTCUSDT", "BTC", 10_000),
        ("OKX", "ETH-USDT-SWAP", "ETH", 250.5),
    ]:
        rows = [
            row
            for _, message in hour_of(feed(f"futures_trades@{exchange}_{pair}@{least}"))
            for row in message["data"]
        ]
        assert {(row["exName"], row["symbol"], row["baseAsset"]) for row in rows} == {(exchange, pair, coin)}
        values = sorted(row["volUsd"] for row in rows)
        assert least <= values[0] < least * 1.01
        assert values[len(values) // 2] < least * 2 < values[-10] < least * 1001, "most are small, few large"
        assert {row["side"] for row in rows} == {1, 2}


def test_a_channel_without_parameters_tells_of_the_whole_market(spec, feed):
    sandbox = Sandbox(spec, now=lambda: START)
    listed = ask(sandbox, "/api/futures/supported-exchange-pairs", key=KEY).body["data"]
    known = {
        (exchange, pair["instrument_id"], pair["base_asset"])
        for exchange, pairs in listed.items()
        for pair in pairs
    }
    rows = [row for _, message in hour_of(feed(LIQUIDATIONS)) for row in message["data"]]
    told = {(row["exName"], row["symbol"], row["baseAsset"]) for row in rows}
    assert told <= known
    assert len({exchange for exchange, _, _ in told}) >= 3
    assert len({coin for _, _, coin in told}) >= 10


def test_prices_are_near_those_of_the_requests_and_do_not_jump(spec, feed):
    params = {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "1h", "limit": 48}
    sandbox = Sandbox(spec, now=lambda: START)
    candles = ask(sandbox, "/api/futures/price/history", params, KEY).body["data"]
    lows, highs = ([float(candle[side]) for candle in candles] for side in ("low", "high"))
    prices = [row["price"] for _, message in hour_of(feed(TRADES)) for row in message["data"]]
    assert min(lows) * 0.6 < min(prices) < max(prices) < max(highs) * 1.6
    assert all(abs(later / earlier - 1) < 0.002 for earlier, later in pairwise(prices))


def test_over_a_connection_nothing_comes_before_it_happened(spec):
    async def play(stage):
        async with await stage.connect() as line:
            await line.send(asking("subscribe", *NAMES))
            moments = []
            while stage.seconds < 50:
                body = json.loads(await line.recv())
                newest = max(row["time"] for row in body["data"])
                moments.append(START * 1000 + stage.seconds * 1000 - newest)
            return moments

    late = on_stage(spec, play)
    assert len(late) > 200
    assert 0 <= min(late) <= max(late) < 2


@pytest.mark.parametrize("name", NAMES)
def test_the_sandbox_pushes_what_the_feed_says(spec, feed, name):
    async def play(stage):
        async with await stage.connect() as line:
            await line.send(asking("subscribe", name))
            return [json.loads(text) for text in await heard(line, 30)]

    pushed = on_stage(spec, play)
    assert pushed == [message for at, message in hour_of(feed(name)) if at <= (START + 30) * 1000 - 1]
