"""What a file has to do with the provider's stream. Where a description has no channels, nothing is found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from audit.model import Use
from audit.scan.atlas import HOLE
from audit.scan.facts import Function, Name, Span, walk

if TYPE_CHECKING:
    from audit.scan.source import Source
    from audit.scan.stream_addresses import Address, Key
    from audit.scan.stream_messages import Message, Named
    from audit.spec.channels import Channel

# A file without one of these, and without the host, says nothing of a stream.
_SPEAKS = (b"ws:", b"wss:", b"subscribe", b"websocket", b"web_socket")

# What sends something on a connection, by the last word of its name.
SENDING = re.compile(r"(?i)\A(?:a?send\w*|write\w*|text|add|emit|enqueue|offer)\Z")

MAX_MESSAGES, MAX_SPOTS = 200, 50


@dataclass(frozen=True)
class Heard:
    """The addresses, what is sent there, the channels that are asked for, and the keys, in file order.

    ``alone`` says that the file speaks to no other stream.
    """

    addresses: tuple[Address, ...] = ()
    messages: tuple[Message, ...] = ()
    named: tuple[Named, ...] = ()
    keys: tuple[Key, ...] = ()
    alone: bool = True

    @property
    def near(self) -> bool:
        """Whether an address is that of the stream, or meant to be; another host may serve something else."""
        return any(address.fault != "host" for address in self.addresses)

    @property
    def asks(self) -> bool:
        """Whether the file subscribes to anything."""
        return any(message.asks for message in self.messages)


def hear(source: Source) -> Heard:
    """Return what a file has to do with the stream; nothing where it does not speak of the provider."""
    if not source.evident or not _speaks(source):
        return Heard()
    stream = source.atlas.stream
    if stream is None:
        return Heard()
    # Few files come this far.
    from audit.scan.stream_addresses import addresses
    from audit.scan.stream_messages import passed, spoken

    found = addresses(source, stream)
    ties = _Ties(source, found.ours, found.others)
    # Where no address is told, a channel tells that a message is meant for this stream.
    possible = bool(found.ours) or not found.others
    said = [
        one
        for one in islice(spoken(source, stream), MAX_MESSAGES)
        if (possible and _is_known(one)) or (ties.holds(one) and (one.right or ties.sent(one)))
    ]
    asked = [name for message in said if message.asks for name in message.names]
    if found.ours or said:
        told = {name.channel.id for name in asked if name.channel}
        asked += [one for one in passed(source, stream) if one.channel and one.channel.id not in told]
    return Heard(
        found.ours,
        tuple(sorted(said, key=lambda one: one.anchor.start)),
        _once(asked),
        found.keys,
        not found.others,
    )


def _speaks(source: Source) -> bool:
    """Whether a file may say anything of a stream at all."""
    low = source.raw.lower()
    hosts = (name.encode() for name, host in source.atlas.hosts.items() if host.websocket)
    return any(word in low for word in (*_SPEAKS, *hosts))


def used(source: Source) -> Iterator[tuple[Use, Channel | None]]:
    """Yield the addresses of the stream and the channels that a file uses, as a Run tells of them."""
    for one in source.heard.addresses:
        url = one.url.replace(HOLE, "{}")
        yield _use(source, one.anchor, url, one.fault is None), None
    for named in source.heard.named:
        name, channel = named.name.replace(HOLE, "{}"), named.channel
        use = _use(source, named.anchor, name, channel is not None)
        if channel is not None:
            use = use.model_copy(update={"operation": channel.id, "min_plan": channel.min_plan})
        yield use, channel


def _use(source: Source, anchor: Span, path: str, known: bool) -> Use:
    line = source.lines.location(source.name, anchor.start).line or 1
    return Use(file=source.name, line=line, path=path, status="current" if known else "unknown")


def _is_known(message: Message) -> bool:
    """Whether a message asks for a channel of this stream, whoever else is spoken to."""
    return any(name.channel is not None for name in message.names)


def _once(named: Iterable[Named]) -> tuple[Named, ...]:
    found: dict[tuple[int, str], Named] = {}
    for one in named:
        found.setdefault((one.anchor.start, one.name), one)
    return tuple(sorted(found.values(), key=lambda one: (one.anchor.start, one.name)))


class _Ties:
    """Tells by where it stands to which of several streams a message goes."""

    def __init__(self, source: Source, ours: tuple[Address, ...], others: tuple[Address, ...]) -> None:
        self._source = source
        self._ours = [spot for one in ours for spot in one.spots][:MAX_SPOTS]
        self._others = [spot for one in others for spot in one.spots][:MAX_SPOTS]
        self._homes: dict[Span, tuple[int | None, str | None, str]] = {}

    def holds(self, message: Message) -> bool:
        """Whether a message goes to this stream; the nearest one is meant where nothing else tells."""
        if not self._ours or not self._others:
            return bool(self._ours)
        named = self._sender(message)
        if named is not None:
            return named
        home = self._home(message.anchor)

        def near(spot: Span) -> tuple[bool, bool, int]:
            there = self._home(spot)
            same = home[0] is not None and home[0] == there[0]
            owned = home[1] is not None and home[1] == there[1]
            return same or self._handed(home[2], spot), owned, -abs(spot.start - message.anchor.start)

        best = max(map(near, self._ours))
        # Within a function that has nothing to do with an address, how far it is tells nothing.
        tied = home[0] is None or best[0] or best[1]
        return tied and best > max(map(near, self._others))

    def sent(self, message: Message) -> bool:
        """Whether something sends a message; one for a page or a store is about something else."""
        held = {
            assign.target[-1]
            for assign in self._source.facts.assigns
            if assign.target and _in(message.anchor, [assign.value.span])
        }
        for call, _ in self._source.calls:
            if call.callee and SENDING.match(call.callee[-1]):
                given = (inner for argument in call.arguments for inner in walk(argument.value))
                if _in(message.anchor, [call.span]):
                    return True
                if held and any(isinstance(inner, Name) and inner.last in held for inner in given):
                    return True
        return False

    def _sender(self, message: Message) -> bool | None:
        """Whether what a message is sent with was opened on this stream; None where that is not told."""
        calls = [
            call
            for call, _ in self._source.calls
            if len(call.callee) > 1
            and call.span.start < message.anchor.start
            and message.anchor.end <= call.span.end
        ]
        if not calls:
            return None
        name = max(calls, key=lambda call: call.span.start).callee[:-1]
        opened = [
            assign.value.span for assign in self._source.facts.assigns if assign.target[-1:] == name[-1:]
        ]
        ours, others = (any(_in(spot, opened) for spot in spots) for spots in (self._ours, self._others))
        return ours if ours != others else None

    def _home(self, span: Span) -> tuple[int | None, str | None, str]:
        """Return the outermost function around a place, its class, and its name."""
        if span not in self._homes:
            around = [one for one in self._source.facts.functions if _holds(one, span)]
            outer = min(around, key=lambda one: one.span.start, default=None)
            owner = next((one.owner for one in around if one.owner), None)
            self._homes[span] = (outer.span.start, owner, outer.name) if outer else (None, None, "")
        return self._homes[span]

    def _handed(self, name: str, spot: Span) -> bool:
        """Whether a function is handed over together with an address, as a handler is."""
        for call, _ in self._source.calls:
            if name and call.span.start <= spot.start and spot.end <= call.span.end:
                given = (inner for argument in call.arguments for inner in walk(argument.value))
                if any(isinstance(inner, Name) and inner.last == name for inner in given):
                    return True
        return False


def _in(spot: Span, spans: list[Span]) -> bool:
    return any(span.start <= spot.start and spot.end <= span.end for span in spans)


def _holds(function: Function, span: Span) -> bool:
    return function.span.start <= span.start and span.end <= function.span.end
