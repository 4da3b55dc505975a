"""What happened, as far as the pacer is concerned: the server's dates and our own requests.

All times are seconds of one monotonic clock unless a name says "server time" (epoch seconds, one-second
steps, as a ``Date`` field gives it).  Source of every figure: the caller's reports and the answers.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort

#: Requests of the last windows are all that matters; older entries are dropped beyond this many.
KEEP = 20_000


class ServerClock:
    """The server's clock against ours, in seconds, narrowed down by every dated answer."""

    def __init__(self) -> None:
        """Start without knowledge."""
        self._low = -math.inf
        self._high = math.inf

    def note(self, sent: float, answered: float, server_time: float) -> None:
        """Take in one dated answer: it was written between ``sent`` and ``answered`` (monotonic s).

        The date is cut to whole seconds, so the true server time lies in [date, date + 1).  The
        difference of the clocks lies in the intersection of all such intervals; if that becomes empty
        (a clock was set) the newest answer alone is believed.
        """
        low, high = server_time - answered, server_time + 1.0 - sent
        if low > self._high or high < self._low:
            self._low, self._high = low, high
        else:
            self._low, self._high = max(low, self._low), min(high, self._high)

    def next_boundary(self, after: float, window: float) -> float | None:
        """First time later than ``after`` when a multiple of ``window`` (s) of the server's clock is past.

        Monotonic seconds; None while no dated answer was seen.  The late end of the uncertainty is
        returned, because a look before the boundary would be wasted.
        """
        if not math.isfinite(self._low):
            return None
        return (math.floor((after + self._low) / window) + 1) * window - self._low


class Ledger:
    """Our own requests: in flight, closed in any way, certainly counted.  Times in monotonic seconds."""

    def __init__(self) -> None:
        """Start empty."""
        self._flying: dict[int, float] = {}
        self._closed: list[float] = []
        self._sure_sent: list[float] = []
        self._sure_done: list[float] = []
        self._next = 0
        self.last_sent = -math.inf

    @property
    def in_flight(self) -> int:
        """Number of requests without an answer yet."""
        return len(self._flying)

    def open(self, now: float) -> int:
        """Note a sending at ``now`` (s) and return its ticket."""
        self._next += 1
        self._flying[self._next] = self.last_sent = now
        return self._next

    def close(self, ticket: int, now: float, *, counted: bool) -> float | None:
        """Note the end of a request at ``now`` (s); return when it was sent, None for an unknown ticket.

        ``counted``: the server certainly counted it (it answered it).  A lost or refused request is
        only *possibly* counted.
        """
        sent = self._flying.pop(ticket, None)
        if sent is None:
            return None
        self._closed.append(now)
        if counted:
            insort(self._sure_sent, sent)
            self._sure_done.append(now)
        for times in (self._closed, self._sure_sent, self._sure_done):
            if len(times) > 2 * KEEP:
                del times[:KEEP]
        return sent

    def possible(self, since: float) -> int:
        """Most requests the server can have counted after ``since`` (s), those in flight included."""
        return len(self._flying) + len(self._closed) - bisect_right(self._closed, since)

    def closed_between(self, since: float, until: float) -> int:
        """Requests that ended after ``since`` and not after ``until`` (s)."""
        return max(0, bisect_right(self._closed, until) - bisect_right(self._closed, since))

    def certain(self, since: float, before: float) -> int:
        """Fewest requests the server has counted between ``since`` and ``before`` (s)."""
        return max(0, bisect_right(self._sure_done, before) - bisect_left(self._sure_sent, since))

    def sent_back(self, before: float, count: int) -> float:
        """A time (s) after which at most ``count`` requests answered by ``before`` were sent."""
        index = bisect_right(self._sure_done, before) - count
        return self._sure_sent[max(0, index)] if self._sure_sent else before

    def endings(self, since: float) -> list[float]:
        """End times (s, ascending) of the closed requests after ``since``."""
        return self._closed[bisect_right(self._closed, since) :]
