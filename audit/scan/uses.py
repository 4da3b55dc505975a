"""Where a file relies on the API: each path it builds, with host, parameters, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from audit.scan.atlas import HOLE, Atlas, Host, Known
from audit.scan.facts import Call, Choice, Facts, Joined, Mapping, Name, Sequence, Span, Text, Value, children
from audit.scan.parameters import Parameters, from_call, from_parts, from_query, from_siblings
from audit.scan.strings import Pieces, Resolver, flat, is_builder, place_of

MAX_MEANINGS = 8

_URL = re.compile(r"(?i)\b(https?|wss?)://([^/\s\"'`<>?#\\]+)")
_PATH = re.compile(r"/?[A-Za-z0-9_\x00{}$.:-]+(?:/[A-Za-z0-9_\x00{}$.:-]+)+/?|/[A-Za-z0-9_\x00-]{6,}")
# A route as it stands in the text of a document, right before its path.
_ROUTE = re.compile(
    r"(?:@\w[\w.]*|\b(?:app|router|server|fastify|blueprint|bp)\.\w+)\(\s*(?:\w+\s*=\s*)?[\"'`]\Z"
)
# Who serves: a route of the reader's own program, not a request to anybody.
_SERVERS = {
    "app",
    "router",
    "server",
    "fastify",
    "blueprint",
    "bp",
    "mux",
    "route",
    "routes",
    "express",
    "api_router",
}
_SERVING = {"get", "post", "put", "delete", "patch", "route", "use", "all", "handle", "HandleFunc", "Handle",
            "add_url_rule", "MapGet", "MapPost", "add_api_route"}  # fmt: skip


@dataclass(frozen=True)
class Use:
    """One place that relies on the API.

    ``path`` is as written, without host and query; ``path_span`` is where it stands in one piece, so
    that it can be replaced, else None. ``anchor`` is where a reader should look. ``known`` are the
    meanings it may have; empty for a path nobody knows on a host of the API. ``certain`` is False
    where part of the path is only known when the program runs.
    """

    path: str
    anchor: Span
    path_span: Span | None
    host: Host | None
    known: tuple[Known, ...]
    parameters: Parameters
    scope: int
    call: Call | None
    certain: bool


@dataclass(frozen=True)
class HostUse:
    """A host of the API standing in the file; ``prefix_span`` covers host and version prefix together."""

    host: Host
    span: Span
    text: str


@dataclass
class Relied:
    """Everything one file relies on."""

    uses: list[Use] = field(default_factory=list)
    hosts: list[HostUse] = field(default_factory=list)


def find(facts: Facts, atlas: Atlas, resolver: Resolver, evident: bool) -> Relied:
    """Find every use in a file. ``evident``: the file names the provider, its host, header or key."""
    finder = _Finder(facts, atlas, resolver, evident)
    for scope, value in _roots(facts):
        finder.visit(value, scope, None)
    return finder.result()


def _roots(facts: Facts) -> Iterator[tuple[int, Value]]:
    yield from facts.values
    yield from ((assign.scope, assign.value) for assign in facts.assigns)
    yield from ((back.scope, back.value) for back in facts.returns)
    yield from ((loop.scope, loop.values) for loop in facts.loops)
    for function in facts.functions:
        yield from ((function.parent, p.default) for p in function.parameters if p.default is not None)


@dataclass(frozen=True)
class _Around:
    """What a text stands in: the call it is an argument of, or the entry of a mapping."""

    call: Call | None = None
    mapping: Mapping | None = None


class _Finder:
    def __init__(self, facts: Facts, atlas: Atlas, resolver: Resolver, evident: bool) -> None:
        self._facts = facts
        self._atlas = atlas
        self._resolver = resolver
        self._evident = evident
        self._uses: dict[tuple[int, int, str, int], Use] = {}
        self._bare: dict[tuple[int, int, str], Use] = {}
        self._hosts: dict[int, HostUse] = {}

    def result(self) -> Relied:
        called = {(use.anchor.start, use.anchor.end, _what(use)) for use in self._uses.values()}
        uses = list(self._uses.values())
        uses += [use for place, use in self._bare.items() if place not in called]
        uses.sort(key=lambda use: (use.anchor.start, use.call.span.start if use.call else 0))
        return Relied(_distinct(uses), [self._hosts[start] for start in sorted(self._hosts)])

    def visit(self, value: Value, scope: int, around: _Around | None) -> None:
        """Walk a value; texts that bear a path become uses, everything else is walked further."""
        stack: list[tuple[Value, int, _Around | None]] = [(value, scope, around)]
        while stack:
            current, here, outer = stack.pop()
            match current:
                case Text() | Joined():
                    self._text(current, here, outer)
                    if isinstance(current, Joined):
                        stack += [(part, here, None) for part in current.parts if not isinstance(part, Text)]
                case Call():
                    inside = current.scope or here
                    if self._serves(current):
                        continue
                    if current.callee and self._builds(current):
                        self._text(current, inside, outer)
                    else:
                        self._arguments(current, inside)
                    stack += self._inside(current, inside)
                case Mapping(pairs):
                    stack += [(pair.value, here, _Around(mapping=current)) for pair in reversed(pairs)]
                case Sequence(items):
                    stack += [(item, here, outer) for item in reversed(items)]
                case Choice(options):
                    stack += [(option, here, outer) for option in reversed(options)]
                case _:
                    stack += [(child, here, None) for child in reversed(list(children(current)))]

    def _inside(self, call: Call, scope: int) -> Iterator[tuple[Value, int, _Around | None]]:
        """Yield what is inside a call. A template alone is no path: what it comes to has been read."""
        builds = bool(call.callee) and self._builds(call)
        if call.receiver is not None and not (builds and isinstance(call.receiver, Text)):
            yield call.receiver, scope, None
        for argument in reversed(call.arguments):
            if not (builds and isinstance(argument.value, Text)):
                yield argument.value, scope, _Around(call=call)

    def _serves(self, call: Call) -> bool:
        """Whether a call declares a route of the reader's own program."""
        return (
            len(call.callee) >= 2
            and call.callee[-1] in _SERVING
            and call.callee[-2].lower() in _SERVERS
            and len(call.arguments) >= 1
        )

    def _builds(self, call: Call) -> bool:
        """Whether a call puts a text together rather than sending it."""
        return is_builder(call)

    def _arguments(self, call: Call, scope: int) -> None:
        """Follow names that are passed: the path may have been put together elsewhere."""
        for index, argument in enumerate(call.arguments[:4]):
            if isinstance(argument.value, Name):
                values = self._resolver.values_of(argument.value, scope)
                whole = values[0] if len(values) == 1 else None
                for pieces in self._resolver.texts(argument.value, scope):
                    if flat(pieces) != HOLE:
                        self._record(pieces, argument.value.span, scope, _Around(call=call), index, whole)

    def _text(self, value: Value, scope: int, around: _Around | None) -> None:
        for pieces in self._resolver.texts(value, scope):
            self._record(pieces, value.span, scope, around, None, value)

    def _record(
        self,
        pieces: Pieces,
        span: Span,
        scope: int,
        around: _Around | None,
        index: int | None,
        whole: Value | None = None,
    ) -> None:
        text = flat(pieces)
        self._note_hosts(pieces, text)
        for found in self._paths(text):
            use = self._use(found, pieces, span, scope, around)
            if use is None:
                continue
            if use.parameters.open and not use.parameters.given and isinstance(whole, Joined):
                given = from_parts(whole, self._resolver, scope)
                use = replace(use, parameters=given) if given.given else use
            place = (use.anchor.start, use.anchor.end, _what(use))
            if use.call is not None or use.parameters.known:
                key = (*place, use.call.span.start if use.call else 0)
                earlier = self._uses.get(key)
                if earlier is None or len(earlier.parameters.given) < len(use.parameters.given):
                    self._uses[key] = use
            else:
                self._bare.setdefault(place, use)

    def _note_hosts(self, pieces: Pieces, text: str) -> None:
        for match in _URL.finditer(text):
            host = self._atlas.hosts.get(match[2].lower().split("@")[-1].split(":")[0])
            place = place_of(pieces, match.start(2), match.end(2)) if host else None
            if host is not None and place is not None:
                self._hosts.setdefault(place.start, HostUse(host, place, match[2]))

    def _paths(self, text: str) -> Iterator[tuple[int, int, Host | None]]:
        """Yield where a path stands in a text, and the host before it; other people's hosts are left out."""
        at = 0
        for match in _URL.finditer(text):
            yield from self._loose(text, at, match.start())
            host = self._atlas.hosts.get(match[2].lower().split(":")[0])
            end = _path_end(text, match.end())
            if (host is not None or set(match[2]) <= {HOLE}) and end > match.end() + 1:
                yield match.end(), end, host
            at = end
        yield from self._loose(text, at, len(text))

    def _loose(self, text: str, start: int, end: int) -> Iterator[tuple[int, int, Host | None]]:
        for match in _PATH.finditer(text, start, end):
            if match.start() and text[match.start() - 1] in "@.~":
                continue
            if _ROUTE.search(text, max(0, match.start() - 80), match.start()):
                continue
            yield match.start(), match.end(), None

    def _use(
        self,
        found: tuple[int, int, Host | None],
        pieces: Pieces,
        span: Span,
        scope: int,
        around: _Around | None,
    ) -> Use | None:
        start, end, host = found
        text = flat(pieces)
        path = text[start:end]
        lead = len(path) - len(path.lstrip(HOLE))
        if host is None and lead and path[lead:].startswith("/"):
            # "{BASE}/futures/…": the base is a hole, the path begins behind it.
            start, path = start + lead, path[lead:]
        path = path.rstrip(".,;:)")
        end = start + len(path)
        known = self._meanings(path, host)
        if known is None:
            return None
        place = place_of(pieces, start, end)
        anchor = place or _main_place(pieces, start, end, span) or span
        call = around.call if around else None
        if call is None and host is None and not lead and path[:1] != "/" and not (around and around.mapping):
            return None  # words with slashes between them, such as a class of a style sheet
        parameters = from_query(pieces, end)
        if call is not None:
            parameters = parameters.joined(from_call(call, span, self._resolver, scope))
        elif around is not None and around.mapping is not None:
            parameters = parameters.joined(from_siblings(around.mapping, self._resolver, scope))
        certain = HOLE not in path and len(known) <= 1
        return Use(path, anchor, place, host, known, parameters, scope, call, certain)

    def _meanings(self, path: str, host: Host | None) -> tuple[Known, ...] | None:
        """Return what a path means; None where it is none of this API's."""
        bare = path.strip("/")
        if not bare.replace(HOLE, "").strip("/") or (host is None and "/" not in bare):
            return None
        if HOLE in path:
            return self._holed(path, host)
        if self._atlas.is_base(path):
            return None
        known = self._atlas.look_up(path)
        if known is None:
            return () if host is not None and not host.websocket and "/" in bare else None
        if host is not None or self._evident or known.distinctive:
            return (known,)
        return None

    def _holed(self, path: str, host: Host | None) -> tuple[Known, ...] | None:
        """Return what a path with a part missing may mean; None where that could be anything."""
        told = [part for part in path.split("/") if len(part.replace(HOLE, "")) >= 4]
        if not told or self._atlas.is_base("/".join(told)) or (host is None and not self._evident):
            return None
        found = self._atlas.matching(path)
        return tuple(found) if 0 < len(found) <= MAX_MEANINGS else None


