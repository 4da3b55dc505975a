"""Simulated servers, other users and senders for the pacer: a small discrete-event simulation.

Nothing here sleeps or reads a clock.  Time 0 is the start of the run, in seconds; the client's monotonic
clock and the server's epoch are shifted against it, so that no test can pass by mixing them up.

``shortest`` is the yardstick: a clairvoyant sender with the same number of requests in flight and the
same latencies, that knows limit, kind of window, phase and every arrival of the others beforehand.  Its
requests wait at the server's door and are let in at the first moment the limit allows.  The others' requests
are all served: what they will send in a window is not the clairvoyant's to take.  Serving each request at
the earliest moment is optimal: an earlier request never takes a place that a later one would have had.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from audit.client.pacing import Limits

WINDOW = 60.0
EPOCH = 1_699_999_980.0  # a full minute of the server's clock
MONOTONIC = 5_000.0
#: Kinds of window: full minutes of the server's clock; the same at an odd phase; opened by the first
#: request and 60 s long; the last 60 s.
KINDS = ("minute", "phase", "opened", "sliding")
ODD_PHASE = 17.3


class Paced(Protocol):
    """What a driver needs of a pacer."""

    def plan(self, requests: int) -> None: ...
    def delay(self, now: float) -> float: ...
    def sent(self, now: float) -> int: ...
    def answered(self, ticket: int, now: float, limits: Limits) -> None: ...
    def refused(self, ticket: int, now: float, limits: Limits, retry_after: float | None) -> None: ...
    def lost(self, ticket: int, now: float) -> None: ...
    def seconds_left(self, now: float) -> float: ...


@dataclass
class Scenario:
    """One simulated situation; times in s, rates in requests per window."""

    limit: int
    kind: str
    start: float = 0.0  # where in the server's minute the run begins
    requests: int = 213
    others: list[float] = field(default_factory=list)  # arrival times, also before 0
    latency: tuple[float, float] = (0.02, 0.3)  # both ways together
    concurrency: int = 8
    seed: int = 0
    tell_limit: bool = True
    tell_used: bool = True
    tell_date: bool = True
    retry_after: bool = True
    count_refused: bool = False
    lost: float = 0.0  # part of our requests that get no answer
    skew: float = 0.0  # the server's clock is wrong by this, minutes included
    new_limit: tuple[float, int] | None = None  # (from when, limit)

    def ways(self) -> Callable[[], tuple[float, float]]:
        """Latencies to and from the server; the same sequence for every sender."""
        rng = random.Random(f"ways {self.seed}")
        low, high = self.latency

        def draw() -> tuple[float, float]:
            total, part = rng.uniform(low, high), rng.uniform(0.3, 0.7)
            return total * part, total * (1 - part)

        return draw

    def edge(self, time: float) -> int:
        """Number of the aligned window that holds ``time``."""
        phase = ODD_PHASE if self.kind == "phase" else 0.0
        return math.floor((time + self.start + phase) / WINDOW + 1e-9)

    def edge_time(self, number: int) -> float:
        """When the aligned window ``number`` begins."""
        return number * WINDOW - self.start - (ODD_PHASE if self.kind == "phase" else 0.0)


def steady(rate: float, until: float, seed: int, jitter: float = 0.5) -> list[float]:
    """Arrivals of a paced program: ``rate`` requests per window, spacing varied by ``jitter`` either way."""
    rng = random.Random(f"steady {seed}")
    gap, time, times = WINDOW / rate, -2 * WINDOW + rng.random() * WINDOW / rate, []
    while time < until:
        times.append(time)
        time += gap * rng.uniform(1 - jitter, 1 + jitter)
    return times


def independent(rate: float, until: float, seed: int) -> list[float]:
    """Arrivals of many independent users (Poisson): ``rate`` requests per window on average."""
    rng = random.Random(f"poisson {seed}")
    time, times = -2 * WINDOW, []
    while (time := time + rng.expovariate(rate / WINDOW)) < until:
        times.append(time)
    return times


def bursts(size: int, every: float, until: float, seed: int) -> list[float]:
    """Arrivals in bursts of ``size`` requests within 0.2 s, one burst each ``every`` seconds."""
    rng = random.Random(f"bursts {seed}")
    times: list[float] = []
    start = -2 * WINDOW + rng.random() * every
    while start < until:
        times += [start + 0.2 * i / size for i in range(size)]
        start += every
    return times


class Server:
    """Counts accepted requests per window and refuses what exceeds the limit, whoever sends it."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.ends: list[float] = []  # when each counted request leaves a sliding window
        self.opened = -math.inf
        self.used = 0
        self.edge = -(10**9)

    def limit(self, time: float) -> int:
        change = self.scenario.new_limit
        return change[1] if change and time >= change[0] else self.scenario.limit

    def _refresh(self, time: float) -> None:
        kind = self.scenario.kind
        if kind == "sliding":
            self.used = len(self.ends) - bisect_right(self.ends, time)
        elif kind == "opened":
            if time >= self.opened + WINDOW:
                self.opened, self.used = time, 0
        elif (edge := self.scenario.edge(time)) != self.edge:
            self.edge, self.used = edge, 0

    def take(self, time: float) -> bool:
        """A request arrives: count it and say True, or refuse it."""
        self._refresh(time)
        accepted = self.used < self.limit(time)
        if accepted or self.scenario.count_refused:
            self.ends.append(time + WINDOW)
            self.used += 1
        return accepted

    def wait(self, time: float) -> float:
        """Seconds from ``time`` until a refused request would be accepted, if nobody else came."""
        if self.scenario.kind == "sliding":
            return self.ends[-self.limit(time)] - time
        if self.scenario.kind == "opened":
            return self.opened + WINDOW - time
        return self.scenario.edge_time(self.edge + 1) - time


