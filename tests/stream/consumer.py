"""A consumer of channels, to be copied: it needs `pip install websockets` and nothing of this project.

    async with Consumer("wss://…/ws-api", key, ["liquidationOrders"]) as consumer:
        async for event in consumer:
            match event:
                case Row(channel, row): ...
                case Gap(seconds): ...     # the connection was lost: so long nothing was heard
                case Dropped(events): ...  # it was read too slowly: so many events were thrown away
                case Said(text): ...       # a message without rows, such as a refusal

It sends heartbeats, connects again after a growing pause, subscribes anew, leaves out rows that came
before, and keeps a bounded number of events for a slow reader. The key stands in the address, which the
library's log would show; it is turned off, and no error that leaves this file holds the key.
"""

import asyncio
import json
import logging
import random
from collections import deque
from typing import Any, NamedTuple, Self
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

HEARTBEAT = 20.0  # seconds; the answer has to come before the next one is due
LONGEST_PAUSE = 60.0  # seconds between two attempts
BUFFER = 10_000  # events that wait for a slow reader
REMEMBERED = 10_000  # rows that are known when they come again
SILENT = logging.Logger("silent", logging.CRITICAL + 1)


class Row(NamedTuple):
    channel: str
    row: dict[str, Any]


class Gap(NamedTuple):
    seconds: float


class Dropped(NamedTuple):
    events: int


class Said(NamedTuple):
    text: str


async def dial(url: str) -> ClientConnection:
    """Open a connection; the protocol's own heartbeats are off, and no redirect is followed with the key."""
    opening = connect(url, logger=SILENT, ping_interval=None, close_timeout=1, max_size=1 << 20)
    opening.process_redirect = lambda exc: exc  # type: ignore[method-assign]  # it would follow them
    return await opening


class Consumer:
    def __init__(self, url: str, key: str, channels: list[str], open_line: Any = dial) -> None:
        self._url = f"{url}?cg-api-key={quote(key, safe='')}"
        self._subscribe = json.dumps({"method": "subscribe", "channels": channels})
        self._open_line = open_line
        self._events: deque[Row | Gap | Said] = deque()
        self._dropped = 0
        self._ready = asyncio.Event()
        self._known: dict[str, None] = {}  # a set that keeps its order
        self._last: float | None = None  # when the last rows came
        self._lost, self._failures = False, 0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(lambda _: self._ready.set())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Row | Gap | Dropped | Said:
        while not self._events:
            if self._task.done():
                self._task.result()  # raises what ended it
            self._ready.clear()
            await self._ready.wait()
        if self._dropped:
            count, self._dropped = self._dropped, 0
            return Dropped(count)
        return self._events.popleft()

    async def _run(self) -> None:
        while True:
            try:
                async with await self._open_line(self._url) as line:
                    await line.send(self._subscribe)
                    await self._listen(line)
            except InvalidStatus as error:
                if (status := error.response.status_code) < 500 and status != 429:
                    raise ConnectionRefusedError(f"the handshake was answered with {status}") from None
            except (OSError, WebSocketException):
                pass  # whatever it was, the cure is the same
            self._lost = self._last is not None
            self._failures += 1
            await asyncio.sleep(min(LONGEST_PAUSE, 2.0**self._failures) * random.uniform(0.25, 0.5))

    async def _listen(self, line: ClientConnection) -> None:
        clock = asyncio.get_running_loop().time
        beat, waiting = clock() + HEARTBEAT, False
        while True:
            if clock() >= beat:
                if waiting:
                    raise ConnectionError("a heartbeat was not answered")
                await line.send("ping")
                beat, waiting = clock() + HEARTBEAT, True
            try:
                async with asyncio.timeout_at(beat):
                    message = await line.recv()
            except TimeoutError:
                continue
            if message == "pong":
                waiting = False
            else:
                self._take(message, clock())

    def _take(self, message: str | bytes, now: float) -> None:
        try:
            body = json.loads(message)
            channel, rows = body["channel"], list(body["data"])
        except (ValueError, LookupError, TypeError):
            self._put(Said(str(message)))
            return
        if self._lost and self._last is not None:
            self._put(Gap(now - self._last))
        self._last, self._lost, self._failures = now, False, 0
        for row in rows:
            name = f"{channel} {json.dumps(row, sort_keys=True)}"
            if name not in self._known:
                self._known[name] = None
                if len(self._known) > REMEMBERED:
                    del self._known[next(iter(self._known))]
                self._put(Row(channel, row))

    def _put(self, event: Row | Gap | Said) -> None:
        if len(self._events) >= BUFFER:
            self._events.popleft()
            self._dropped += 1
        self._events.append(event)
        self._ready.set()
