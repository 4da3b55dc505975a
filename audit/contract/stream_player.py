"""Plays a recorded channel as a server: each connection answers as the recorded one did, in its time.

What came after something that was sent waits until that is sent again. On a loop whose clock jumps over
waiting, a recording of minutes is played at once.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Iterator
from typing import TypeGuard

from audit.contract.stream_file import Closed, Heard, Left, Line, Said, encode_text
from audit.sandbox import stream_wire
from audit.sandbox.stream_line import Decline
from audit.sandbox.stream_line import Line as Wire

# Codes that a goodbye may carry, besides those from 3000 on; others stand for a line that just ended.
_SPOKEN = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015)})
_FREE = 3000


class Player:
    """Plays one channel; the first connection gets what was heard on the first, and so on."""

    def __init__(self, heard: Heard) -> None:
        self._lines: Iterator[Line] = iter(heard.lines)
        self._before: _Playing | None = None

    async def dial(self) -> socket.socket:
        """Return the listener's end of the next connection; raises OSError where none is recorded."""
        line = next(self._lines, None)
        if line is None:
            raise ConnectionRefusedError("no further connection is recorded")
        if self._before is not None:
            # Connecting again took its time, too.
            now = asyncio.get_running_loop().time()
            await asyncio.sleep(max(0.0, line.at + self._before.shift - now))
        self._before = _Playing(line)
        return await stream_wire.dial(self._before)


class _Playing:
    """One connection. ``shift`` is the loop's time less the recording's, by what was sent last."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._events = deque(line.events)
        # Messages are compared as they stand in a file.
        self._wanted = deque(
            {"form": event.form, "body": event.body} for event in line.events if _is_sent(event)
        )
        self._granted = 0
        self.shift = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def open(self, line: Wire, path: str, query: str) -> Decline | None:
        """Let a connection begin, or refuse it as it was refused."""
        self._wire = line
        self.shift = asyncio.get_running_loop().time() - self._line.at
        answer = self._line.answer
        return None if answer is None else Decline(answer.status, answer.raw, tuple(answer.headers.items()))

    def opened(self) -> None:
        """Begin to play."""
        self._play()

    def received(self, message: str | bytes) -> None:
        """Go on where this is what was sent next; anything else is met with silence."""
        if self._wanted and isinstance(message, str) and encode_text(message) == self._wanted[0]:
            self._wanted.popleft()
            self._granted += 1
            self._play()

    def closed(self) -> None:
        """Play no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _play(self) -> None:
        """Play on, until something has to be waited for."""
        if self._timer is not None:
            self._timer.cancel()
        now = asyncio.get_running_loop().time()
        while self._events and self._wire.open:
            event = self._events[0]
            if _is_sent(event):
                if not self._granted:
                    return
                self._granted -= 1
                self.shift = now - event.at
            elif event.at + self.shift > now:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_at(event.at + self.shift, self._play)
                return
            self._events.popleft()
            self._say(event)

    def _say(self, event: Said | Closed | Left) -> None:
        match event:
            case Closed(code=code, reason=reason) if code in _SPOKEN or code >= _FREE:
                self._wire.close(code, reason)
            case Closed():
                self._wire.end()
            case Said(way="came", form="binary", body=size):
                self._wire.send_bytes(bytes(size))
            case Said(way="came", text=text) if text is not None:
                self._wire.send(text)


def _is_sent(event: Said | Closed | Left) -> TypeGuard[Said]:
    return isinstance(event, Said) and event.way == "sent"
