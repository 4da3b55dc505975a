"""When may the next request leave?  A pacer for a key that allows L requests per window.

A pure state machine on the caller's monotonic clock (seconds): no input or output, no sleeping.  Ask
``delay`` before each request, report ``sent``, then exactly one of ``answered``, ``refused``, ``lost``.
A wait is only valid until something happens: ask again when it is over or when an answer came in.

What is known comes from the answers: the limit, how much of it is used (by anybody), the server's date.
Whether the window is fixed or sliding is not known, so:

* Any kind of window: the server counts at most what was sent in the last window length.  Room by that
  rule is safe everywhere, and the start of a run is a burst into what the first answer left over.
* A fixed window shows itself when ``used`` falls below what we sent in the last window length.  Its end
  is then at most one window length after the first of our answers in it, whatever opened it; whole
  windows are used from there on.
* The fall is only seen by sending.  So some requests are held back from the first burst and sent one by
  one as looks: as many as the last window would have had to spare, so that a sliding window loses nothing
  (one if none is to spare and it costs at most PRICE of the run).
* Beside others a fixed window fills up by itself.  As much as they are seen to add until its latest end is
  kept free, or its boundary could not be looked for; in a sliding one they add nothing, and nothing is.
* What others are likely to send until our next request arrives is always left free.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from audit.client.pacing_ledger import Ledger, ServerClock
from audit.client.pacing_window import GUARD, STALE, View, Window

#: Most of a limit that is kept for others.
MOST = 0.6
#: Seconds until the caller should ask again when only an answer in flight can change the decision.
POLL = 0.02
#: The same while a request is held back or room depends on the others' behaviour.
LOOK = 0.25
#: Most looks in one window (one each second of a minute is close enough); places of a limit for each.
LOOKS, PLACES = 60, 12
#: Least seconds between two looks, and the part of the time others have been watched that is enough.
SOONEST, PAUSE = 1.0, 0.25
#: Part of a known fixed window before its end when what is left of it is spent.
NEAR = 0.1
#: Part of a whole run by which it may be delayed to find a boundary when nothing is to spare.
PRICE = 0.03
#: First back-off after a refusal without a stated wait, as a part of the window (2 s of a minute).
FIRST_BACK_OFF = 1.0 / 30.0


@dataclass(frozen=True)
class Limits:
    """The figures of one answer: requests per window, requests used in it, server date (epoch s)."""

    limit: int | None
    used: int | None
    server_time: float | None


class Pacer:
    """Decides when requests may leave; never knowingly exceeds the limit, never wastes a window.

    Times are monotonic seconds, ``window`` is in seconds, ``limit`` in requests per window (learned from
    the answers when None), ``planned`` as in :meth:`plan`, ``concurrency`` the most requests in flight.
    """

    def __init__(
        self,
        *,
        window: float = 60.0,
        limit: int | None = None,
        planned: int | None = None,
        rng: random.Random | None = None,
        concurrency: int = 8,
    ) -> None:
        """Start without any knowledge but the given figures."""
        self._window = window
        self._limit = limit
        self._limit_from = 0
        self._left = planned
        self._rng = rng or random.Random()  # noqa: S311  # jitter, not a secret
        self._concurrency = max(1, concurrency)
        self._ledger = Ledger()
        self._clock = ServerClock()
        self._state = Window(window, self._ledger)
        self._lag = 0.2  # s from sending to answer: a guess until the first answer
        self._alone = True  # one request at a time: nothing is known yet, or it was refused
        self._blocked_until = -math.inf
        self._refusals = 0
        self._streak = 0
        self._extra = 0  # reserve learned from refusals

    @property
    def limit(self) -> int | None:
        """Requests per window, None while neither given nor learned."""
        return self._limit

    @property
    def others(self) -> float:
        """Estimated requests per window by other users of the key."""
        return self._state.rate() * self._window

    @property
    def refusals(self) -> int:
        """How many of our requests were refused for their rate."""
        return self._refusals

    def plan(self, requests: int) -> None:
        """Say how many requests are still to be answered, those in flight included.

        Serves the estimate of the end and the choice of what is worth waiting for; it limits nothing.
        A refused or lost request stays planned until this is called again.
        """
        self._left = max(0, requests - self._ledger.in_flight)

    def sent(self, now: float) -> int:
        """Note that a request left at ``now`` (s); return its ticket."""
        self._state.roll(now)
        if self._left is not None:
            self._left = max(0, self._left - 1)
        return self._ledger.open(now)

    def answered(self, ticket: int, now: float, limits: Limits) -> None:
        """Note any answer but a rate refusal at ``now`` (s)."""
        sent = self._ledger.close(ticket, now, counted=True)
        if sent is None:
            return
        self._learn(ticket, sent, now, limits)
        self._lag += 0.1 * (now - sent - self._lag)
        if sent >= self._blocked_until:
            self._alone = False
            self._streak = 0
        self._state.observe(sent, now, limits.used)

    def refused(self, ticket: int, now: float, limits: Limits, retry_after: float | None) -> None:
        """Note a rate refusal at ``now`` (s); ``retry_after`` in s: nothing leaves before it has passed."""
        sent = self._ledger.close(ticket, now, counted=False)
        if sent is None:
            return
        self._learn(ticket, sent, now, limits)
        self._refusals += 1
        if self._left is not None:
            self._left += 1
        if sent >= self._blocked_until:  # else it left before the last refusal was known
            self._streak += 1
            self._extra = min(self._extra + 1, max(1, (self._limit or 0) // 20))
        wait = retry_after if retry_after is not None and retry_after > 0 else self._back_off()
        self._blocked_until = max(self._blocked_until, now + wait)
        self._alone = True  # one request must have passed before anything else
        self._state.doubt(now, self._limit)

    def lost(self, ticket: int, now: float) -> None:
        """Note at ``now`` (s) that no answer will come; the server may have counted the request."""
        if self._ledger.close(ticket, now, counted=False) is not None and self._left is not None:
            self._left += 1

    def _back_off(self) -> float:
        """Seconds to wait after a refusal that states none: doubling, jittered, at most 1.5 windows."""
        base = min(self._window, self._window * FIRST_BACK_OFF * 2.0 ** min(16, max(0, self._streak - 1)))
        return base * (1.0 + 0.5 * self._rng.random())

    def _learn(self, ticket: int, sent: float, now: float, limits: Limits) -> None:
        """Take over limit and date; a lower limit at once, a higher one only from a newer request."""
        if limits.server_time is not None:
            self._clock.note(sent, now, limits.server_time)
        new = limits.limit
        if new is None or new < 1:
            return
        if self._limit is None or new < self._limit or ticket > self._limit_from:
            self._limit = new
            self._limit_from = max(ticket, self._limit_from)

    def delay(self, now: float) -> float:
        """Seconds to wait before the next request may leave, 0.0 for now.  Changes nothing.

        Ask again when it is over, or earlier when an answer came in: only 0.0 is a permission.
        """
        if now < self._blocked_until:
            return max(0.001, self._blocked_until - now)
        in_flight = self._ledger.in_flight
        if in_flight >= self._concurrency or (in_flight and (self._alone or self._stale(now))):
            return POLL
        if self._may_go(now):
            return 0.0
        return max(0.001, min(self._next_change(now) - now, POLL if in_flight else math.inf))

    def _stale(self, now: float) -> bool:
        """Is what is known of others so old that one request alone should ask before more leave?"""
        silence = now - self._state.view(now).told
        return self._limit is not None and self._shared() and silence > STALE + 2.0 * self._lag

    def _may_go(self, now: float) -> bool:
        """May a request leave, as far as the server's window is known?"""
        if self._alone or self._limit is None:
            return True
        if self._unclear(now):
            return False
        # Whatever others do, one request per window must be possible.
        idle = self._ledger.possible(now - self._window - GUARD) == 0
        return idle or self._room(now) >= 1

    def _unclear(self, now: float) -> bool:
        """Must our earlier requests leave the window first, it being unknown whether they are in it?"""
        return self._state.fixed is None and now < self._state.unclear_until

    def _room(self, now: float) -> int:
        """Requests that may leave now."""
        free, margin = self._figures(now)
        if self._left is not None:
            # Others go on while the rest leaves.
            rest = self._left + self._state.grown(self._left * self._lag / self._concurrency, 1.0)
            if rest <= free - margin:
                return math.floor(free - margin)
        return math.floor(free - max(margin, self._hold(now, free - margin)))

    def _figures(self, now: float) -> tuple[float, float]:
        """Free places by the last answer; how many of them others may take before our next one."""
        view = self._state.view(now)
        free = (self._limit or 0) - self._ledger.possible(view.since) - view.others
        margin = float(self._extra)
        if self._shared() and math.isfinite(view.at):
            arrivals = self._state.grown(now - view.at + self._lag)
            if view.fixed is None:
                free = min(free, (self._limit or 0) - self._state.most_used(now))
                # Of any window no more than one window's worth of others can be counted.
                arrivals = min(arrivals, max(0.0, self._state.grown(self._window) - view.others))
            margin = max(1.0 + self._extra, arrivals)
        return free, margin

    def _hold(self, now: float, room: float) -> float:
        """How many of the free places to keep, ``room`` being what others leave of them for certain."""
        view = self._state.view(now)
        if self._shared() and self._look_due(view, now, room):
            return 0.0
        fixed = view.fixed
        if fixed is None:
            return self._hold_unknown(now, view.at)
        if self.others < 0.5 or self._limit is None:
            return 0.0
        ends = fixed.ends if fixed.ends is not None else now + self._window
        # Not more than a part of the limit, or a wrong estimate would never be seen to be wrong.
        kept = min(self._state.rate() * max(0.0, ends - view.at), MOST * self._limit)
        return math.floor(kept) + math.floor(max(0.0, ends - now) / self._pause())

    def _look_due(self, view: View, now: float, room: float) -> bool:
        """Is it time for one request just to see what others use and whether a boundary has passed?"""
        pause = max(SOONEST, min(self._state.watched() * PAUSE, self._pause()))
        # Soon others may have taken the last place, and nothing could be seen.
        scarce = room < 2.0 + self._state.rate() * LOOK
        if view.fixed is not None:
            ends = view.fixed.ends if view.fixed.ends is not None else math.inf
            scarce = scarce and now >= ends - self._window * NEAR
            earliest = view.fixed.low + self._window
            if now >= earliest:
                pause = min(pause, max(SOONEST, (ends - earliest) / 4.0))
        elif self._ledger.last_sent < self._likely() <= now:
            return True
        return scarce or now - self._ledger.last_sent >= pause

    def _pause(self) -> float:
        """Seconds between two looks: the fewer places there are, the fewer are spent on looking."""
        return self._window / min(LOOKS, max(2, (self._limit or 0) // PLACES))

    def _likely(self) -> float:
        """When a boundary is most likely, in s: the first full window of the server's clock in this run."""
        first = self._state.first
        boundary = None if first is None else self._clock.next_boundary(first, self._window)
        return math.inf if boundary is None else boundary + GUARD

    def _shared(self) -> bool:
        """Do others use the key?  One request in ten windows is taken for nobody."""
        return self.others >= 0.1

    def _hold_unknown(self, now: float, at: float) -> float:
        """Places kept to find the boundary of a window that may be fixed, and for others until then."""
        first, shared, likely = self._state.first, self._shared(), self._likely()
        if first is None or self._limit is None or now >= first + self._window:
            return 0.0
        if self._state.again:
            return float(shared and now < first + self._window / 2.0)
        ends = first + self._window  # at the latest
        kept = math.floor(self._state.growing() * (ends - at)) if shared else 0
        room = max(1, self._limit - math.floor(self._state.others.high + shared))
        spare, windows = math.inf, math.inf
        if self._left is not None:
            total = self._ledger.possible(now - self._window - GUARD) + self._left
            windows = math.ceil(total / room)
            spare = windows * (room - 2 * shared) - total  # two of each window stay free for others
        looks = min(LOOKS, room // 4, spare)
        if looks < 1:
            # One request held back delays the end of a run on a sliding window by as much.
            looks = int(likely - first <= PRICE * (windows - 1.0) * self._window)
        melting = 1.0 - (now - first) / self._window
        held = math.ceil((looks - 1) * melting) + (now < likely < math.inf) if looks >= 1 else 0
        return float(kept + held)

    def _next_change(self, now: float) -> float:
        """The next moment (s) at which there may be more room, provided no answer comes in."""
        if self._unclear(now):
            return self._state.unclear_until
        moments = []
        fixed, first = self._state.fixed, self._state.first
        if self._shared() or (first is not None and now < first + self._window):
            moments.append(now + LOOK)
        if fixed is not None and fixed.ends is not None:
            moments.append(fixed.ends + GUARD)
        else:
            endings = self._ledger.endings(now - self._window - GUARD)
            moments += [self._likely(), endings[0] + self._window + GUARD if endings else now + LOOK]
        return min((moment for moment in moments if moment > now), default=now + LOOK)

    def at_most(self, now: float) -> bool:
        """Whether ``seconds_left`` is a bound only: a fixed window may end before the sliding one it assumes.

        One window after the first answer a fixed one would have shown itself.
        """
        first = self._state.first
        if self._limit is None or self._state.fixed is not None or first is None:
            return False
        free, margin = self._figures(now)
        return now < first + self._window + GUARD + self._lag and (self._left or 0) > free - margin

    def seconds_left(self, now: float) -> float:
        """Seconds until what is planned has been answered, as far as is known.

        While the kind of the window is not known a sliding one is assumed, which is never shorter; see
        :meth:`at_most`.
        """
        left = (self._left or 0) + self._ledger.in_flight
        if left == 0:
            return 0.0
        blocked = max(0.0, self._blocked_until - now)
        pace = self._lag / self._concurrency
        if self._limit is None:
            return blocked + self._lag + left * pace
        free, margin = self._figures(now)
        room = max(0, math.floor(free - margin))
        queue = left - self._ledger.in_flight
        if queue <= room:
            return blocked + self._lag + left * pace
        share = max(1, math.floor(self._limit - self.others - self._shared()))
        late = queue - room
        fixed = self._state.fixed
        if fixed is not None:
            ends = fixed.ends if fixed.ends is not None else now + self._window
            rounds = math.ceil(late / share)
            last = late - (rounds - 1) * share
            waited = max(0.0, ends - now) + (rounds - 1) * (self._window + GUARD + self._lag / 4)
            return max(blocked, waited) + self._lag + last * pace
        endings = self._ledger.endings(now - self._window - GUARD)
        places = (endings + [now + i * pace for i in range(self._ledger.in_flight + room)])[:share]
        rounds, place = divmod(late - 1, len(places)) if places else (late, 0)
        freed = places[place] if places else now
        waited = freed - now + (rounds + 1) * (self._window + GUARD) + rounds * self._lag
        return max(blocked, waited) + self._lag
