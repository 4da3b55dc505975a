"""The one client module that knows the WebSocket library: a connection, and what arrives on it, as values.

The library does the protocol alone, without reading or writing: bytes, time-outs and bounds are kept here.
It asks for no compression and sends no heartbeat of its own. The key stands in the address, so the
library's loggers are handed a logger that drops everything, and no error of it leaves this module.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal, cast
from urllib.parse import quote

from websockets.client import ClientProtocol
from websockets.exceptions import PayloadTooBig
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import OPEN
from websockets.uri import WebSocketURI, parse_uri

from audit.client.answers import Complete, Unanswered
from audit.client.base_url import is_loopback
from audit.client.http import tls_context, without
from audit.client.secret import Secret
from audit.client.tunnel import proxy_for, tunnel

CHUNK = 64 * 1024
MAX_DECLINED = 64 * 1024  # bytes of an answer other than 101 that are kept
GOODBYE = 2.0  # seconds that the other side has to say goodbye too
NO_GOODBYE = 1006  # the code that stands for a line that just ended

# Part of no tree, so that no setting of the program can make it speak.
_SILENT = logging.Logger("audit.client.stream", logging.CRITICAL + 1)
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})\b")

Dial = Callable[[], Awaitable[socket.socket]]


@dataclass(frozen=True)
class Text:
    """One text message, the key taken out."""

    text: str


@dataclass(frozen=True)
class Binary:
    """One binary message of ``size`` bytes, which are not kept: none is documented."""

    size: int


@dataclass(frozen=True)
class Closed:
    """The other side ended the connection; the code is 1006 where the line just ended."""

    code: int
    reason: str


@dataclass(frozen=True)
class Broken:
    """The connection cannot be used any more, and why."""

    fault: Literal["reset", "protocol", "too large", "undecodable"]
    detail: str


Incoming = Text | Binary | Closed | Broken


class Connection:
    """One open connection. After it ended, everything that is asked of it tells how it did.

    ``seconds`` is how long opening took.
    """

    def __init__(
        self,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        protocol: ClientProtocol,
        key: Secret | None,
        timeout: float,
        seconds: float,
    ) -> None:
        self.seconds = seconds
        self._reader, self._writer = streams
        self._protocol = protocol
        self._key = key
        self._timeout = timeout
        self._ready: deque[Text | Binary] = deque()
        self._parts: bytearray | None = None
        self._is_text = True
        self._ended: Closed | Broken | None = None

    async def send(self, text: str) -> Closed | Broken | None:
        """Send one text message; return how the connection ended where that cannot be done."""
        if self._ended is None and self._protocol.state is OPEN:
            self._protocol.send_text(text.encode())
            await self._flush()
        return self._ended

    async def receive(self, timeout: float) -> Incoming | None:  # noqa: ASYNC109 - silence is an answer
        """Return what arrived next, or None where nothing did within ``timeout`` seconds."""
        end = asyncio.get_running_loop().time() + timeout
        while not self._ready and self._ended is None:
            try:
                async with asyncio.timeout_at(end) as limit:
                    data = await self._reader.read(CHUNK)
            except OSError as error:  # what the clock, the system and TLS raise
                if limit.expired():
                    return None
                self._end(Broken("reset", _said(error)))
            else:
                self._take(data)
                await self._flush()
                # Control frames alone could go on for ever.
                if asyncio.get_running_loop().time() >= end:
                    break
        return self._ready.popleft() if self._ready else self._ended

    async def close(self) -> None:
        """Say goodbye, wait a moment for the answer, and end the line."""
        try:
            if self._ended is None and self._protocol.state is OPEN:
                self._protocol.send_close(1000)
                with suppress(OSError):  # a time-out among them
                    async with asyncio.timeout(GOODBYE):
                        await self._flush()
                        while self._ended is None:
                            self._take(await self._reader.read(CHUNK))
                            self._ready.clear()
        finally:
            self.drop()
        await asyncio.sleep(0)  # the socket is closed by the loop

    def drop(self) -> None:
        """End the line at once, without goodbye."""
        self._end(Closed(NO_GOODBYE, "dropped here"))
        self._ready.clear()
        self._writer.transport.abort()

    async def begin(self, frames: list[Frame]) -> None:
        """Take what arrived together with the answer that opened the connection."""
        self._sort(frames)
        self._look()
        try:
            await self._flush()
        except BaseException:
            self.drop()
            raise

    def _take(self, data: bytes) -> None:
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        self._sort([event for event in self._protocol.events_received() if isinstance(event, Frame)])
        self._look()

    def _sort(self, frames: list[Frame]) -> None:
        """Put frames together to messages. What the library lets through is bounded by its size limit."""
        for frame in frames:
            if self._ended is not None:
                return
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
                self._is_text = frame.opcode is Opcode.TEXT
                self._parts = bytearray(frame.data)
            elif frame.opcode is Opcode.CONT and self._parts is not None:
                self._parts += frame.data
            else:
                continue
            if frame.fin:
                whole, self._parts = self._parts, None
                self._add(whole)

    def _add(self, whole: bytearray) -> None:
        if not self._is_text:
            self._ready.append(Binary(len(whole)))
            return
        try:
            text = whole.decode()
        except UnicodeDecodeError as error:
            self._protocol.fail(1007)
            self._end(Broken("undecodable", f"text that is not UTF-8: {error.reason} at byte {error.start}"))
            return
        self._ready.append(Text(self._key.redact(text) if self._key else text))

    def _look(self) -> None:
        """See whether the connection ended with what was taken."""
        error, goodbye = self._protocol.parser_exc, self._protocol.close_rcvd
        if error is None and goodbye is not None:
            self._end(Closed(goodbye.code, self._clean(goodbye.reason)))
        elif isinstance(error, EOFError):
            self._end(Closed(NO_GOODBYE, "the line ended without a goodbye"))
        elif isinstance(error, PayloadTooBig):
            most = self._protocol.max_message_size
            self._end(Broken("too large", f"a message larger than {most:,} bytes"))
        elif isinstance(error, UnicodeDecodeError):
            self._end(Broken("undecodable", "a goodbye whose reason is not UTF-8"))
        elif error is not None:
            self._end(Broken("protocol", self._clean(str(error))))

    def _end(self, how: Closed | Broken) -> None:
        self._ended = self._ended or how

    async def _flush(self) -> None:
        """Send what the protocol has to say, an answer to a ping or a goodbye among it."""
        data = b"".join(self._protocol.data_to_send())
        if not data:
            return
        try:
            self._writer.write(data)
            async with asyncio.timeout(self._timeout):
                await self._writer.drain()
        except TimeoutError:
            self._end(Broken("reset", f"nothing could be sent within {self._timeout:g} s"))
        except OSError as error:
            self._end(Broken("reset", _said(error)))

    def _clean(self, text: str) -> str:
        return self._key.redact(text) if self._key else text


Opened = Connection | Complete | Unanswered


async def connect(
    url: str,
    *,
    key: Secret | None,
    key_query: str,
    timeout: float,  # noqa: ASYNC109 - running out of it is an answer, not an error
    max_bytes: int = 1 << 20,
    user_agent: str,
    dial: Dial | None = None,
) -> Opened:
    """Open a connection to ``url``, the key put behind it as ``key_query``.

    ``timeout`` bounds opening, and later each single sending, in seconds; ``max_bytes`` one message.
    ``Complete`` is an answer other than the switch to WebSocket; redirects among them are not followed,
    and of its body the first 64 KiB are kept.
    With ``dial`` the connection goes over the socket that it returns instead of the network.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    uri = parse_uri(url)
    if key is not None:
        uri.query = f"{key_query}={quote(key.reveal(), safe='')}"
    protocol = ClientProtocol(uri, max_size=max_bytes, logger=_SILENT)
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    opened: list[Frame] | Complete | Unanswered | None = None
    try:
        async with asyncio.timeout(timeout):
            streams = await _line(uri, user_agent, dial)
            opened = await _shake_hands(*streams, protocol, user_agent)
    except TimeoutError:
        opened = Unanswered("timeout", f"no complete answer to the handshake within {timeout:g} s", 0.0)
    except (OSError, UnicodeError) as error:
        opened = _explain(error, began=streams is not None)
    finally:
        if streams is not None and not isinstance(opened, list):
            streams[1].transport.abort()
    seconds = loop.time() - started
    if isinstance(opened, list) and streams is not None:
        connection = Connection(streams, protocol, key, timeout, seconds)
        await connection.begin(opened)
        return connection
    answer = replace(cast("Complete | Unanswered", opened), seconds=seconds)
    return answer if key is None else without(key, answer)


