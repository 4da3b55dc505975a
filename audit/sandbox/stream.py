"""The WebSocket side of the stand-in server: who may connect, what is refused, and what is pushed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from audit.model import Verdict
from audit.sandbox import stream_faults
from audit.sandbox.faults import Strikes
from audit.sandbox.market import Market
from audit.sandbox.params import read_query
from audit.sandbox.stream_faults import Handshake, Push, Request, Speaker, spoil
from audit.sandbox.stream_feed import Feed
from audit.sandbox.stream_line import Decline, Line, Refused
from audit.sandbox.wire import encode
from audit.spec.channels import Channel, Stream
from audit.spec.plans import Ladder

IDLE = 3  # heartbeats; that a server ends a connection without them is said nowhere, nor how soon
GONE_IDLE = 1001
MOST_NAMES = 100  # of one connection


@dataclass(frozen=True)
class Delivered:
    """A message that went out whole: on which connection (counted from 1), when, and its text."""

    connection: int
    at: float
    name: str
    text: str


@dataclass(frozen=True)
class Streams:
    """What all connections share.

    ``plans`` maps each key to its plan, None for a key without one; ``refuse`` makes one of the
    description's answers; ``on_push`` hears of every message that goes out as it should.
    """

    stream: Stream
    ladder: Ladder
    plans: Mapping[str, str | None]
    refuse: Callable[[str], Decline]
    market: Market
    strikes: Strikes
    now: Callable[[], float]
    seed: int
    on_push: Callable[[Delivered], None] | None


class _Subscription:
    """One name that is pushed, the message that is due next, and the timer that waits for it."""

    def __init__(self, channel: Channel, name: str, feed: Feed, moment: float) -> None:
        self.channel = channel
        self.name = name
        self.feed = feed
        self.timer: asyncio.TimerHandle | None = None
        self._after = feed.after(moment)
        self.next = next(self._after)

    def step(self) -> None:
        """Go on to the message after the one that is due."""
        self.next = next(self._after)


class StreamSession:
    """One connection; the ``Session`` of a ``Wire``.

    What a wrong key gets is documented nowhere. Here a key that is missing or unknown is refused at the
    handshake, as requests refuse it; any other opens the connection, and the plan is looked at when a
    channel is subscribed to.
    """

    def __init__(self, shared: Streams, number: int) -> None:
        self._shared = shared
        self._number = number
        self._plan: str | None = None
        self._running: dict[str, _Subscription] = {}
        self._idle: asyncio.TimerHandle | None = None

    def open(self, line: Line, path: str, query: str) -> Refused | None:
        """Refuse a wrong path and a key that is missing or unknown."""
        shared, self._line = self._shared, line
        if path != urlsplit(shared.stream.url).path:
            return shared.refuse("path")
        for kind in shared.strikes.at(stream_faults.HANDSHAKE, "", most=1):
            return stream_faults.HANDSHAKE[kind](Handshake(shared.refuse, path))
        key = read_query(query.encode("latin-1", "replace")).get(shared.stream.key_query, "").strip()
        if not key:
            return shared.refuse("key-missing")
        self._plan = shared.plans.get(key)
        return None if key in shared.plans else shared.refuse("key-wrong")

    def opened(self) -> None:
        """Wait for requests; without heartbeats not for long."""
        loop = asyncio.get_running_loop()
        # One look at the clock: from here on the loop tells the time, whatever the clock is.
        self._ahead = self._shared.now() - loop.time()
        heartbeat = self._shared.stream.heartbeat
        self._speaker = Speaker(self._line, heartbeat.every if heartbeat else 0.0)
        for kind in self._shared.strikes.at(stream_faults.OPEN, ""):
            stream_faults.OPEN[kind](self._speaker)
        self._watch()

    def received(self, message: str | bytes) -> None:
        """Answer a heartbeat, take a request; anything else is met with silence."""
        heartbeat, stream = self._shared.stream.heartbeat, self._shared.stream
        if heartbeat is not None and message == heartbeat.send:
            self._watch()
            if self._speaker.answers_after:
                loop = asyncio.get_running_loop()
                loop.call_later(self._speaker.answers_after, self._line.send, heartbeat.expect)
            elif self._speaker.answers_after is not None:
                self._line.send(heartbeat.expect)
            return
        try:
            asked = json.loads(message) if isinstance(message, str) else None
        except (ValueError, RecursionError):
            return
        for name in stream.subscribe.names(asked) or ():
            self._subscribe(name)
        for name in stream.unsubscribe.names(asked) or ():
            self._unsubscribe(name)

    def closed(self) -> None:
        """Push no more."""
        for name in list(self._running):
            self._stop(name)
        if self._idle is not None:
            self._idle.cancel()

    def _watch(self) -> None:
        """End the connection if no heartbeat comes in time, counted from now."""
        if self._idle is not None:
            self._idle.cancel()
        if self._speaker.heartbeat and self._line.open:
            later = self._speaker.heartbeat * IDLE
            self._idle = asyncio.get_running_loop().call_later(
                later, self._line.close, GONE_IDLE, "no heartbeat"
            )

    def _subscribe(self, name: str) -> None:
        channel = self._channel(name)
        if channel is None or name in self._running or len(self._running) >= MOST_NAMES:
            return
        request = Request(self._line, name, self._refusal(name))
        for kind in self._shared.strikes.at(stream_faults.SUBSCRIBE, channel.id, most=1):
            stream_faults.SUBSCRIBE[kind](request)
            return
        if self._plan is None or not channel.allowed(self._shared.ladder, self._plan):
            self._line.send(request.refusal)
            return
        try:
            feed = self._feed(channel, name)
        except LookupError:
            return
        self._running[name] = _Subscription(channel, name, feed, self._moment())
        self._wait(self._running[name])

    def _unsubscribe(self, name: str) -> None:
        if name not in self._running:
            return
        request = Request(self._line, name, self._refusal(name))
        struck = self._shared.strikes.at(stream_faults.UNSUBSCRIBE, self._running[name].channel.id, most=1)
        for kind in struck:
            stream_faults.UNSUBSCRIBE[kind](request)
        if not struck:
            self._stop(name)

    def _stop(self, name: str) -> None:
        timer = self._running.pop(name).timer
        if timer is not None:
            timer.cancel()

    def _wait(self, one: _Subscription) -> None:
        # Half a millisecond late, so that no rounding makes a moment seem not to have come yet.
        due = one.next.at / 1000 + 0.0005 - self._ahead
        one.timer = asyncio.get_running_loop().call_at(due, self._push_due, one)

    def _push_due(self, one: _Subscription) -> None:
        while self._line.open and one.name in self._running and one.next.at <= self._moment() * 1000:
            # What comes up while the client does not read is never made for it.
            if not self._line.busy:
                self._push(one)
            one.step()
        if self._line.open and one.name in self._running:
            self._wait(one)

    def _push(self, one: _Subscription) -> None:
        strikes, message = self._shared.strikes, one.feed.message(one.next)
        for kind in strikes.at(stream_faults.DAMAGE, one.channel.id):
            stream_faults.DAMAGE[kind](spoil(one.channel, message))
        deliver = partial(self._deliver, one.name)
        for kind in strikes.at(stream_faults.PUSH, one.channel.id, most=1):
            text = encode(message).decode()
            other = partial(self._of_another, one)
            stream_faults.PUSH[kind](Push(self._line, one.channel, message, text, deliver, other))
            return
        deliver(message)

    def _deliver(self, name: str, message: Mapping[str, Any]) -> None:
        text = encode(message).decode()
        if self._line.open:
            self._line.send(text)
            if self._shared.on_push is not None:
                self._shared.on_push(Delivered(self._number, self._moment(), name, text))

    def _of_another(self, one: _Subscription) -> dict[str, Any]:
        """Return a message of the first channel that is not this one, else of a name that is none."""
        for channel in self._shared.stream.channels.values():
            if channel is not one.channel:
                feed = self._feed(channel, channel.name())
                return feed.message(next(feed.after(self._moment())))
        return {**one.feed.message(one.next), one.channel.name_field: f"{one.name}-other"}

    def _feed(self, channel: Channel, name: str) -> Feed:
        return Feed(channel, name, self._shared.market, self._shared.seed)

    def _channel(self, name: str) -> Channel | None:
        channels = self._shared.stream.channels.values()
        return next((channel for channel in channels if channel.values(name) is not None), None)

    def _refusal(self, name: str) -> str:
        texts = (one.text(name) for one in self._shared.stream.refusals if one.verdict is Verdict.PLAN_GATED)
        return next(texts, "")

    def _moment(self) -> float:
        return asyncio.get_running_loop().time() + self._ahead
