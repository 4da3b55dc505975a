"""Connections to a sandbox: by a client that knows nothing of it, and byte by byte without any library."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from audit.client.virtual_time import run_virtual
from audit.sandbox.app import Sandbox
from audit.sandbox.stream import Delivered
from audit.spec.catalog import Spec

START = 1_790_000_000.0  # Mon, 21 Sep 2026 14:13:20 GMT
ADDRESS = "/ws-api?cg-api-key={key}"
LIQUIDATIONS = "liquidationOrders"
TRADES = "futures_trades@Binance_BTCUSDT@10000"
KEY = "sandbox-standard"
_HOURS = 4 * 3600.0


class Stage:
    """A sandbox on a loop whose clock jumps, and what it says that it pushed."""

    def __init__(self, spec: Spec, *faults: str, **options: Any) -> None:
        self.loop = asyncio.get_running_loop()
        self.began = self.loop.time()
        self.pushed: list[Delivered] = []
        self._lines: list[socket.socket] = []
        self.app = Sandbox(
            spec,
            now=lambda: START + self.loop.time() - self.began,
            faults=faults,
            on_push=self.pushed.append,
            **options,
        )

    @property
    def seconds(self) -> float:
        return self.loop.time() - self.began

    async def connect(self, key: str = KEY, address: str = ADDRESS) -> ClientConnection:
        """Return an open connection of the plain client."""
        url = "ws://sandbox.invalid" + address.format(key=key)
        return await connect(url, sock=await self.app.dial(), ping_interval=None, open_timeout=5)

    async def raw(self) -> Raw:
        """Return a connection that nobody asked anything on yet; the stage closes it."""
        self._lines.append(await self.app.dial())
        return Raw(self._lines[-1])

    def clear(self) -> None:
        for line in self._lines:
            line.close()


class Raw:
    """The client's side, written out: what is sent is masked with zeros, what comes is left as it is."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._loop = asyncio.get_running_loop()
        self._bytes = b""

    async def ask(self, key: str = KEY) -> bytes:
        """Ask for a connection; return the head of the answer."""
        head = [
            f"GET {ADDRESS.format(key=key)} HTTP/1.1",
            *("Host: sandbox.invalid", "Upgrade: websocket", "Connection: Upgrade"),
            *("Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==", "Sec-WebSocket-Version: 13"),
        ]
        await self._loop.sock_sendall(self._line, "\r\n".join([*head, "", ""]).encode())
        while b"\r\n\r\n" not in self._bytes and await self._more():
            pass
        answer, _, self._bytes = self._bytes.partition(b"\r\n\r\n")
        return answer

    async def say(self, text: str, opcode: int = 1) -> None:
        data = text.encode()
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        await self._loop.sock_sendall(self._line, bytes([0x80 | opcode]) + size + bytes(4) + data)

    async def subscribe(self, *names: str) -> None:
        await self.say(asking("subscribe", *names))

    async def hear(self, most: float = 60.0) -> bytes:
        """Return the next frame, head and all; nothing at the end; TimeoutError after ``most``."""
        async with asyncio.timeout(most):
            while (size := self._whole()) is None:
                if not await self._more():
                    return b""
        frame, self._bytes = self._bytes[:size], self._bytes[size:]
        return frame

    async def rest(self, count: int) -> bytes:
        """Return so many bytes, or all until the end."""
        while len(self._bytes) < count and await self._more():
            pass
        found, self._bytes = self._bytes[:count], self._bytes[count:]
        return found

    async def _more(self) -> bool:
        data = await self._loop.sock_recv(self._line, 65536)
        self._bytes += data
        return bool(data)

    def _whole(self) -> int | None:
        """Return the size of the frame that stands at the beginning, None where it is not whole."""
        if len(self._bytes) < 2:
            return None
        size, extra = self._bytes[1], 0
        if size >= 126:
            extra = 2 if size == 126 else 8
            size = int.from_bytes(self._bytes[2 : 2 + extra], "big")
        return 2 + extra + size if len(self._bytes) >= 2 + extra + size else None


def payload(frame: bytes) -> bytes:
    """Return what a frame of the server carries."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]


def asking(method: str, *names: str) -> str:
    return json.dumps({"method": method, "channels": list(names)})


def on_stage(spec: Spec, play: Callable[[Stage], Awaitable[Any]], *faults: str, **options: Any) -> Any:
    """Play something on a stage, in no time; what waits for ever is ended after some hours of it."""

    async def run() -> Any:
        stage = Stage(spec, *faults, **options)
        try:
            async with asyncio.timeout(_HOURS):
                return await play(stage)
        finally:
            stage.clear()

    return run_virtual(run())


async def heard(line: ClientConnection, seconds: float) -> list[str | bytes]:
    """Return all that comes within so many seconds."""
    messages: list[str | bytes] = []
    try:
        async with asyncio.timeout(seconds):
            while True:
                messages.append(await line.recv())
    except TimeoutError:
        return messages
