"""The consumer loses nothing that was delivered, says what it missed, and shows its key to nobody."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import traceback
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from audit.sandbox.app import Sandbox
from audit.sandbox.server import running
from audit.sandbox.stream import Delivered
from tests.sandbox.lines import LIQUIDATIONS, TRADES, on_stage
from tests.stream import consumer as copied
from tests.stream.consumer import Consumer, Dropped, Gap, Row, Said, dial

KEY = "sandbox-standard"
MINUTES = 10
DROPS = 20


@pytest.fixture(autouse=True)
def _steady():
    """Pauses between attempts are drawn by chance, here always alike."""
    random.seed(7)


def consumer_of(stage, *channels):
    """A consumer whose connections end in the sandbox of this stage."""

    async def dial(url):
        return await connect(url, sock=await stage.app.dial(), ping_interval=None, close_timeout=1)

    return Consumer("ws://sandbox.invalid/ws-api", KEY, list(channels), dial)


async def events_of(consumer, seconds, pause=0.0):
    """Return what it says within so many seconds, read with a pause before the first."""
    events = []
    async with consumer:
        await asyncio.sleep(pause)
        try:
            async with asyncio.timeout(seconds):
                async for event in consumer:
                    events.append(event)  # noqa: PERF401 - what came before the time is up has to be kept
        except TimeoutError:
            return events


def seen(events):
    return Counter((event.channel, json.dumps(event.row)) for event in events if isinstance(event, Row))


def delivered(pushed):
    return {(one.name, json.dumps(row)) for one in pushed for row in json.loads(one.text)["data"]}


def gaps(events):
    return [event.seconds for event in events if isinstance(event, Gap)]


def silences(pushed):
    """Return how long nothing was delivered between one connection and the next."""
    return [
        later.at - earlier.at for earlier, later in pairwise(pushed) if earlier.connection != later.connection
    ]


def test_ten_minutes_with_twenty_drops(spec):
    """Every row that was delivered is seen once; each gap is told, and how long it was."""

    async def play(stage):
        return await events_of(consumer_of(stage, LIQUIDATIONS, TRADES), MINUTES * 60), stage.pushed

    forced = f"ws-dropx{DROPS}"  # each of so many connections ends, at the latest by this
    sooner = (
        "ws-half-open@0.01x2",
        "ws-close-later-1012@0.01x3",
        "ws-end-later@0.01x3",
        "ws-reset-later@0.01x3",
    )
    events, pushed = on_stage(spec, play, forced, *sooner, "ws-duplicate@0.05")
    texts = Counter(one.text for one in pushed)
    assert len(texts) > 3000
    assert len(pushed) - len(texts) > 100, "some came twice, or nothing would show that they are seen once"
    assert pushed[-1].connection == DROPS + 1
    assert pushed[-1].at - pushed[0].at > MINUTES * 60 - 20
    assert seen(events) == dict.fromkeys(delivered(pushed), 1)
    assert gaps(events) == pytest.approx(silences(pushed), abs=0.001)
    assert len(gaps(events)) == DROPS
    assert {type(event) for event in events} == {Row, Gap}


def test_a_line_that_went_dead_is_noticed_by_the_heartbeat(spec):
    async def play(stage):
        return await events_of(consumer_of(stage, LIQUIDATIONS), 120), stage.pushed

    events, pushed = on_stage(spec, play, "ws-half-openx1")
    assert [one.connection for one in pushed][:2] == [1, 2]
    [gap] = gaps(events)
    assert 40 < gap < 50, "two periods, a goodbye nobody answers, a pause, and the first message"
    assert gap == pytest.approx(silences(pushed)[0], abs=0.001)


def test_heartbeats_keep_a_connection_open(spec):
    async def play(stage):
        await events_of(consumer_of(stage, LIQUIDATIONS), 600)
        return stage.pushed

    assert {one.connection for one in on_stage(spec, play)} == {1}


def test_a_slow_reader_gets_the_newest_and_is_told_what_went(spec, monkeypatch):
    monkeypatch.setattr(copied, "BUFFER", 50)

    async def play(stage):
        return await events_of(consumer_of(stage, LIQUIDATIONS), 1, pause=60), stage.pushed

    events, pushed = on_stage(spec, play)
    told = [event.events for event in events if isinstance(event, Dropped)]
    assert told[0] > 50
    assert isinstance(events[0], Dropped)
    assert all(isinstance(event, Row) for event in events[1:])
    rows = [row for one in pushed for row in json.loads(one.text)["data"]]
    assert [event.row for event in events[1:]] == rows[told[0] :]


def test_a_known_row_is_forgotten_in_time(spec, monkeypatch):
    monkeypatch.setattr(copied, "REMEMBERED", 100)

    async def play(stage):
        consumer = consumer_of(stage, TRADES)
        events = await events_of(consumer, 300)
        return len(consumer._known), events, stage.pushed

    known, events, pushed = on_stage(spec, play, "ws-duplicate")
    assert known == 100
    assert seen(events) == dict.fromkeys(delivered(pushed), 1)


def test_a_refusal_is_handed_on(spec):
    async def play(stage):
        return await events_of(consumer_of(stage, LIQUIDATIONS), 30)

    assert on_stage(spec, play, "ws-refuse") == [Said("liquidationOrders need upgrade plan")]


@pytest.mark.parametrize(
    "fault", ["ws-text", "ws-truncated-json", "ws-binary", "ws-wrong-encoding", "ws-oversized"]
)
def test_what_is_no_data_stops_nothing(spec, fault):
    async def play(stage):
        return await events_of(consumer_of(stage, LIQUIDATIONS), 60), stage.pushed

    events, pushed = on_stage(spec, play, f"{fault}x3")
    assert delivered(pushed) <= set(seen(events))
    assert len(pushed) > 20


@pytest.mark.parametrize(
    ("fault", "connections"),
    [("ws-handshake-500x3", 4), ("ws-handshake-429x3", 4), ("ws-handshake-cutx3", 4), ("ws-endx3", 4)],
)
def test_it_tries_again(spec, fault, connections):
    async def play(stage):
        events = await events_of(consumer_of(stage, LIQUIDATIONS), 60)
        return events, stage.pushed

    events, pushed = on_stage(spec, play, fault)
    assert {one.connection for one in pushed} == {connections}
    assert gaps(events) == [], "nothing was heard before"


@pytest.mark.parametrize("status", [404, 401, "403-html", "redirect"])
def test_it_gives_up_where_trying_again_is_in_vain(spec, status, caplog):
    """The real way to open a line is used here; nothing that comes of it shows the key."""
    caplog.set_level(logging.DEBUG)

    async def play(url):
        async with Consumer(url, KEY, [LIQUIDATIONS]) as consumer:
            async for _ in consumer:
                pass

    app = Sandbox(spec, faults=[f"ws-handshake-{status}"])
    with running(app) as base_url, pytest.raises(ConnectionRefusedError) as caught:
        asyncio.run(play(base_url.replace("http", "ws") + "/ws-api"))
    code = {"redirect": "302", "403-html": "403"}.get(str(status), str(status))
    assert str(caught.value) == f"the handshake was answered with {code}"
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert KEY not in caplog.text


def test_over_a_real_connection(spec, caplog):
    """A few seconds on loopback, with one connection lost on the way."""
    caplog.set_level(logging.DEBUG)
    pushed: list[Delivered] = []
    app = Sandbox(spec, faults=["ws-reset-later@0.2x1"], on_push=pushed.append)

    async def play(url):
        channels = [LIQUIDATIONS, *(f"futures_trades@Binance_BTCUSDT@{least}" for least in range(1, 30))]
        events = []
        async with Consumer(url, KEY, channels, dial) as consumer:
            async with asyncio.timeout(20):
                async for event in consumer:
                    events.append(event)
                    if gaps(events) and len(events) > 100:
                        return events
        raise AssertionError("the consumer ended by itself")

    with running(app) as base_url:
        events = asyncio.run(play(base_url.replace("http", "ws") + "/ws-api"))
    assert set(seen(events).values()) == {1}
    assert set(seen(events)) <= delivered(pushed)
    [gap] = gaps(events)
    assert gap == pytest.approx(silences(pushed)[0], abs=3)
    assert KEY not in caplog.text


def test_it_can_be_copied():
    """It is short, and needs the library and what comes with Python."""
    text = Path(copied.__file__).read_text(encoding="utf-8")
    modules = {
        line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))
    }
    assert modules == {
        "asyncio",
        "json",
        "logging",
        "random",
        "collections",
        "typing",
        "urllib",
        "websockets",
    }
    assert len(text.splitlines()) <= 150
