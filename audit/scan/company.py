"""Which paths belong to the API though no document knows them: by what asks them, or stands beside them.

Such a path is somebody's own unless the file shows whose it is: it goes to a function
that puts it behind a host of the API, or to a client made with one or with the key; or it stands among
several known paths, in one table or before one function, and begins as they do.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from audit.scan.atlas import HOLE, Atlas
from audit.scan.facts import Call, Facts, Function, Joined, Mapping, Name, Span, Text, Value, roots, walk
from audit.scan.pieces import flat
from audit.scan.strings import Resolver, is_builder

MAX_DEPTH = 3
ENOUGH, ENOUGH_LOOSE = 2, 3  # known paths that make company: alike in two segments, or in one
MANY = 8  # known paths in one table that leave no doubt what it is about

_URL = re.compile(r"(?i)https?://([^/\s\"'`<>?#\\:\x00]+)")
# Who sends anything anywhere: such a call says nothing of a path without a host.
_ANYONE = re.compile(
    r"(?i)(?:window\.|globalThis\.)?(?:fetch|axios|requests?|https?|httpx|superagent|got|ky|\$)(?:\.\w+)?"
)

# A table that paths stand in, or the name of what they are given to.
Key = Span | tuple[str, ...]


@dataclass(frozen=True)
class _Lead:
    """What a function puts before a path behind the host; ``parts`` are what it is made of, host included."""

    text: str
    parts: tuple[Value, ...] = ()
    scope: int = 0


class Company:
    """Tells whose a path is, from the file alone."""

    def __init__(self, facts: Facts, atlas: Atlas, resolver: Resolver) -> None:
        self._atlas = atlas
        self._resolver = resolver
        self._facts = facts
        self._headers = {atlas.key_header.lower(), *atlas.old_headers}
        self._taken: dict[tuple[int, str], _Lead | None] = {}
        self._clients: dict[tuple[tuple[str, ...], int], bool] = {}
        self._heads: dict[Key, list[list[str]]] = {}

    # By what asks.

    def asks(self, call: Call, given: Span, scope: int, depth: int = 0) -> str | None:
        """Return what the API's host and a call put before a path given to it; None where it is not asked.

        The answer is a path, perhaps empty, with a hole for what is only known when the program runs.
        """
        if not call.callee or depth > MAX_DEPTH:
            return None
        for index, argument in enumerate(call.arguments):
            at = argument.value.span
            if at.start <= given.start and given.end <= at.end:
                for function in self._resolver.functions(call.callee[-1]):
                    for name in (argument.name,) if argument.name else function.takes(index):
                        lead = self._puts_before(function, name, depth)
                        if lead is not None:
                            return self._bound(lead, function, call, scope)
        is_client = len(call.callee) > 1 and self._is_client(Name(call.callee[:-1], call.span), scope)
        return "" if is_client else None

    def leading(self, call: Call) -> frozenset[str]:
        """Return the parameters of what is called that become a part of the path, so none of the query."""
        scopes = {function.scope for function in self._resolver.functions(call.callee[-1])}
        leads = [lead for (scope, _), lead in self._taken.items() if scope in scopes and lead is not None]
        return frozenset(
            part.path[0]
            for lead in leads
            for part in lead.parts
            if isinstance(part, Name) and len(part.path) == 1
        )

    def _is_client(self, holder: Name, scope: int) -> bool:
        """Whether what a method is called on was made with a host of the API, or with its key."""
        key = (holder.path, scope)
        if key not in self._clients:
            self._clients[key] = self._is_made_for_it(holder, scope)
        return self._clients[key]

    def _is_made_for_it(self, holder: Name, scope: int) -> bool:
        for made in self._resolver.values_of(holder, scope):
            if not isinstance(made, Call):
                continue
            for argument in made.arguments:
                for inner in walk(argument.value):
                    keys = [pair.key or "" for pair in inner.pairs] if isinstance(inner, Mapping) else []
                    if any(key.lower() in self._headers for key in keys):
                        return True
                    if isinstance(inner, Name | Text | Joined) and self._address(inner, scope) is not None:
                        return True
        return False

    def _address(self, value: Value, scope: int) -> str | None:
        """Return what follows the API's host in a text; None where it may be somebody else's."""
        texts = map(flat, self._resolver.texts(value, scope))
        found = [(match[1].lower(), text[match.end() :]) for text in texts if (match := _URL.match(text))]
        hosts = [self._atlas.hosts.get(host) for host, _ in found]
        if not found or any(host is None or host.websocket for host in hosts):
            return None
        return found[0][1]

    def _bound(self, lead: _Lead, function: Function, call: Call, scope: int) -> str:
        """Return what stands before a path where the call gives other parts of it, too."""
        given: dict[str, Value] = {}
        for index, argument in enumerate(call.arguments):
            for name in (argument.name,) if argument.name else function.takes(index):
                given[name] = argument.value
        inner = [
            part.path[0] if isinstance(part, Name) and len(part.path) == 1 else "" for part in lead.parts
        ]
        if not any(name in given for name in inner):
            return lead.text
        text = ""
        for name, part in zip(inner, lead.parts, strict=True):
            told = self._resolver.texts(given.get(name, part), scope if name in given else lead.scope)
            text += flat(told[0]) if len(told) == 1 else HOLE
        match = _URL.match(text)
        return text[match.end() :] if match else lead.text

    def _puts_before(self, function: Function, name: str, depth: int) -> _Lead | None:
        """Return what a function puts before one of its parameters, itself or by what it hands it to."""
        key = (function.scope, name)
        if key not in self._taken:
            self._taken[key] = None  # a function that calls itself
            tried = (self._before(value, name, scope, depth) for value, scope in self._inside(function))
            self._taken[key] = next((lead for lead in tried if lead is not None), None)
        return self._taken[key]

    @cached_property
    def _roots(self) -> list[tuple[int, Value]]:
        return sorted(roots(self._facts), key=lambda found: found[1].span.start)

    @cached_property
    def _starts(self) -> list[int]:
        return [root.span.start for _, root in self._roots]

    def _inside(self, function: Function) -> Iterator[tuple[Value, int]]:
        first = bisect_left(self._starts, function.span.start)
        last = bisect_left(self._starts, function.span.end)
        for scope, root in self._roots[first:last]:
            if root.span.end <= function.span.end:
                yield from ((value, scope) for value in walk(root))

    def _before(self, value: Value, name: str, scope: int, depth: int) -> _Lead | None:
        if isinstance(value, Joined):
            at = next((at for at, part in enumerate(value.parts) if _is_name(part, name)), 0)
            if any(isinstance(part, Text) and "/" in part.value for part in value.parts[at + 1 :]):
                return None  # a part of what stands before the path
            parts = value.parts[:at]
            address = self._address(Joined(parts, value.span), scope) if parts else None
            return _Lead(address, parts, scope) if address is not None else None
        if not isinstance(value, Call):
            return None
        for argument in value.arguments:
            if _is_name(argument.value, name):
                if is_builder(value):
                    return _Lead("") if self._address(value, scope) is not None else None
                before = self.asks(value, argument.value.span, value.scope or scope, depth + 1)
                return _Lead(before) if before is not None else None
        return None

    # By what stands beside.

    def joins(self, keys: tuple[Key, ...], path: str) -> None:
        """Note a known path before a function or in a table."""
        for key in keys:
            self._heads.setdefault(key, []).append(self._segments(path))

    def keeps(self, keys: tuple[Key, ...], path: str) -> bool:
        """Whether a path begins as the known ones do that stand with it."""
        mine = self._segments(path)
        for key in keys:
            told = self._heads.get(key, [])
            if len(told) >= ENOUGH and mine[:2] in [one[:2] for one in told]:
                return True
            # One function may be asked for paths of several providers, a table is seldom about two.
            alike = sum(one[:1] == mine[:1] for one in told)
            if isinstance(key, Span) and alike >= (1 if len(told) >= MANY else ENOUGH_LOOSE):
                return True
        return False

    def _segments(self, path: str) -> list[str]:
        """The segments of a path behind the prefix of its version."""
        low = path.lower()
        prefix = next((one for one in self._atlas.prefixes if low.startswith(one.lower() + "/")), "")
        return low[len(prefix) :].strip("/").split("/")


def keys_of(call: Call | None, tables: tuple[Span, ...]) -> tuple[Key, ...]:
    """Return what a path stands in: the call it is given to, unless anybody may be asked so, and tables."""
    callee = call.callee if call is not None and not _ANYONE.fullmatch(".".join(call.callee)) else ()
    return (*tables, callee) if callee else tables


def _is_name(value: Value, name: str) -> bool:
    return isinstance(value, Name) and value.path == (name,)