def _what(use: Use) -> str:
    """What a use means, however its path is spelled."""
    return " ".join(known.path for known in use.known) or use.path


def _distinct(uses: list[Use]) -> list[Use]:
    """Leave out what says the same of the same place; what is seen in a call tells more than a bare text."""
    found: dict[tuple[Span, str, tuple[tuple[str, str | None], ...]], Use] = {}
    for use in uses:
        key = (use.anchor, _what(use), tuple((param.name, param.value) for param in use.parameters.given))
        if key not in found or (found[key].call is None and use.call is not None):
            found[key] = use
    return list(found.values())


def _path_end(text: str, start: int) -> int:
    match = re.compile(r"[^\s\"'`<>?#,;)\]|\\]*").match(text, start)
    return match.end() if match else start


def _main_place(pieces: Pieces, start: int, end: int, around: Span) -> Span | None:
    """Return the literal piece that most of a stretch stands in; one right here goes first."""
    best: tuple[bool, int] = (False, 0)
    found = None
    at = 0
    for piece in pieces:
        shared = min(end, at + len(piece.text)) - max(start, at)
        if piece.span is not None and shared > 0 and piece.text.strip("/ "):
            here = around.start <= piece.span.start < around.end
            if (here, shared) > best:
                best, found = (here, shared), piece.span
        at += len(piece.text)
    return found
