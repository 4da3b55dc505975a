"""The sandbox's channels, asked by a client that does not know the description."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from audit.errors import UsageError
from audit.sandbox.app import Sandbox
from audit.spec.catalog import Spec
from tests.sandbox.lines import ADDRESS, LIQUIDATIONS, TRADES, asking, heard, on_stage, payload


class Bare(Spec):
    """A description whose folder has no channels."""

    stream = None


PLANS = {
    "hobbyist": False,
    "startup": False,
    "standard": True,
    "professional": True,
    "enterprise": True,
}


@pytest.fixture
def stage(spec):
    return lambda play, *faults, **options: on_stage(spec, play, *faults, **options)


@pytest.mark.parametrize("name", [LIQUIDATIONS, TRADES])
@pytest.mark.parametrize(("plan", "open_to"), PLANS.items())
def test_every_plan_connects_and_gets_what_it_includes(stage, plan, open_to, name):
    async def play(stage):
        async with await stage.connect(f"sandbox-{plan}") as line:
            await line.send(asking("subscribe", name))
            return await asyncio.wait_for(line.recv(), 60)

    said = stage(play)
    if not open_to:
        assert said == f"{name} need upgrade plan"
    else:
        body = json.loads(said)
        assert body["channel"] == name
        assert set(body) == {"channel", "data"}
        fields = {"baseAsset", "exName", "price", "side", "symbol", "time", "volUsd"}
        assert all(set(row) == fields for row in body["data"])


@pytest.mark.parametrize("key", ["sandbox-expired", "sandbox-none"])
def test_a_key_without_a_plan_connects_and_is_refused_every_channel(spec, stage, key):
    keys = spec.provider.sandbox_keys
    assert key in (keys.expired, keys.without_plan)

    async def play(stage):
        async with await stage.connect(key) as line:
            await line.send(asking("subscribe", LIQUIDATIONS, TRADES))
            return await heard(line, 30)

    assert stage(play) == [f"{LIQUIDATIONS} need upgrade plan", f"{TRADES} need upgrade plan"]


@pytest.mark.parametrize(
    ("address", "status", "body"),
    [
        ("/ws", 404, {"code": "404", "msg": "Endpoint not found. Please refer to the API documentation."}),
        ("/ws-api", 401, {"code": "401", "msg": "API key missing."}),
        ("/ws-api?cg-api-key=", 401, {"code": "401", "msg": "API key missing."}),
        ("/ws-api?key={key}", 401, {"code": "401", "msg": "API key missing."}),
        ("/ws-api?cg-api-key=fa4efa4e", 401, {"code": "400", "msg": "Invalid API key provided"}),
    ],
)
def test_what_is_refused_at_the_handshake(stage, address, status, body):
    async def play(stage):
        with pytest.raises(InvalidStatus) as caught:
            await stage.connect(address=address)
        return caught.value.response

    answer = stage(play)
    assert (answer.status_code, json.loads(answer.body)) == (status, body)
    assert answer.headers["Content-Type"] == "application/json"


def test_a_key_may_be_spelled_as_a_query_spells_it(stage):
    async def play(stage):
        async with await stage.connect(address="/ws-api?a=b&cg-api-key=sandbox%2Dstandard") as line:
            await line.send("ping")
            return await line.recv()

    assert stage(play) == "pong"


def test_a_request_that_asks_for_no_websocket(stage):
    async def play(stage):
        line = await stage.app.dial()
        await stage.loop.sock_sendall(line, b"GET /ws-api HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await stage.loop.sock_recv(line, 4096)
        line.close()
        return answer

    assert stage(play).startswith(b"HTTP/1.1 426 Upgrade Required\r\n")


@pytest.mark.parametrize(
    "text",
    [
        '{"op":"subscribe","args":["liquidationOrders"]}',
        '{"method":"SUBSCRIBE","channels":["liquidationOrders"]}',
        '{"method":"subscribe","channels":["liquidationOrders"],"id":1}',
        '{"method":"subscribe","channels":"liquidationOrders"}',
        '{"method":"subscribe","channels":[]}',
        '{"method":"subscribe","channels":[1]}',
        '{"method":"subscribe","channels":["spot_trades"]}',
        '{"method":"subscribe","channels":["futures_trades"]}',
        '{"method":"subscribe","channels":["futures_trades@Nowhere_BTCUSDT@10000"]}',
        '{"method":"subscribe","channels":["futures_trades@Binance_NOPEUSDT@10000"]}',
        '{"method":"subscribe","channels":["futures_trades@Binance_BTCUSDT@much"]}',
        '{"method":"unsubscribe","channels":["liquidationOrders"]}',
        "subscribe liquidationOrders",
        "PING",
        "[" * 20_000,
        "",
        b'{"method":"subscribe","channels":["liquidationOrders"]}',
        b"ping",
    ],
)
def test_anything_else_is_met_with_silence(stage, text):
    async def play(stage):
        async with await stage.connect() as line:
            await line.send(text)
            silence = await heard(line, 30)
            await line.send("ping")
            return [*silence, await line.recv()]

    assert stage(play) == ["pong"]


def test_what_is_no_utf8_ends_the_connection(stage):
    async def play(stage):
        async with await stage.connect() as line:
            await line.send(b"\xff\xfe", text=True)
            with pytest.raises(ConnectionClosed) as caught:
                await line.recv()
            return caught.value

    assert stage(play).rcvd.code == 1007


def test_a_message_too_large_ends_the_connection(stage):
    async def play(stage):
        async with await stage.connect() as line:
            await line.send("x" * 65_537)
            with pytest.raises(ConnectionClosed) as caught:
                await line.recv()
            return caught.value

    assert stage(play).rcvd.code == 1009


def test_a_request_in_fragments(stage):
    async def play(stage):
        async with await stage.connect() as line:
            await line.send(["pi", "n", "g"])
            return await line.recv()

    assert stage(play) == "pong"


def test_pings_of_the_protocol_are_answered(stage):
    async def play(stage):
        line = await stage.raw()
        await line.ask()
        await line.say("are you there", opcode=9)
        return await line.hear()

    assert stage(play) == b"\x8a\x0dare you there"


def test_without_heartbeats_it_ends_after_three_periods(stage):
    async def play(stage):
        line = await stage.connect()
        await line.send(asking("subscribe", LIQUIDATIONS))
        await heard(line, 19)
        await line.send("ping")
        assert len(await heard(line, 59)) > 10
        await line.ping()
        with pytest.raises(ConnectionClosed) as caught:
            await heard(line, 2)
        return caught.value.rcvd, stage.seconds

    goodbye, seconds = stage(play)
    assert (goodbye.code, goodbye.reason) == (1001, "no heartbeat")
    assert seconds == pytest.approx(79.0, abs=0.01)


def test_heartbeats_keep_it_open(stage):
    async def play(stage):
        async with await stage.connect() as line:
            pongs = 0
            for _ in range(30):
                await line.send("ping")
                pongs += (await heard(line, 20)).count("pong")
            return pongs

    assert stage(play) == 30


def test_several_channels_on_one_connection_and_one_ended(stage):
    other = "futures_trades@OKX_ETH-USDT-SWAP@500"

    async def play(stage):
        async with await stage.connect() as line:
            await line.send(asking("subscribe", LIQUIDATIONS, TRADES))
            await line.send(asking("subscribe", other))
            before = {json.loads(text)["channel"] for text in await heard(line, 20)}
            await line.send(asking("unsubscribe", TRADES, "futures_trades@Binance_ETHUSDT@1"))
            await asyncio.sleep(0.5)
            await line.send("ping")
            while await line.recv() != "pong":
                pass
            after = {json.loads(text)["channel"] for text in await heard(line, 20)}
            await line.send(asking("unsubscribe", LIQUIDATIONS, other))
            await line.send("ping")
            while await line.recv() != "pong":
                pass
            return before, after, await heard(line, 19)

    before, after, last = stage(play)
    assert before == {LIQUIDATIONS, TRADES, other}
    assert after == {LIQUIDATIONS, other}
    assert last == []


def test_subscribing_twice_pushes_once(stage):
    async def play(stage):
        async with await stage.connect() as line:
            await line.send(asking("subscribe", LIQUIDATIONS, LIQUIDATIONS))
            await line.send(asking("subscribe", LIQUIDATIONS))
            return await heard(line, 20)

    messages = stage(play)
    assert len(messages) > 10
    assert len(set(messages)) == len(messages)


def test_a_connection_has_a_hundred_names_at_the_most(stage):
    names = [f"futures_trades@Binance_BTCUSDT@{least}" for least in range(1, 131)]

    async def play(stage):
        async with await stage.connect() as line:
            await line.send(asking("subscribe", *names))
            return {json.loads(text)["channel"] for text in await heard(line, 30)}

    assert stage(play) == set(names[:100])


def test_two_connections_hear_the_same(stage):
    async def play(stage):
        async with await stage.connect() as one, await stage.connect("sandbox-enterprise") as other:
            for line in (one, other):
                await line.send(asking("subscribe", TRADES))
            return await asyncio.gather(heard(one, 30), heard(other, 30))

    one, other = stage(play)
    assert one == other
    assert len(one) > 20


def test_what_was_pushed_is_told(stage):
    async def play(stage):
        async with await stage.connect() as line:
            await line.send(asking("subscribe", LIQUIDATIONS))
            messages = await heard(line, 10)
        async with await stage.connect() as line:
            await line.send(asking("subscribe", TRADES))
            messages += await heard(line, 10)
        return messages, stage.pushed

    messages, pushed = stage(play)
    assert [one.text for one in pushed] == messages
    assert [one.connection for one in pushed] == sorted(one.connection for one in pushed)
    assert {(one.connection, one.name) for one in pushed} == {(1, LIQUIDATIONS), (2, TRADES)}


def test_a_client_that_does_not_read_holds_nothing_up(stage):
    """What comes up while a line is full is not kept for it."""

    async def patience(line):
        for _ in range(12):
            await asyncio.sleep(19)
            await line.say("ping")

    async def play(stage):
        line = await stage.raw()
        await line.ask()
        await line.subscribe(*(f"futures_trades@Binance_BTCUSDT@{least}" for least in range(1, 21)))
        await patience(line)
        full = len(stage.pushed)
        await patience(line)
        stuck = len(stage.pushed)
        received = 0
        while received < full:
            received += payload(await line.hear()) != b"pong"
        await asyncio.sleep(5)
        return full, stuck, len(stage.pushed)

    full, stuck, resumed = stage(play)
    assert 100 < full == stuck < resumed


def test_a_description_without_channels(spec):
    app = Sandbox(Bare(**vars(replace(spec))))
    assert not app.has_channels
    with pytest.raises(UsageError, match="describes no channels; its sandbox serves requests alone"):
        app.session()


def test_the_address_of_the_other_tests_is_the_described_one(spec):
    assert spec.stream.url.endswith(ADDRESS.partition("?")[0])
    assert f"?{spec.stream.key_query}=" in ADDRESS
