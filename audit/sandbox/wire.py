"""One request and its connection as a fault sees them, and the plain sending of answers over ASGI."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Sleep = Callable[[float], Awaitable[Any]]
Headers = list[tuple[str, str]]

EXTENSION = "audit.connection"


@dataclass
class Reply:
    """An answer before it is sent; header names keep their letter case."""

    status: int
    body: bytes
    headers: Headers = field(default_factory=list)

    def framed(self, media: str = "application/json") -> Headers:
        """Return the headers with type and length added where they are missing."""
        if self.status == 204:
            return self.headers
        names = {name.lower() for name, _ in self.headers}
        extra = [] if "content-type" in names else [("Content-Type", media)]
        if "content-length" not in names:
            extra.append(("Content-Length", str(len(self.body))))
        return [*extra, *self.headers]


def encode(body: Any) -> bytes:
    """Write a body as compact JSON."""
    return json.dumps(body, separators=(",", ":")).encode()


def json_reply(status: int, body: Any, headers: Headers) -> Reply:
    """Return a complete JSON answer."""
    return Reply(status, encode(body), [("Content-Type", "application/json"), *headers])


def reset(transport: asyncio.Transport) -> None:
    """End a connection with a reset: what was sent may not arrive."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


@dataclass
class Line:
    """The connection of one request."""

    scope: Scope
    receive: Receive
    send: Send
    sleep: Sleep

    async def start(self, status: int, headers: Headers) -> None:
        """Send status and headers."""
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})

    async def part(self, body: bytes, more: bool = True) -> None:
        """Send a part of the body."""
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def reply(self, reply: Reply) -> None:
        """Send a complete answer; a HEAD request gets no body."""
        await self.start(reply.status, reply.framed())
        await self.part(b"" if self.scope["method"] == "HEAD" else reply.body, more=False)

    def cut(self, politely: bool = False) -> None:
        """Break the connection: with a reset, or ``politely`` with a close after what was sent."""
        connection = self.scope.get("extensions", {}).get(EXTENSION, {})
        way = (connection.get("close") if politely else None) or connection.get("abort")
        if way is not None:
            way()

    async def until_gone(self, seconds: float) -> None:
        """Wait until the client has gone, at most so long."""

        async def gone() -> None:
            while (await self.receive())["type"] != "http.disconnect":
                pass

        waits = [asyncio.ensure_future(gone()), asyncio.ensure_future(self.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
