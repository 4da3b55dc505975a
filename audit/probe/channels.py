"""Asks one channel: is it open, what does it push, does it come back after a drop, does it stop when told to.

In this order, and no further than the channel goes: connection and subscription, the first message,
two periods of the heartbeat, a drop that the probe causes itself, and the end of the subscription.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from audit.client.stream import Connection, Opened
from audit.model import SUBSCRIBE, Observation, StreamFacts, Verdict
from audit.probe.channel_asks import ChannelAsk
from audit.probe.channel_ear import Direction, Ear, Frame, Push, Reader, Settled, Tap
from audit.spec.catalog import Spec
from audit.spec.channels import Channel, Stream

MAX_ATTEMPTS = 3
PERIODS = 2  # of the heartbeat, that are listened to
NO_HEARTBEAT = 5.0  # seconds that stand for a period where there is none
UNDER_WAY = 2.0  # seconds that messages may still arrive after the end of a subscription
# Of so many messages that would have come, at least one does: less proves nothing by its absence.
TELLING = 3.0
PLENTY = 10.0
LONGEST_QUIET = 30.0  # seconds
SHORTEST_QUIET = 2.0

Step = Literal["first message", "heartbeat", "coming back after a drop", "end of the subscription"]


@dataclass(frozen=True)
class Outlet:
    """Where a channel is asked and who hears of it.

    ``connect`` opens a connection, ``take`` hears each pushed message as parsed JSON, ``tell`` what is
    done now, and ``tap`` whatever passes. ``url`` is what is connected to, None where it has no address.
    """

    spec: Spec
    stream: Stream
    connect: Callable[[], Awaitable[Opened]]
    worked: bool
    rng: random.Random
    take: Callable[[Any], None]
    tell: Callable[[Step], None] = lambda step: None
    tap: Tap | None = None
    url: str | None = None


@dataclass(frozen=True)
class Asked:
    """What a channel came to."""

    observation: Observation
    facts: StreamFacts


async def ask_channel(outlet: Outlet, ask: ChannelAsk) -> Asked:
    """Ask one channel; bounded, and ended early by a refusal."""
    if ask.wrong:
        facts = StreamFacts(channel=ask.channel.id, name=ask.name, bound_seconds=ask.channel.first_message)
        return Asked(
            _observation(ask, Settled(Verdict.BAD_REQUEST, ask.wrong, http_status=None), facts), facts
        )
    hearing = _Hearing(outlet, ask)
    try:
        settled = await hearing.run()
    finally:
        hearing.drop()
    facts = hearing.facts()
    seen = _observation(ask, settled or hearing.good(), facts)
    return Asked(seen.model_copy(update={"attempts": hearing.attempts, "bytes": hearing.size}), facts)


def steps(stream: Stream, channel: Channel, allowed: bool) -> dict[Step, float]:
    """Return the steps of a channel that answers as promised, with the seconds each takes at most."""
    first = float(channel.first_message)
    if not allowed:
        return {"first message": first}
    return {
        "first message": first,
        "heartbeat": (PERIODS + 1) * _period(stream) + UNDER_WAY,
        "coming back after a drop": first,
        "end of the subscription": UNDER_WAY + LONGEST_QUIET,
    }


def _period(stream: Stream) -> float:
    return float(stream.heartbeat.every) if stream.heartbeat else NO_HEARTBEAT


def _observation(ask: ChannelAsk, settled: Settled, facts: StreamFacts) -> Observation:
    return Observation(
        operation=ask.channel.id,
        method=SUBSCRIBE,
        path=ask.name,
        params=dict(ask.params),
        expected=ask.expected,
        verdict=settled.verdict,
        http_status=settled.http_status,
        code=settled.code,
        message=settled.message or None,
        rows=facts.rows if facts.messages else None,
        latency_ms=None if facts.first_seconds is None else round(facts.first_seconds * 1000, 1),
        attempts=0,
    )


class _Hearing:
    """One channel being asked. All moments are on the loop's clock."""

    def __init__(self, outlet: Outlet, ask: ChannelAsk) -> None:
        self._outlet, self._ask = outlet, ask
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        self._reader = Reader(outlet.spec, outlet.stream, ask.channel, outlet.worked)
        self._bound = float(ask.channel.first_message)
        self._ear: Ear | None = None
        self._pings = self._pongs = 0
        self._subscribed = self._last = self._began
        self._first: float | None = None
        self._messages = self._rows = 0
        self._rate = 0.0
        self._gap: float | None = None
        self._unsubscribed: bool | None = None
        self._remark = ""
        self.attempts = 0
        self.size = 0

    async def run(self) -> Settled | None:
        """Ask everything; None where the channel did what it should."""
        self._outlet.tell("first message")
        return (
            await self._open()
            or await self._hear_first()
            or await self._hear_heartbeats()
            or await self._drop_and_return()
            or await self._unsubscribe()
        )

    def good(self) -> Settled:
        """Return what a channel comes to that nothing went wrong with."""
        return Settled(Verdict.AVAILABLE, self._remark)

    def facts(self) -> StreamFacts:
        """Return what was heard."""
        return StreamFacts(
            channel=self._ask.channel.id,
            name=self._ask.name,
            bound_seconds=self._bound,
            first_seconds=None if self._first is None else round(self._first, 3),
            messages=self._messages,
            rows=self._rows,
            pings=self._pings,
            pongs=self._pongs,
            gap_seconds=None if self._gap is None else round(self._gap, 3),
            unsubscribed=self._unsubscribed,
            url=self._outlet.url,
            subscribe=self._outlet.stream.subscribe.text([self._ask.name]),
        )

    def drop(self) -> None:
        """End the line, if there is one, and keep what it showed."""
        if self._ear is not None:
            self._pings += self._ear.pings
            self._pongs += self._ear.pongs
            self._ear.drop()
            self._ear = None

    async def _open(self, lost: Settled | None = None) -> Settled | None:
        """Connect and subscribe, again where that may help; return why it did not."""
        while True:
            self.drop()
            if lost is not None:
                if not lost.retry or self.attempts >= MAX_ATTEMPTS:
                    return lost
                pause = max(lost.wait, 0.5 * 2 ** (self.attempts - 1))
                await asyncio.sleep(pause * self._outlet.rng.uniform(1.0, 1.5))
            self.attempts += 1
            opened = await self._outlet.connect()
            if isinstance(opened, Connection):
                self._hear("opened", None)
                self._ear = Ear(opened, self._outlet.stream, self._reader, self._hear)
                self._subscribed = self._clock()
                lost = await self._ear.say(self._outlet.stream.subscribe.text([self._ask.name]))
                if lost is None:
                    return None
            else:
                self._hear("opened", opened)
                lost = self._reader.handshake(opened)

    async def _hear_first(self) -> Settled | None:
        settled = await self._listen(lambda: self._subscribed + self._bound, lambda: self._rows > 0)
        if settled is not None or self._rows:
            return settled
        ear = self._ear
        if ear is not None and ear.pings and not ear.pongs:
            told = f"nothing came within {self._bound:g} s, not even an answer to the heartbeat"
            return Settled(Verdict.UNREACHABLE, told)
        if ear is not None and ear.other is not None and not self._messages:
            return Settled(Verdict.UNREADABLE, f"JSON that is not documented: {ear.other}")
        return Settled(Verdict.EMPTY, f"no rows within {self._bound:g} s")

    async def _hear_heartbeats(self) -> Settled | None:
        """Listen until enough heartbeats were sent, and the last one had a period to be answered."""
        every = _period(self._outlet.stream)
        self._outlet.tell("heartbeat")
        began, before = self._clock(), self._messages

        def done() -> bool:
            ear = self._ear
            return ear is not None and ear.pongs + self._pongs >= PERIODS

        def until() -> float:
            return max(began, self._subscribed) + (PERIODS + 1) * every + UNDER_WAY

        settled = await self._listen(until, done)
        self._rate = (self._messages - before) / max(self._clock() - began, SHORTEST_QUIET)
        return settled

    async def _drop_and_return(self) -> Settled | None:
        """End the line without a word, come back, and measure for how long nothing arrived."""
        self._outlet.tell("coming back after a drop")
        self.drop()
        attempts, self.attempts = self.attempts, 0
        last, before = self._last, self._messages
        settled = await self._open() or await self._listen(
            lambda: self._subscribed + self._bound, lambda: self._messages > before
        )
        self.attempts = max(attempts, self.attempts)
        if settled is not None:
            return replace(settled, message=f"after a drop: {settled.message}")
        if self._messages > before:
            self._gap = self._last - last
            return None
        told = f"nothing came within {self._bound:g} s of subscribing anew after a drop"
        if self._rate * self._bound >= TELLING:
            return Settled(Verdict.EMPTY, told)
        self._remark = told
        return None

    async def _unsubscribe(self) -> Settled | None:
        """End the subscription; see that messages stop, where enough of them came to tell."""
        ear = self._ear
        if ear is None or self._gap is None:
            return None
        self._outlet.tell("end of the subscription")
        quiet = SHORTEST_QUIET
        if self._rate * LONGEST_QUIET >= TELLING:
            quiet = min(max(quiet, PLENTY / self._rate), LONGEST_QUIET)
        lost = await ear.say(self._outlet.stream.unsubscribe.text([self._ask.name]))
        lost = lost or await self._heed(ear, self._clock() + UNDER_WAY)
        before = self._messages
        lost = lost or await self._heed(ear, self._clock() + quiet)
        if self._messages > before:
            self._unsubscribed = False
        elif lost is None and self._rate * quiet >= TELLING:
            self._unsubscribed = True
        if lost is not None and lost.verdict is not Verdict.UNREACHABLE:
            return lost
        # A server may well hang up on somebody who wants nothing.
        await ear.close()
        return None

    async def _heed(self, ear: Ear, until: float) -> Settled | None:
        """Listen to one connection until then."""
        while (came := await ear.next(until)) is not None:
            if isinstance(came, Settled):
                return came
            if isinstance(came, Push):
                self._take(came)
        return None

    async def _listen(self, until: Callable[[], float], done: Callable[[], bool]) -> Settled | None:
        """Listen until then or until it is done; a line that breaks is opened anew, a few times."""
        while not done() and self._ear is not None:
            came = await self._ear.next(until())
            if came is None:
                return None
            if isinstance(came, Push):
                self._take(came)
            elif isinstance(came, Settled) and (lost := await self._open(came)) is not None:
                return lost
        return None

    def _take(self, push: Push) -> None:
        self._last = self._clock()
        if self._first is None:
            self._first = self._last - self._subscribed
        self._messages += 1
        self._rows += push.rows
        self.size += push.size
        self._outlet.take(push.body)

    def _hear(self, direction: Direction, frame: Frame) -> None:
        if self._outlet.tap is not None:
            self._outlet.tap(self._clock() - self._began, direction, frame)