@dataclass
class Outcome:
    """What a run came to; times in s from its start."""

    seconds: float = 0.0  # last answer
    refusals: int = 0
    others_refused: int = 0
    others_served: int = 0
    sent: list[float] = field(default_factory=list)
    blocks: list[tuple[float, float]] = field(default_factory=list)  # (told, until) of each Retry-After
    refused_at: list[float] = field(default_factory=list)
    most_in_flight: int = 0
    estimates: list[tuple[float, int, float]] = field(default_factory=list)  # (time, answered, seconds left)


class Run:
    """Drives a pacer through a scenario the way a plain program would: one gate, ``concurrency`` senders.

    The sender at the gate sleeps for ``delay`` and asks again; answers do not wake it.
    """

    def __init__(self, scenario: Scenario, pacer: Paced) -> None:
        self.scenario = scenario
        self.pacer = pacer
        self.server = Server(scenario)
        self.outcome = Outcome()
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = itertools.count()
        self._ways = scenario.ways()
        self._fate = random.Random(f"fate {scenario.seed}")
        self._todo = scenario.requests
        self._answered = 0
        self._flying = 0
        self._asleep = False

    def _at(self, time: float, action: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (time, next(self._order), action))

    def go(self, until: float = 50_000.0) -> Outcome:
        """Run to the last answer, or to ``until`` (s)."""
        for time in self.scenario.others:
            self._at(time, self._other)
        self.pacer.plan(self.scenario.requests)
        self._at(0.0, self._gate)
        while self._events and self._answered < self.scenario.requests:
            time, _, action = heapq.heappop(self._events)
            if time > until:
                raise AssertionError(f"not done after {until} s: {self._answered} answered")
            action(time)
        return self.outcome

    def _other(self, time: float) -> None:
        if self.server.take(time):
            self.outcome.others_served += time >= 0
        else:
            self.outcome.others_refused += time >= 0

    def _wake(self, time: float) -> None:
        self._asleep = False
        self._gate(time)

    def _gate(self, time: float) -> None:
        while not self._asleep and self._todo and self._flying < self.scenario.concurrency:
            delay = self.pacer.delay(MONOTONIC + time)
            assert delay >= 0
            if delay > 0:
                self._asleep = True
                self._at(time + delay, self._wake)
                return
            self._send(time)

    def _send(self, time: float) -> None:
        ticket = self.pacer.sent(MONOTONIC + time)
        self._todo -= 1
        self._flying += 1
        self.outcome.most_in_flight = max(self.outcome.most_in_flight, self._flying)
        self.outcome.sent.append(time)
        up, down = self._ways()
        if self._fate.random() < self.scenario.lost:
            if self._fate.random() < 0.5:  # lost on the way back: the server has counted it
                self._at(time + up, lambda at: (self.server.take(at), None)[1])
            self._at(time + 10.0, lambda at: self._lose(ticket, at))
        else:
            self._at(time + up, lambda at: self._arrive(ticket, at, down))

    def _lose(self, ticket: int, time: float) -> None:
        self.pacer.lost(ticket, MONOTONIC + time)
        self._flying -= 1
        self._todo += 1
        self._gate(time)

    def _arrive(self, ticket: int, time: float, down: float) -> None:
        scenario, accepted = self.scenario, self.server.take(time)
        limits = Limits(
            self.server.limit(time) if scenario.tell_limit else None,
            self.server.used if scenario.tell_used else None,
            float(math.floor(EPOCH + scenario.start + time + scenario.skew)) if scenario.tell_date else None,
        )
        wait = None if accepted or not scenario.retry_after else float(math.ceil(self.server.wait(time)))
        self._at(time + down, lambda at: self._answer(ticket, at, limits, accepted, wait))

    def _answer(self, ticket: int, time: float, limits: Limits, accepted: bool, wait: float | None) -> None:
        self._flying -= 1
        now = MONOTONIC + time
        if accepted:
            self.pacer.answered(ticket, now, limits)
            self._answered += 1
            self.outcome.seconds = time
        else:
            self.pacer.refused(ticket, now, limits, wait)
            self._todo += 1
            self.outcome.refusals += 1
            self.outcome.refused_at.append(time)
            if wait is not None:
                self.outcome.blocks.append((time, time + wait))
        self.outcome.estimates.append((time, self._answered, self.pacer.seconds_left(now)))
        self._gate(time)


