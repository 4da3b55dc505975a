"""The server's side of a WebSocket connection, as an asyncio protocol: a session decides, the wire sends."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from socket import socket, socketpair

from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from audit.sandbox.stream_line import Cut, Decline, Session, Silence
from audit.sandbox.wire import reset

MOST_RECEIVED = 1 << 16  # bytes of a message from the client; requests are short
MOST_WAITING = 1 << 22  # bytes for a client that does not read, yet goes on asking
GOODBYE_WITHIN = 5.0  # seconds that a client has to answer a close

# The library logs each handshake, and with it the address that holds the key.
_SILENT = logging.Logger("audit.sandbox.stream", logging.CRITICAL + 1)

# A loop keeps no hold of its tasks.
_LASTING: set[asyncio.Task[None]] = set()


class Wire(asyncio.Protocol):
    """One connection: the ``Line`` of its session. Serves a transport that asyncio gives it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._protocol = ServerProtocol(max_size=MOST_RECEIVED, logger=_SILENT)
        self._parts = bytearray()  # in one piece: empty parts, however many, take nothing
        self._text = True
        self._hushed = False
        self._open = False
        self._full = False
        self._slowly: list[bytes] = []
        self._goodbye: asyncio.TimerHandle | None = None
        self._gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; asyncio calls it."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a stream always has
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take what arrived; asyncio calls it."""
        if self._hushed:
            return
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._handshake(event)
            elif isinstance(event, Frame):
                self._frame(event)
        self._flush()

    def eof_received(self) -> bool:
        """The client sends no more, so the line ends; asyncio calls it."""
        self._ended()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is gone; asyncio calls it."""
        if self._goodbye is not None:
            self._goodbye.cancel()
        self._gone.set()
        self._ended()

    async def last(self) -> None:
        """Wait for the end of the connection; cancelled, as at the end of its loop, end it."""
        try:
            await self._gone.wait()
        finally:
            self._transport.abort()
            await asyncio.sleep(0)  # the loop closes the socket

    def pause_writing(self) -> None:
        """The client does not read; asyncio calls it."""
        self._full = True

    def resume_writing(self) -> None:
        """The client reads again; asyncio calls it."""
        self._full = False

    @property
    def busy(self) -> bool:
        """Whether what was sent before is still on its way; what is sent now waits behind it."""
        return self._full or bool(self._slowly)

    @property
    def open(self) -> bool:
        """Whether messages can be sent."""
        # A goodbye of the client ends sending before the session has seen what came ahead of it.
        return self._open and self._protocol.state is State.OPEN

    def send(self, text: str) -> None:
        """Send a text message."""
        if self.open:
            self._protocol.send_text(text.encode())
            self._flush()

    def send_bytes(self, data: bytes, text: bool = False) -> None:
        """Send a binary message, or with ``text`` a text message of bytes that may be no text."""
        if self.open:
            (self._protocol.send_text if text else self._protocol.send_binary)(data)
            self._flush()

    def send_raw(self, data: bytes) -> None:
        """Put bytes on the line as they are, be they a frame or not."""
        if self.open:
            self._write(data)

    def send_slowly(self, text: str, parts: int, pause: float) -> None:
        """Send a message in some parts with so many seconds between them; what follows waits behind it."""
        if not self.open:
            return
        data = Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
        size = len(data) // parts + 1
        waiting = bool(self._slowly)
        self._slowly += [data[place : place + size] for place in range(0, len(data), size)]
        if not waiting:
            self._trickle(pause)

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye with a code, and end the line when the client has answered or five seconds are over."""
        if self.open:
            self._protocol.send_close(code, reason)
            self._flush()
            self._ended()
            self._end_soon()

    def end(self) -> None:
        """End the line after what was sent, without goodbye."""
        self._ended()
        self._transport.close()

    def reset(self) -> None:
        """Reset the line: what was sent may not arrive. Between sockets of one process it is an end."""
        self._ended()
        if not self._gone.is_set():
            reset(self._transport)

    def hush(self) -> None:
        """From now on send nothing and answer nothing, but keep the line."""
        self._ended()
        self._hushed = True

    def _handshake(self, request: Request) -> None:
        response = self._protocol.accept(request)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._protocol.send_response(response)
            return
        # The library writes the date of this machine; the sandbox may be at another.
        del response.headers["Date"]
        path, _, query = request.path.partition("?")
        match self._session.open(self, path, query):
            case None:
                self._protocol.send_response(response)
                self._flush()
                self._open = True
                self._session.opened()
            case Decline() as refusal:
                self._protocol.send_response(_response(refusal))
            case Silence():
                self._hushed = True
            case Cut():
                whole = response.serialize()
                self._transport.write(whole[: len(whole) // 2])
                self._hushed = True
                reset(self._transport)

    def _frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.CLOSE:
            self._ended()
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT) or not self._open:
            return
        if frame.opcode is not Opcode.CONT:
            self._text = frame.opcode is Opcode.TEXT
        self._parts += frame.data
        if not frame.fin:
            return
        whole, self._parts = bytes(self._parts), bytearray()
        if not self._text:
            self._session.received(whole)
            return
        try:
            text = whole.decode()
        except UnicodeDecodeError:
            self.close(1007, "not UTF-8")
            return
        self._session.received(text)

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if not data:
                self._ended()
            self._write(data)

    def _write(self, data: bytes) -> None:
        if self._slowly:
            self._slowly.append(data)
        else:
            self._put(data)

    def _put(self, data: bytes) -> None:
        """Send bytes, or say with none that no more will come; the client is given time to do the same."""
        if self._hushed or self._transport.is_closing():
            return
        if data and self._transport.get_write_buffer_size() > MOST_WAITING:
            self.reset()
        elif data:
            self._transport.write(data)
        else:
            self._transport.write_eof()
            self._end_soon()

    def _trickle(self, pause: float) -> None:
        if self._slowly:
            self._put(self._slowly.pop(0))
            asyncio.get_running_loop().call_later(pause, self._trickle, pause)

    def _end_soon(self) -> None:
        if self._goodbye is None:
            self._goodbye = asyncio.get_running_loop().call_later(GOODBYE_WITHIN, self._transport.abort)

    def _ended(self) -> None:
        if self._open:
            self._open = False
            self._session.closed()


async def dial(session: Session) -> socket:
    """Serve a session on the running loop; returns the client's end of the line, non-blocking."""
    near, far = socketpair()
    near.setblocking(False)
    far.setblocking(False)
    loop = asyncio.get_running_loop()
    _, wire = await loop.connect_accepted_socket(lambda: Wire(session), far)
    task = loop.create_task(wire.last())
    _LASTING.add(task)
    task.add_done_callback(_LASTING.discard)
    return near


def _response(refusal: Decline) -> Response:
    try:
        phrase = HTTPStatus(refusal.status).phrase
    except ValueError:
        phrase = ""
    length = ("Content-Length", str(len(refusal.body)))
    headers = Headers([*refusal.headers, length, ("Connection", "close")])
    return Response(refusal.status, phrase, headers, refusal.body)
