"""Servers written by hand on loopback sockets: they say exactly the bytes a test wants, and no more."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from audit.client.http import App, Client
from audit.client.secret import Secret

KEY = "plainly-fake-key-0123456789"
KEY_HEADER = "X-Test-Key"


@dataclass
class Peer:
    """One accepted connection as a script sees it; ``stopped`` is set when the test is over."""

    socket: socket.socket
    stopped: threading.Event
    requests: list[bytes]

    def heard(self) -> bool:
        """Read one request head; False where the client has gone."""
        head = b""
        while b"\r\n\r\n" not in head:
            part = self.socket.recv(65_536)
            if not part:
                return False
            head += part
        self.requests.append(head)
        return True

    def say(self, raw: bytes) -> None:
        self.socket.sendall(raw)

    def reset(self) -> None:
        """Close in a way that the other side sees as a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


Script = Callable[[Peer], None]


@dataclass
class Server:
    """Where it listens, and what it has been sent."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(script: Script, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run ``script`` for each connection in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(listener.getsockname()[1])
    stopped = threading.Event()
    open_sockets: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def talk(raw: socket.socket) -> None:
        # Whatever the client does to the connection is what the test is about.
        with suppress(OSError), raw:
            accepted = context.wrap_socket(raw, server_side=True) if context else raw
            with accepted:
                script(Peer(accepted, stopped, server.requests))

    def accept() -> None:
        with suppress(OSError):
            while True:
                accepted, _ = listener.accept()
                server.connections += 1
                open_sockets.append(accepted)
                threads.append(threading.Thread(target=talk, args=(accepted,), daemon=True))
                threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield server
    finally:
        stopped.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(5)
        for accepted in open_sockets:
            with suppress(OSError):
                accepted.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)


def head(status: str = "200 OK", *lines: str) -> bytes:
    """A status line and header lines as they stand on the wire."""
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1")


def whole(body: bytes, status: str = "200 OK", *lines: str) -> bytes:
    """A complete answer with its length."""
    return head(status, f"Content-Length: {len(body)}", *lines) + body


def once(raw: bytes) -> Script:
    """Read a request, say these bytes, close."""

    def script(peer: Peer) -> None:
        if peer.heard():
            peer.say(raw)

    return script


def client(
    base_url: str,
    *,
    key: str | None = KEY,
    timeout: float = 5.0,
    max_body: int = 1_000_000,
    app: App | None = None,
) -> Client:
    return Client(
        base_url,
        key=Secret(key) if key else None,
        key_header=KEY_HEADER,
        user_agent="test/1",
        timeout=timeout,
        max_body=max_body,
        app=app,
    )
