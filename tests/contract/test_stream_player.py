"""A recorded channel answers as it did: in its order and its time, to what was sent, and to nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from audit.client.answers import Complete, Unanswered
from audit.client.stream import Binary, Closed, Connection, Incoming, Opened, Text, connect
from audit.client.virtual_time import run_virtual
from audit.contract.stream_file import Heard
from audit.contract.stream_player import Player
from tests.contract.streams import NAME, SUBSCRIBE, came, heard, sent, text

T = TypeVar("T")
FORM = '{"method":"subscribe","channels":["liquidationOrders"]}'
FIRST = {"channel": NAME, "data": [{"time": 1}]}
RECORDED = heard(
    [
        sent(10.0, SUBSCRIBE),
        came(12.5, FIRST),
        text(sent(30.0, "ping")),
        text(came(30.25, "pong")),
        came(31.0, 4, form="binary"),
        {"way": "closed", "at": 40.0, "code": 1012, "reason": "restart"},
    ],
    [sent(50.0, SUBSCRIBE), {"way": "closed", "at": 51.0, "code": 1006}],
)


def played(made: Heard, talk: Callable[[Callable[[], Awaitable[Opened]]], Awaitable[T]]) -> T:
    """Talk to a recording with the tool's own client, on a clock that jumps over waiting."""

    async def run() -> T:
        player, lines = Player(made), []

        async def opened() -> Opened:
            lines.append(
                await connect(
                    "wss://example.com/ws",
                    key=None,
                    key_query="k",
                    timeout=60,
                    user_agent="t",
                    dial=player.dial,
                )
            )
            return lines[-1]

        try:
            return await talk(opened)
        finally:
            for line in lines:
                if isinstance(line, Connection):
                    await line.close()

    return run_virtual(run())


async def all_of(line: Connection, seconds: float) -> list[tuple[float, Incoming]]:
    """Everything that arrives within so many seconds, and when."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    found: list[tuple[float, Incoming]] = []
    while (left := end - loop.time()) > 0 and not (found and isinstance(found[-1][1], Closed)):
        if (arrived := await line.receive(left)) is not None:
            found.append((round(loop.time(), 2), arrived))
    return found


def test_what_came_comes_again_in_its_time_and_only_once_it_is_asked_for() -> None:
    async def talk(opened: Callable[[], Awaitable[Opened]]) -> list[tuple[float, Incoming]]:
        line = await opened()
        assert isinstance(line, Connection)
        silence = await all_of(line, 100)
        await line.send(FORM)
        data = await all_of(line, 5)
        await line.send("ping")
        return [*silence, *data, *await all_of(line, 60)]

    assert played(RECORDED, talk) == [
        (102.5, Text('{"channel":"liquidationOrders","data":[{"time":1}]}')),
        (105.25, Text("pong")),
        (106.0, Binary(4)),
        (115.0, Closed(1012, "restart")),
    ]


@pytest.mark.parametrize(
    "other", ['{"op":"subscribe","args":["liquidationOrders"]}', "ping", FORM.replace(NAME, "other"), "", "{"]
)
def test_what_was_not_sent_is_met_with_silence(other: str) -> None:
    async def talk(opened: Callable[[], Awaitable[Opened]]) -> tuple[int, int]:
        line = await opened()
        assert isinstance(line, Connection)
        await line.send(other)
        before = len(await all_of(line, 100))
        await line.send(FORM)
        return before, len(await all_of(line, 100))

    assert played(RECORDED, talk) == (0, 1)


def test_a_request_is_known_whatever_the_space_in_it() -> None:
    async def talk(opened: Callable[[], Awaitable[Opened]]) -> int:
        line = await opened()
        assert isinstance(line, Connection)
        await line.send('{"method": "subscribe",\n "channels": ["liquidationOrders"]}')
        return len(await all_of(line, 100))

    assert played(RECORDED, talk) == 1


def test_each_connection_gets_its_own_part_and_a_further_one_none() -> None:
    async def talk(opened: Callable[[], Awaitable[Opened]]) -> list[object]:
        first, second = await opened(), await opened()
        assert isinstance(first, Connection)
        assert isinstance(second, Connection)
        first.drop()
        await second.send(FORM)
        return [*await all_of(second, 100), await opened()]

    ended, further = played(RECORDED, talk)
    # The second began 40 s after the first, and ended 1 s later.
    assert ended == (41.0, Closed(1006, "the line ended without a goodbye"))
    assert isinstance(further, Unanswered)
    assert (further.fault, further.detail) == ("connect", "no further connection is recorded")


def test_a_handshake_is_refused_as_it_was() -> None:
    answer = {"status": 403, "headers": {"content-type": "text/html"}, "form": "text", "body": "<html>no"}
    made = Heard.model_validate({"channel": "c", "name": "c", "lines": [{"at": 1.0, "answer": answer}]})

    async def talk(opened: Callable[[], Awaitable[Opened]]) -> Opened:
        return await opened()

    declined = played(made, talk)
    assert isinstance(declined, Complete)
    assert (declined.status, declined.body) == (403, b"<html>no")
    assert declined.headers["content-type"] == "text/html"


def test_trying_again_takes_as_long_as_it_did() -> None:
    answer = {"status": 503}
    lines = [{"at": 1000.0, "answer": answer}, {"at": 1004.5, "answer": answer}, {"at": 1005.0}]
    made = Heard.model_validate({"channel": "c", "name": "c", "lines": lines})

    async def talk(opened: Callable[[], Awaitable[Opened]]) -> list[tuple[float, type]]:
        found = []
        for _ in lines:
            line = await opened()
            found.append((round(asyncio.get_running_loop().time(), 2), type(line)))
        return found

    assert played(made, talk) == [(0.0, Complete), (4.5, Complete), (5.0, Connection)]
