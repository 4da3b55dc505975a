"""Every fault of a channel does what it says: to the bytes on the line, and to an ignorant client."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from audit.sandbox.stream_faults import KINDS
from tests.sandbox.lines import LIQUIDATIONS, START, TRADES, asking, heard, on_stage, payload

MS = 1000
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\n"
NOT_FOUND = b'{"code":"404","msg":"Endpoint not found. Please refer to the API documentation."}'


@pytest.fixture
def stage(spec):
    return lambda play, *faults, **options: on_stage(spec, play, *faults, **options)


@pytest.fixture
def raw(stage):
    """Subscribe to liquidations byte by byte; return the first frames after it, each with its moment."""

    def run(fault, frames=1, name=LIQUIDATIONS):
        async def play(stage):
            line = await stage.raw()
            assert (await line.ask()).startswith(SWITCHED)
            await line.subscribe(name)
            return [await line.hear(90) for _ in range(frames)]

        return stage(play, fault)

    return run


@pytest.fixture
def sound(raw):
    """The first messages as they are without a fault."""
    return [json.loads(payload(frame)) for frame in raw("ws-no-pong", 3)]


async def fate(line: ClientConnection, seconds: float = 30.0) -> tuple[str, int | None, int]:
    """Return how a connection goes on: class of the exception, code of the goodbye, messages before."""
    messages = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                await line.recv()
                messages += 1
    except TimeoutError:
        return "TimeoutError", None, messages
    except ConnectionClosed as error:
        code = error.rcvd.code if error.rcvd else None
        return type(error).__name__, code, messages


@pytest.mark.parametrize(
    ("kind", "status", "media", "body"),
    [
        ("404", 404, "application/json", NOT_FOUND),
        ("401", 401, "application/json", b'{"code":"400","msg":"Invalid API key provided"}'),
        ("403-html", 403, "text/html; charset=UTF-8", b"<!DOCTYPE html><html><head><title>403 Forbidden"),
        ("429", 429, "application/json", b'{"code":"429","msg":"Too many requests"}'),
        ("500", 500, "application/json", b'{"code":"500","msg":"Server Error"}'),
    ],
)
def test_handshakes_that_are_declined(stage, kind, status, media, body):
    async def play(stage):
        with pytest.raises(InvalidStatus) as caught:
            await stage.connect()
        return caught.value.response

    answer = stage(play, f"ws-handshake-{kind}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, media)
    assert answer.body.startswith(body)
    assert int(answer.headers["Content-Length"]) == len(answer.body)


def test_a_handshake_that_is_sent_elsewhere(stage):
    async def play(stage):
        return await (await stage.raw()).ask()

    head = stage(play, "ws-handshake-redirect")
    assert head.startswith(b"HTTP/1.1 302 Found\r\n")
    assert b"\r\nLocation: ws://elsewhere.invalid/ws-api\r\n" in head
    assert b"sandbox-standard" not in head


def test_a_handshake_without_an_answer(stage):
    async def play(stage):
        with pytest.raises(TimeoutError):
            await stage.connect()
        line = await stage.raw()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(line.ask(), 600)
        return stage.seconds

    assert stage(play, "ws-handshake-silent") == pytest.approx(605)


def test_a_handshake_that_is_cut(stage):
    async def play(stage):
        return await (await stage.raw()).ask()

    head = stage(play, "ws-handshake-cut")
    assert head.startswith(SWITCHED)
    assert b"\r\n\r\n" not in head
    assert b"Sec-WebSocket-Accept" not in head


def test_mute(stage):
    async def play(stage):
        async with await stage.connect() as line:
            await line.send("ping")
            await line.send(asking("subscribe", LIQUIDATIONS))
            pong = await line.ping()
            return await fate(line, 600), pong.done()

    assert stage(play, "ws-mute") == (("TimeoutError", None, 0), False)


@pytest.mark.parametrize(
    ("faults", "answers"), [((), [20.0]), (("ws-no-pong",), []), (("ws-late-pong",), [20.0 + 30.0])]
)
def test_heartbeats(stage, faults, answers):
    """A ping is sent at 20 s and the answer waited for, with data under way."""

    async def play(stage):
        line = await stage.connect()
        await line.send(asking("subscribe", LIQUIDATIONS))
        await heard(line, 20)
        await line.send("ping")
        moments = []
        try:
            async with asyncio.timeout(39):
                while True:
                    if await line.recv() == "pong":
                        moments.append(stage.seconds)
        except (TimeoutError, ConnectionClosed):
            await line.close()
            return moments

    assert stage(play, *faults) == pytest.approx(answers, abs=0.01)


def test_drop(stage):
    async def play(stage):
        line = await stage.connect()
        await line.send(asking("subscribe", LIQUIDATIONS))
        return await fate(line, 60), stage.seconds

    (name, code, messages), seconds = stage(play, "ws-drop")
    assert (name, code) == ("ConnectionClosedError", None)
    assert messages > 10
    assert seconds == pytest.approx(25)


CODES = [
    (1000, "ConnectionClosedOK", b"done"),
    (1001, "ConnectionClosedOK", b"going away"),
    (1008, "ConnectionClosedError", b"policy"),
    (1011, "ConnectionClosedError", b"fault"),
    (1012, "ConnectionClosedError", b"restart"),
    (1013, "ConnectionClosedError", b"later"),
]


@pytest.mark.parametrize(("code", "name", "reason"), CODES)
def test_goodbyes(stage, raw, sound, code, name, reason):
    async def play(stage):
        line = await stage.connect()
        await line.send(asking("subscribe", LIQUIDATIONS))
        return await fate(line)

    goodbye = b"\x88" + bytes([len(reason) + 2]) + code.to_bytes(2, "big") + reason
    assert stage(play, f"ws-close-{code}") == (name, code, 0)
    assert raw(f"ws-close-{code}") == [goodbye]
    assert stage(play, f"ws-close-later-{code}") == (name, code, 1)
    first, last = raw(f"ws-close-later-{code}", 2)
    assert (json.loads(payload(first)), last) == (sound[0], goodbye)


@pytest.mark.parametrize(
    ("fault", "messages"), [("ws-end", 0), ("ws-reset", 0), ("ws-end-later", 1), ("ws-reset-later", 1)]
)
def test_ends_without_goodbye(stage, raw, fault, messages):
    async def play(stage):
        line = await stage.connect()
        await line.send(asking("subscribe", LIQUIDATIONS))
        return await fate(line)

    assert stage(play, fault) == ("ConnectionClosedError", None, messages)
    assert raw(fault, messages + 1)[-1] == b""


def test_half_open(stage):
    async def play(stage):
        async with await stage.connect() as line:
            await line.send(asking("subscribe", LIQUIDATIONS))
            first = await line.recv()
            await line.send("ping")
            pong = await line.ping()
            return bool(first), await fate(line, 600), pong.done()

    assert stage(play, "ws-half-open") == (True, ("TimeoutError", None, 0), False)


@pytest.mark.parametrize("plan", ["standard", "enterprise"])
def test_refuse(stage, plan):
    async def play(stage):
        async with await stage.connect(f"sandbox-{plan}") as line:
            await line.send(asking("subscribe", TRADES))
            return await heard(line, 40)

    assert stage(play, "ws-refuse") == [f"{TRADES} need upgrade plan"]


def test_quiet(stage):
    async def play(stage):
        async with await stage.connect() as line:
            await line.send(asking("subscribe", LIQUIDATIONS, TRADES))
            await line.send("ping")
            return await heard(line, 40)

    messages = stage(play, "ws-quiet:liquidation*")
    assert messages[0] == "pong"
    assert {json.loads(text)["channel"] for text in messages[1:]} == {TRADES}


def test_unsubscribe_ignored(stage):
    async def play(stage):
        async with await stage.connect() as line:
            await line.send(asking("subscribe", LIQUIDATIONS))
            await line.send(asking("unsubscribe", LIQUIDATIONS))
            return len(await heard(line, 40))

    assert stage(play, "ws-unsubscribe-ignored") > 20
    assert stage(play) == 0


def test_slow(stage):
    """One message comes in twenty parts, a quarter of a second apart; what follows is not torn."""

    async def play(stage):
        line = await stage.raw()
        await line.ask()
        await line.subscribe(LIQUIDATIONS)
        await line.rest(1)
        began = stage.seconds
        await line.say("ping")
        whole = b"\x81" + await line.rest(3)
        size = int.from_bytes(whole[2:4], "big")
        body = await line.rest(size)
        taken = stage.seconds - began
        pong = await line.hear()
        return json.loads(body), taken, payload(pong)

    body, taken, pong = stage(play, "ws-slowx1")
    assert body["channel"] == LIQUIDATIONS
    assert taken == pytest.approx(19 * 0.25, abs=0.01)
    assert pong == b"pong"


def test_text(raw):
    assert raw("ws-text") == [b"\x81\x20upstream temporarily unavailable"]


def test_truncated_json(raw, sound):
    whole = json.dumps(sound[0], separators=(",", ":")).encode()
    [frame] = raw("ws-truncated-json")
    assert payload(frame) == whole[: len(whole) // 2]
    with pytest.raises(json.JSONDecodeError):
        json.loads(payload(frame))


def test_binary(raw, sound):
    [frame] = raw("ws-binary")
    assert frame[0] == 0x82
    assert json.loads(payload(frame)) == sound[0]


def test_oversized(stage):
    async def play(stage):
        line = await stage.raw()
        await line.ask()
        await line.subscribe(LIQUIDATIONS)
        head = await line.rest(10)
        sent = await line.rest(65_536)
        client = await stage.connect()
        await client.send(asking("subscribe", LIQUIDATIONS))
        return head, sent, await fate(client), client.close_code, client.protocol.close_sent

    head, sent, found, code, goodbye = stage(play, "ws-oversized")
    assert head == b"\x81\x7f" + (64 * 1024 * 1024).to_bytes(8, "big")
    assert sent == b"0" * 65_536
    assert found == ("ConnectionClosedError", None, 0)
    assert (code, goodbye.code) == (1006, 1009)


@pytest.mark.parametrize(
    ("fault", "begins", "goodbye"),
    [
        ("ws-wrong-encoding", b'{"\xff\xfe\xe9channel"\xff\xfe\xe9:"', 1007),
        ("ws-reserved-opcode", b"\x83\x00", 1002),
        ("ws-reserved-bits", b"\xf1\x00", 1002),
    ],
)
def test_what_the_protocol_forbids(stage, raw, fault, begins, goodbye):
    async def play(stage):
        line = await stage.connect()
        await line.send(asking("subscribe", LIQUIDATIONS))
        found = await fate(line)
        return found, line.protocol.close_sent.code

    [frame] = raw(fault)
    assert (payload(frame) or frame).startswith(begins)
    assert stage(play, fault) == (("ConnectionClosedError", None, 0), goodbye)


def test_duplicate(raw, sound):
    frames = raw("ws-duplicate", 4)
    assert [json.loads(payload(frame)) for frame in frames] == [sound[0], sound[0], sound[1], sound[1]]


def test_shuffled(raw, sound):
    bodies = [json.loads(payload(frame)) for frame in raw("ws-shuffled", 4)]
    for place in (0, 1):
        assert bodies[2 * place] == sound[place]
        back = [{**row, "time": row["time"] - 60 * MS} for row in sound[place]["data"]]
        assert bodies[2 * place + 1] == {"channel": LIQUIDATIONS, "data": back}


@pytest.mark.parametrize(("asked", "told"), [(LIQUIDATIONS, TRADES), (TRADES, LIQUIDATIONS)])
def test_other_channel(raw, asked, told):
    [frame] = raw("ws-other-channel", name=asked)
    assert json.loads(payload(frame))["channel"] == told


DAMAGE = {
    "ws-seconds": lambda row: {**row, "time": row["time"] // MS},
    "ws-missing-field": lambda row: {name: value for name, value in row.items() if name != "volUsd"},
    "ws-wrong-type": lambda row: {**row, "baseAsset": 0},
    "ws-extra-field": lambda row: {**row, "undocumented_field": 1},
    "ws-stale": lambda row: {**row, "time": row["time"] - 400 * 86_400 * MS},
    "ws-empty-list": None,
}


@pytest.mark.parametrize(("fault", "change"), DAMAGE.items())
def test_damage(raw, sound, fault, change):
    bodies = [json.loads(payload(frame)) for frame in raw(fault, 3)]
    for body, good in zip(bodies, sound, strict=True):
        rows = [change(row) for row in good["data"]] if change else []
        assert body == {"channel": LIQUIDATIONS, "data": rows}


def test_damage_adds_up(raw, stage, sound):
    async def play(stage):
        async with await stage.connect() as line:
            await line.send(asking("subscribe", LIQUIDATIONS))
            return json.loads(await line.recv())

    [row, *_] = stage(play, "ws-seconds", "ws-extra-field", "ws-binary")["data"]
    assert row == {**sound[0]["data"][0], "time": int(START), "undocumented_field": 1}


def test_each_kind_is_tried_here():
    text = Path(__file__).read_text(encoding="utf-8")
    made = {f"ws-handshake-{kind}" for kind in ("404", "401", "403-html", "429", "500")}
    made |= {f"ws-close{when}-{code}" for code, _, _ in CODES for when in ("", "-later")}
    assert [kind for kind in KINDS if f'"{kind}' not in text and kind not in made] == []
    assert len(KINDS) >= 24
    assert all((function.__doc__ or "").strip() for function in KINDS.values())
    assert all(kind.startswith("ws-") for kind in KINDS)