class Clairvoyant:
    """When the server's door lets our next request in, all others' arrivals being known and served.

    Without ``foresight`` it keeps one place free for a request of others that may be on its way, and
    takes the window that is open at the start for as long as it can be: until one length after it.
    """

    def __init__(self, scenario: Scenario, *, foresight: bool) -> None:
        self.scenario = scenario
        self.limit = scenario.limit - (not foresight and bool(scenario.others))
        self.at_least = -math.inf if foresight else WINDOW
        self.others = sorted(scenario.others)
        self.ours: list[float] = []
        self._other_ends = [time + WINDOW for time in self.others]
        self._our_ends: list[float] = []
        self.opened = -math.inf

    def _others(self, low: float, high: float) -> int:
        """Arrivals of others in [low, high)."""
        return bisect_left(self.others, high) - bisect_left(self.others, low)

    def _ours(self, low: float, high: float) -> int:
        return bisect_left(self.ours, high) - bisect_left(self.ours, low)

    def admit(self, time: float) -> float:
        """Let in the request that waits from ``time`` on; return when."""
        if self.ours:
            time = max(time, self.ours[-1])
        door = {"sliding": self._sliding, "opened": self._opened}.get(self.scenario.kind, self._aligned)
        time = door(time)
        self.ours.append(time)
        self._our_ends.append(time + WINDOW)
        return time

    def _aligned(self, time: float) -> float:
        while True:
            edge = self.scenario.edge(time)
            low, high = self.scenario.edge_time(edge), self.scenario.edge_time(edge + 1)
            if self._ours(low, high) + self._others(low, self._end(low, high)) < self.limit:
                return time
            time = high

    def _end(self, low: float, high: float) -> float:
        """Until when others have to be served in the window [low, high)."""
        return max(high, self.at_least) if low <= 0.0 else high

    def _opened(self, time: float) -> float:
        if math.isinf(self.opened):
            self.opened = min(time, *self.others[:1]) if self.others else time
        while True:
            # Windows opened by others in the meantime.
            while time >= self.opened + WINDOW:
                index = bisect_left(self.others, self.opened + WINDOW)
                following = self.others[index] if index < len(self.others) else math.inf
                self.opened = min(following, time)
            end = self.opened + WINDOW
            others = self._others(self.opened, self._end(self.opened, end))
            if self._ours(self.opened, end) + others < self.limit:
                return time
            time = end

    def _sliding(self, time: float) -> float:
        while (full := self._full_at(time)) is not None:
            # No room before something leaves the window that is full then.  Compared are the times of
            # leaving (arrival + 60), never differences, so that rounding cannot keep a request in.
            time = min(
                ends[index]
                for ends in (self._our_ends, self._other_ends)
                if (index := bisect_right(ends, full)) < len(ends)
            )
        return time

    def _full_at(self, time: float) -> float | None:
        """The last moment in the window from ``time`` on at which one more of ours would be too many."""
        first, last = bisect_right(self.others, time), bisect_left(self.others, time + WINDOW)
        for index in range(last - 1, first - 2, -1):
            moment = self.others[index] if index >= first else time
            others = bisect_right(self.others, moment) - bisect_right(self._other_ends, moment)
            ours = len(self.ours) - bisect_right(self._our_ends, moment)
            if ours + others >= self.limit:
                return moment
        return None


def shortest(scenario: Scenario, *, foresight: bool = True) -> float:
    """Seconds the clairvoyant sender needs from the start to the last answer; see `Clairvoyant`."""
    door, ways = Clairvoyant(scenario, foresight=foresight), scenario.ways()
    free = [0.0] * scenario.concurrency
    waiting: list[tuple[float, float]] = []  # (arrival at the door, way back)
    last, todo = 0.0, scenario.requests
    while todo or waiting:
        # The earliest of: a free sender sends its next request, the first request at the door goes in.
        if todo and free and (not waiting or free[0] <= waiting[0][0]):
            sent = heapq.heappop(free)
            up, down = ways()
            heapq.heappush(waiting, (sent + up, down))
            todo -= 1
            continue
        arrival, down = heapq.heappop(waiting)
        answered = door.admit(arrival) + down
        last = max(last, answered)
        heapq.heappush(free, answered)
    return last