async def _line(
    uri: WebSocketURI, user_agent: str, dial: Dial | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return an open line to where the connection is to be; raises OSError."""
    if dial is not None:
        return await asyncio.open_connection(sock=await dial(), limit=CHUNK)
    context = tls_context() if uri.secure else None
    # A proxy from the environment has no business between us and this machine.
    proxy = None if is_loopback(uri.host) else proxy_for(uri.host, uri.port, secure=uri.secure)
    if proxy is None:
        return await asyncio.open_connection(uri.host, uri.port, ssl=context, limit=CHUNK)
    through = await tunnel(proxy, uri.host, uri.port, user_agent)
    name = uri.host if context else None
    return await asyncio.open_connection(sock=through, ssl=context, server_hostname=name, limit=CHUNK)


async def _shake_hands(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, protocol: ClientProtocol, user_agent: str
) -> list[Frame] | Complete | Unanswered:
    """Ask for a connection; return the frames that came with the answer, or why there is none."""
    request = protocol.connect()
    request.headers["User-Agent"] = user_agent
    protocol.send_request(request)
    writer.write(b"".join(protocol.data_to_send()))
    await writer.drain()
    raw = bytearray()
    while True:
        data = await reader.read(CHUNK)
        raw += data[: MAX_DECLINED - len(raw)]
        if data:
            protocol.receive_data(data)
        else:
            protocol.receive_eof()
        events = protocol.events_received()
        if protocol.handshake_exc is not None:
            return _declined(raw, events[0] if events else None, protocol.handshake_exc)
        if events:
            return [event for event in events if isinstance(event, Frame)]


def _declined(raw: bytearray, event: object, error: Exception) -> Complete | Unanswered:
    """Read an answer other than a switch; where the library cannot, its status still counts."""
    status = _STATUS.match(raw)
    if status is None or status[1] == b"101":
        if isinstance(error.__cause__, EOFError):
            where = "within the answer" if raw else "before any answer"
            return Unanswered("reset", f"the connection ended {where} to the handshake", 0.0)
        return Unanswered("protocol", f"no WebSocket handshake: {error}", 0.0)
    if isinstance(event, Response):
        headers = {name.lower(): value for name, value in event.headers.raw_items()}
        return Complete(event.status_code, headers, bytes(event.body[:MAX_DECLINED]), 0.0)
    head, _, body = bytes(raw).partition(b"\r\n\r\n")
    lines = (line.decode("latin-1").partition(":") for line in head.split(b"\r\n")[1:])
    return Complete(int(status[1]), {name.lower(): value.strip() for name, _, value in lines}, body, 0.0)


def _explain(error: OSError | UnicodeError, began: bool) -> Unanswered:
    if isinstance(error, ssl.SSLError):
        return Unanswered("tls", _said(error), 0.0)
    if isinstance(error, socket.gaierror | UnicodeError):
        return Unanswered("dns", _said(error), 0.0)
    return Unanswered("reset" if began else "connect", _said(error), 0.0)


def _said(error: OSError | UnicodeError) -> str:
    return str(error) or "the connection was reset"
