"""What a program does after its connection to a stream broke: by which function leads to which."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from audit.scan.facts import Call, Function, Span, Text

if TYPE_CHECKING:
    from audit.scan.source import Source

MAX_EVENT = 20  # letters of the name of an event
MAX_PLACES = 200
HEAD = 300  # bytes of a function that its name stands in

# How a function is named where it is meant: as a method of its own object, or by itself.
_MENTION = re.compile(
    rb"(?:\b(?:self|this|Self|cls|[a-z]{1,2})\s*(?:\?\.|\.|::|->)\s*|@|\$this->|(?<![\w.>:$@-]))([A-Za-z_]\w*)"
)

_LOOP = re.compile(rb"(?m)^[ \t]*(?:'?\w+:[ \t]*)?(?:async[ \t]+)?(?:while|for|loop|until|do|repeat)\b[^\n]*")
_AGAIN = re.compile(r"(?i)run_?forever|reconnect(?:_?blocking)?")  # opens what was made once
_ENDED = re.compile(r"(?i)close|closing|error|fail|disconnect|retry|restart|re_?connect")
_BEGUN = re.compile(
    r"(?i)\A_*(?:(?:on|handle|when|ws)\w*?_?)?(?:open|opened|connect|connected|connection_?made|reconnection_?happened)\Z"
)
_AUTO = re.compile(
    rb"(?i)reconnecting_?websocket|partysocket|robust_?websocket|\breconnect\s*=\s*\d|isreconnectionenabled"
    rb"|reconnecttimeout|auto_?reconnect|with_?automatic_?reconnect|reconnection_?happened|dispatcher\s*=\s*rel\b"
)
_QUOTED = re.compile(rb'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'')


@dataclass(frozen=True)
class Revival:
    """What follows a break: whether the program connects again, and whether it subscribes then."""

    connects: bool
    subscribes: bool


class Life:
    """Follows what a program does after its connection broke, by which function leads to which."""

    def __init__(self, source: Source, opened: tuple[Call, ...]) -> None:
        self._source = source
        self._again = [
            call.span for call, _ in source.calls if call.callee and _AGAIN.fullmatch(call.callee[-1])
        ]
        self._opened = [*(call.span for call in opened), *self._again]
        self._functions = [one for one in source.facts.functions if one.name]

    @cached_property
    def _asked(self) -> list[Span]:
        """Where it subscribes: where the message stands, or what it was assigned to."""
        found = [message.anchor for message in self._source.heard.messages if message.asks]
        held = {
            assign.target[-1].encode()
            for assign in self._source.facts.assigns
            if assign.target and any(_within(one, assign.value.span) for one in found)
        }
        for name in sorted(held):
            places = re.finditer(rb"\b%b\b" % re.escape(name), self._text)
            found += [Span(*match.span()) for match in islice(places, MAX_PLACES)]
        return found

    def revival(self) -> Revival:
        """Return what follows a break."""
        opening = self._coming_to(self._opened)
        again = [region for region in self._regions(opening) if self._leads(region, self._opened, opening)]
        auto = _AUTO.search(self._source.raw) is not None
        if not again and not auto:
            return Revival(False, False)
        # Handlers of one object are called again where that object connects again, not where a new one does.
        same = auto or bool(self._again)
        asking = self._coming_to(self._asked)
        handlers = [*self._called(_BEGUN), *(self._attached(_BEGUN) if same else ())]
        first = any(self._leads(one, self._asked, asking) for one in handlers if not self._opens(one))
        # What subscribes elsewhere will do.
        unseen = [
            call.span
            for call, _ in self._source.calls
            if call.callee and "subscri" in call.callee[-1].lower() and call.callee[-1] not in self._named
        ]
        asked = [*self._asked, *unseen]
        asking = self._coming_to(asked)
        return Revival(True, first or any(self._leads(region, asked, asking) for region in again))

    def _regions(self, opening: set[str]) -> Iterator[Span]:
        """Yield the stretches of code that run again: loops, handlers of an end, functions that come back."""
        raw = self._source.raw
        for match in _LOOP.finditer(self._text):
            yield Span(match.start(), _block_end(raw, match))
        yield from self._called(_ENDED)
        yield from self._attached(_ENDED)
        for name in islice(sorted(opening), MAX_PLACES):
            for one in self._named[name]:
                if name in self._reached(one.span, opening):
                    yield one.span

    def _called(self, event: re.Pattern[str]) -> Iterator[Span]:
        """Yield what is called on an event for its name, or the name it is passed by."""
        for one in self._functions:
            if event.search(one.name) and not self._is_assigned(one):
                yield one.span
        for call, _ in self._source.calls:
            given = (one for one in call.arguments if one.name and event.search(one.name))
            yield from (one.value.span for one in given)

    def _attached(self, event: re.Pattern[str]) -> Iterator[Span]:
        """Yield what is attached to an event of an object: ``ws.on("close", …)``, ``ws.onclose = …``."""
        for call, _ in self._source.calls:
            first = call.arguments[0].value if call.arguments else None
            named = first.value if isinstance(first, Text) and len(first.value) < MAX_EVENT else ""
            # The second is ``client.Closed.Subscribe(…)``.
            if event.search(named) or event.search(".".join(call.callee[-2:-1])):
                yield self._with_block(call.span)
        put = [(one.name, one.span) for one in self._functions if self._is_assigned(one)]
        put += [(one.target[-1], one.value.span) for one in self._source.facts.assigns if one.target]
        yield from (span for name, span in put if name.lower().startswith("on") and event.search(name))

    def _is_assigned(self, function: Function) -> bool:
        return self._text[max(0, function.span.start - 9) : function.span.start].rstrip()[-1:] == b"="

    def _with_block(self, span: Span) -> Span:
        """Return a call with the block that follows it."""
        line = self._source.raw.find(b"\n", span.start)
        after = [
            one.span.end
            for one in self._source.facts.functions
            if not one.name and span.end <= one.span.start <= max(line, span.end)
        ]
        return Span(span.start, max([span.end, *after]))

    def _opens(self, span: Span) -> bool:
        return any(_within(one, span) for one in self._opened)

    def _leads(self, region: Span, places: list[Span], coming: set[str]) -> bool:
        """Whether a stretch of code holds one of some places, or names a function that comes to one."""
        return any(_within(one, region) for one in places) or not coming.isdisjoint(self._referred(region))

    def _coming_to(self, places: list[Span]) -> set[str]:
        """Return the functions that come to one of some places, in any number of steps."""
        ahead = {one.name for one in self._functions if any(_within(place, one.span) for place in places)}
        found: set[str] = set()
        while ahead:
            name = ahead.pop()
            found.add(name)
            ahead |= self._callers.get(name, set()) - found
        return found

    @cached_property
    def _callers(self) -> dict[str, set[str]]:
        """The functions that name a function, by its name."""
        found: dict[str, set[str]] = {}
        for one in self._functions:
            for name in self._referred(one.span):
                found.setdefault(name, set()).add(one.name)
        return found

    def _reached(self, region: Span, among: set[str]) -> set[str]:
        """Return which of some functions a stretch of code comes to by way of them."""
        found: set[str] = set()
        ahead = self._referred(region) & among
        while ahead:
            name = ahead.pop()
            found.add(name)
            for one in self._named[name]:
                ahead |= (self._referred(one.span) & among) - found
        return found

    def _referred(self, region: Span) -> set[str]:
        """Return the functions that a stretch of code names."""
        places, names = self._mentions
        return set(names[bisect_left(places, region.start) : bisect_left(places, region.end)])

    @cached_property
    def _mentions(self) -> tuple[list[int], list[str]]:
        """Where functions of the file are named, other than where they are defined, and which."""
        defined = {self._head(one) for one in self._functions}
        found = [
            (match.start(1), match[1].decode())
            for match in _MENTION.finditer(self._text)
            if match.start(1) not in defined
        ]
        found = [(at, name) for at, name in found if name in self._named]
        return [at for at, _ in found], [name for _, name in found]

    def _head(self, function: Function) -> int:
        """Return where a function is given its name: on the line before it, or within; -1 for neither."""
        name = rb"\b%b\s*" % re.escape(function.name.encode())
        start, end = function.span.start, min(function.span.end, function.span.start + HEAD)
        before = max(0, start - HEAD)
        match = re.search(name + rb"[(=<:][^;{}\n]*\Z", self._text[before:start])
        if match is not None:
            return before + match.start()
        match = re.compile(name + rb"[(=<:]").search(self._text, start, end)
        return match.start() if match is not None else -1

    @cached_property
    def _named(self) -> dict[str, list[Function]]:
        """The functions of the file by name."""
        found: dict[str, list[Function]] = {}
        for one in self._functions:
            found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def _text(self) -> bytes:
        """The file with its texts and comments blanked."""
        text = bytearray(self._source.raw)
        for comment in self._source.facts.comments:
            text[comment.span.start : comment.span.end] = b" " * (comment.span.end - comment.span.start)
        return _QUOTED.sub(lambda match: b" " * len(match[0]), bytes(text))


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _block_end(raw: bytes, match: re.Match[bytes]) -> int:
    """Return where the block below a line ends: with the first line that is indented no further."""
    indent = len(match[0]) - len(match[0].lstrip())
    at = match.end()
    while at < len(raw):
        end = raw.find(b"\n", at + 1)
        end = len(raw) if end < 0 else end
        line = raw[at + 1 : end]
        if line.strip() and len(line) - len(line.lstrip()) <= indent and not line.lstrip().startswith(b"{"):
            # The mark that ends a block stands where the block began; so does a branch of it.
            return end if line.strip()[:1] in (b"}", b")", b"]") or line.strip() == b"end" else at
        at = end
    return at
