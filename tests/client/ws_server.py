"""WebSocket servers written by hand on loopback sockets, frame by frame; they know no library."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import ssl
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.client.raw_server import Peer, Script

TEXT, BINARY, CONTINUED, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10

_SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(opcode: int, payload: bytes | str = b"", *, fin: bool = True, first: int = 0) -> bytes:
    """One frame as a server sends it; ``first`` are bits to be set in its first byte."""
    data = payload.encode() if isinstance(payload, str) else payload
    return announced(opcode, len(data), fin=fin, first=first) + data


def announced(opcode: int, length: int, *, fin: bool = True, first: int = 0) -> bytes:
    """The head of a frame that says it is so long."""
    head = bytes([(0x80 if fin else 0) | first | opcode])
    if length < 126:
        return head + bytes([length])
    return head + (
        b"\x7e" + struct.pack("!H", length) if length < 65_536 else b"\x7f" + struct.pack("!Q", length)
    )


def goodbye(code: int, reason: str = "") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason.encode())


def switch(head: bytes, *lines: str) -> bytes:
    """The answer that opens a connection."""
    nonce = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
    assert nonce is not None
    digest = hashlib.sha1(nonce[1] + _SALT.encode(), usedforsecurity=False).digest()
    accept = base64.b64encode(digest).decode()
    wanted = ["Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {accept}", *lines]
    return "\r\n".join(["HTTP/1.1 101 Switching Protocols", *wanted, "", ""]).encode()


def opened(talk: Callable[[Peer], None] | bytes = b"", *lines: str) -> Script:
    """Open the connection, then say these bytes or do this, and keep the line until the test is over."""

    def script(peer: Peer) -> None:
        if not peer.heard():
            return
        answer = switch(peer.requests[-1], *lines)
        if isinstance(talk, bytes):
            peer.say(answer + talk)  # at once: the client has to cope with both in one piece
        else:
            peer.say(answer)
            talk(peer)
        peer.stopped.wait(10)

    return script


def heard(peer: Peer) -> tuple[int, bytes]:
    """Read one frame of the client, which is masked; (CLOSE, b"") where it has gone."""
    head = _exactly(peer, 2)
    if not head:
        return CLOSE, b""
    length = head[1] & 127
    if length == 126:
        (length,) = struct.unpack("!H", _exactly(peer, 2))
    mask = _exactly(peer, 4)
    return head[0] & 15, bytes(byte ^ mask[place % 4] for place, byte in enumerate(_exactly(peer, length)))


def _exactly(peer: Peer, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = peer.socket.recv(count - len(data))
        if not part:
            return b""
        data += part
    return data


def self_signed(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate for stream.example that nobody signed but itself, and a server's context with it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed, which makes the certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = (
        f"req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {key} -out {certificate} -subj /CN=stream.example"
    )
    subprocess.run(
        [openssl, *made.split(), "-addext", "subjectAltName=DNS:stream.example"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context
