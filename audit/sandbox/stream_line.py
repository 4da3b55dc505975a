"""What a session decides about a connection, and what it can do to the line. Names no library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Decline:
    """An answer other than the opening of a connection."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Silence:
    """No answer at all; the line stays."""


@dataclass(frozen=True)
class Cut:
    """The line is reset in the middle of the answer."""


Refused = Decline | Silence | Cut


class Line(Protocol):
    """One connection as a session sees it. What is sent while it is not open is dropped without a word."""

    @property
    def open(self) -> bool:
        """Whether messages can be sent."""

    @property
    def busy(self) -> bool:
        """Whether what was sent before is still on its way; what is sent now waits behind it."""

    def send(self, text: str) -> None:
        """Send a text message."""

    def send_bytes(self, data: bytes, text: bool = False) -> None:
        """Send a binary message, or with ``text`` a text message of bytes that may be no text."""

    def send_raw(self, data: bytes) -> None:
        """Put bytes on the line as they are, be they a frame or not."""

    def send_slowly(self, text: str, parts: int, pause: float) -> None:
        """Send a message in some parts with so many seconds between them; what follows waits behind it."""

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye with a code, and end the line once the client has answered or some seconds are over."""

    def end(self) -> None:
        """End the line after what was sent, without goodbye."""

    def reset(self) -> None:
        """Reset the line: what was sent may not arrive. Between sockets of one process it is an end."""

    def hush(self) -> None:
        """From now on send nothing and answer nothing, but keep the line."""


class Session(Protocol):
    """Who decides about one connection. All of it is called on the loop that serves the connection."""

    def open(self, line: Line, path: str, query: str) -> Refused | None:
        """Look at the address that is asked for, query undecoded; None opens the connection."""

    def opened(self) -> None:
        """The connection is open: from now on the line can be sent to."""

    def received(self, message: str | bytes) -> None:
        """A whole message has come, text or binary; pings of the protocol are answered without a session."""

    def closed(self) -> None:
        """Nothing can be sent any more. Called once after ``opened``, whatever ended the connection."""
