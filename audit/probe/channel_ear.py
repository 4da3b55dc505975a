"""Listens on one connection: keeps its heartbeat, and reads each message for what it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic_core import from_json

from audit.client.answers import Complete, Unanswered
from audit.client.stream import Binary, Broken, Closed, Connection, Incoming, Text
from audit.model import Verdict
from audit.probe.reading import MAX_MESSAGE, clip, read
from audit.spec.catalog import Spec
from audit.spec.channels import Channel, Stream
from audit.spec.refusals import Signs

SWITCHED = 101
DEAF = 2  # heartbeats without any answer, after which a line is as good as gone
# Seconds to leave a server alone that refuses by rate: where it does not say, and whatever it says.
UNTOLD = 10.0
LONGEST_WAIT = 60.0

Direction = Literal["opened", "sent", "received", "dropped"]
Frame = Incoming | Complete | Unanswered | str | None
# Hears everything that passes, with the seconds since the channel was begun with.
Tap = Callable[[float, Direction, Frame], None]


@dataclass(frozen=True)
class Push:
    """A message of the documented kind; ``size`` in bytes."""

    body: Any
    rows: int
    size: int


@dataclass(frozen=True)
class Settled:
    """What a channel comes to before everything about it was seen; ``retry`` where that may pass by itself.

    ``wait`` are the seconds to leave the server alone first.
    """

    verdict: Verdict
    message: str
    retry: bool = False
    http_status: int | None = SWITCHED
    code: str | None = None
    wait: float = 0.0


@dataclass(frozen=True)
class Beat:
    """An answer to a heartbeat."""


class Reader:
    """Tells what messages mean, by the description alone. ``worked``: the key has been answered before."""

    def __init__(self, spec: Spec, stream: Stream, channel: Channel, worked: bool) -> None:
        self._spec, self._stream, self._channel, self._worked = spec, stream, channel, worked

    def handshake(self, answer: Complete | Unanswered) -> Settled:
        """Read why there is no connection, by the rules that hold for answers to requests."""
        if isinstance(answer, Unanswered):
            return Settled(Verdict.UNREACHABLE, clip(answer.detail), retry=True, http_status=None)
        # Which plan a key has is looked at later, so here a 401 is about the key.
        reading = read(answer, None, self._spec.provider, self._spec.refusals, worked=False)
        verdict = reading.verdict
        message = reading.message or f"HTTP {answer.status}"
        if verdict in (Verdict.AVAILABLE, Verdict.EMPTY):
            verdict, message = Verdict.UNREADABLE, f"HTTP {answer.status} in place of a connection"
        elif verdict is Verdict.INTERVAL_GATED:
            verdict = Verdict.UNAUTHORIZED  # there is no interval that could be meant
        limited = verdict is Verdict.RATE_LIMITED
        wait = min(reading.retry_after or (UNTOLD if limited else 0.0), LONGEST_WAIT)
        return Settled(verdict, message, reading.retry, answer.status, reading.code, wait)

    def text(self, text: str) -> Push | Settled | str:
        """Read a message; JSON that is neither data nor a known refusal comes back as a short text."""
        try:
            body = from_json(text, allow_inf_nan=False)
        except (ValueError, RecursionError):
            return self.refusal(text) or _strange(
                f"text that is neither JSON nor a known refusal: {text[:200]}"
            )
        if not isinstance(body, dict):
            return _strange(f"JSON that is no object: {text[:200]}")
        name, data = self._channel.name_field in body, body.get(self._channel.data_field)
        if name or isinstance(data, list):
            return Push(body, len(data) if isinstance(data, list) else 0, len(text.encode()))
        return self._envelope(body) or clip(text)

    def _envelope(self, body: dict[str, Any]) -> Settled | None:
        """Read a message as an answer to a request, which a server may fall back to."""
        envelope = self._spec.provider.envelope
        code = body.get(envelope.code)
        if not isinstance(code, str | int):
            return None
        words = next((str(body[name]) for name in envelope.messages if body.get(name) is not None), "")
        rule = self._spec.refusals.classify(Signs(200, "json", str(code), words, self._worked))
        if rule.verdict in (Verdict.AVAILABLE, Verdict.UNREADABLE):
            return None
        return Settled(rule.verdict, clip(words) or clip(str(code)), rule.retry, code=clip(str(code)))

    def refusal(self, text: str) -> Settled | None:
        """Return the refusal that a bare text is, if it is one the description knows."""
        if len(text) > MAX_MESSAGE or text.lstrip().startswith("<"):
            return None  # A page is never a refusal, whatever words stand in it.
        refusal = self._stream.refusal(text)
        if refusal is not None:
            return Settled(refusal.verdict, clip(text))
        rule = self._spec.refusals.classify(Signs(200, "json", None, text, self._worked))
        return Settled(rule.verdict, clip(text), rule.retry) if rule.words else None

    def ended(self, how: Closed | Broken) -> Settled:
        """Read how a connection ended."""
        if isinstance(how, Closed):
            said = self.refusal(how.reason)
            told = f"closed with {how.code}" + (f": {how.reason}" if how.reason else "")
            return said or Settled(Verdict.UNREACHABLE, clip(told), retry=True)
        if how.fault == "reset":
            return Settled(Verdict.UNREACHABLE, clip(how.detail), retry=True)
        return _strange(f"{how.fault}: {how.detail}" if how.fault == "protocol" else how.detail)


def _strange(what: str) -> Settled:
    return Settled(Verdict.UNREADABLE, clip(what))


class Ear:
    """Listens on one connection; ``other`` is the last JSON that came and is not documented."""

    def __init__(
        self, connection: Connection, stream: Stream, reader: Reader, hear: Callable[..., None]
    ) -> None:
        self._connection, self._reader, self._hear = connection, reader, hear
        self._heartbeat = stream.heartbeat
        self._clock = asyncio.get_running_loop().time
        self._due = self._clock() + self._heartbeat.every if self._heartbeat else float("inf")
        self._waiting: list[float] = []
        self._last = self._clock()
        self.pongs = 0
        self.other: str | None = None

    @property
    def pings(self) -> int:
        """How many heartbeats were answered, or had a whole period for it and were not."""
        period = self._heartbeat.every if self._heartbeat else 0.0
        return self.pongs + sum(self._clock() - sent >= period for sent in self._waiting)

    async def say(self, text: str) -> Settled | None:
        """Send a text."""
        self._hear("sent", text)
        how = await self._connection.send(text)
        return None if how is None else self._reader.ended(how)

    async def next(self, until: float) -> Push | Beat | Settled | None:
        """Return the next thing that matters, None where nothing came until then (the loop's clock)."""
        while (now := self._clock()) < until:
            if self._dead(now):
                self._waiting.clear()
                told = f"nothing came for {now - self._last:.0f} s, not even an answer to the heartbeat"
                return Settled(Verdict.UNREACHABLE, told, retry=True)
            if self._heartbeat and now >= self._due:
                self._due = max(self._due, now - 1.0) + self._heartbeat.every
                self._waiting.append(now)
                if (lost := await self.say(self._heartbeat.send)) is not None:
                    return lost
            came = await self._connection.receive(max(0.0, min(until, self._due) - self._clock()))
            if came is None:
                continue
            self._last = self._clock()
            self._hear("received", came)
            read = self._read(came)
            if read is not None:
                return read
        return None

    def _dead(self, now: float) -> bool:
        """Whether two heartbeats had a period each in which nothing at all came."""
        period = self._heartbeat.every if self._heartbeat else 0.0
        silent = [sent for sent in self._waiting if sent >= self._last and now - sent >= period]
        return len(silent) >= DEAF

    def _read(self, came: Incoming) -> Push | Beat | Settled | None:
        match came:
            case Text(text):
                if self._heartbeat and text.strip() == self._heartbeat.expect:
                    if self._waiting:
                        self._waiting.pop(0)
                        self.pongs += 1
                    return Beat()
                read = self._reader.text(text)
                if isinstance(read, str):
                    self.other = read
                    return None
                return read
            case Binary(size):
                return _strange(f"a binary message of {size:,} bytes")
            case _:
                return self._reader.ended(came)

    async def close(self) -> None:
        """Say goodbye."""
        await self._connection.close()

    def drop(self) -> None:
        """End the line at once."""
        self._hear("dropped", None)
        self._connection.drop()
