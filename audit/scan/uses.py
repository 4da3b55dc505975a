"""Where a file relies on the API: each path it builds, with host, parameters, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from audit.scan.atlas import HOLE, Atlas, Host, Known
from audit.scan.company import Company, Key, keys_of
from audit.scan.facts import (
    Call,
    Choice,
    Facts,
    Joined,
    Mapping,
    Name,
    Pair,
    Sequence,
    Span,
    Text,
    Value,
    children,
    roots,
)
from audit.scan.parameters import Parameters, from_call, from_parts, from_query, from_siblings
from audit.scan.paths import URL, paths
from audit.scan.pieces import Pieces, flat, main_place, place_of, within
from audit.scan.serving import Serving
from audit.scan.strings import Resolver, is_builder
from audit.scan.tables import is_lookup

MAX_MEANINGS = 8
MIN_TOLD = 9  # letters of a path with a part missing and no host

# What stands for a base in front of a path: a hole, or a variable of a template that nobody fills here.
_VARIABLE = re.compile(r"(?:\x00+|\{\{?[\w.$ -]+\}?\}|\$\{?\w+\}?|%\w+%)(?=/)")
# A path of one segment, without a slash.
_WORD = re.compile(r"[A-Za-z][\w-]*(?=\??\Z|\?\w)")
# A segment that a router or a reader puts something in.
_PART = re.compile(r"(?<=/)(?::\w+\*?|\*+|\$?\{[^/]*\}|\$\w+|<[^/]*>)")


@dataclass(frozen=True)
class Use:
    """One place that relies on the API.

    ``path`` is as written, without host and query; ``path_span`` is where it stands in one piece, so
    that it can be replaced, else None. ``anchor`` is where a reader should look. ``known`` are the
    meanings it may have; empty for a path nobody knows on a host of the API. ``certain`` is False
    where part of the path is only known when the program runs. ``here`` is False for a path that stands
    in another file, which tells of it itself. ``chosen`` says that the path is one of several in a table,
    so what is sent with it is sent with the others, too.
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
    here: bool = True
    chosen: bool = False


@dataclass(frozen=True)
class HostUse:
    """A host of the API standing in the file; ``certain`` is False for one in a comment."""

    host: Host
    span: Span
    text: str
    certain: bool = True


@dataclass
class Relied:
    """Everything one file relies on."""

    uses: list[Use] = field(default_factory=list)
    hosts: list[HostUse] = field(default_factory=list)


def find(facts: Facts, atlas: Atlas, resolver: Resolver, evident: bool) -> Relied:
    """Find every use in a file. ``evident``: the file names the provider, its host, header or key."""
    finder = _Finder(facts, atlas, resolver, evident)
    for scope, value in (*roots(facts), *finder.requests()):
        finder.visit(value, scope, None)
    return finder.result()


@dataclass(frozen=True)
class _Around:
    """What a text stands in: the call it is an argument of, or the entry of a mapping, and what tables."""

    call: Call | None = None
    mapping: Mapping | None = None
    tables: tuple[Span, ...] = ()

    def inside(self, table: Mapping | Sequence) -> tuple[Span, ...]:
        """Return the tables of what stands in one: that one, and the one around it."""
        return (table.span, *self.tables[:1])


class _Finder:
    def __init__(self, facts: Facts, atlas: Atlas, resolver: Resolver, evident: bool) -> None:
        self._facts = facts
        self._atlas = atlas
        self._resolver = resolver
        self._evident = evident
        self._serving = Serving(facts, resolver)
        self._company = Company(facts, atlas, resolver)
        self._beside: list[tuple[tuple[Key, ...], Use]] = []
        self._uses: dict[tuple[int, int, str, int], Use] = {}
        self._bare: dict[tuple[int, int, str], Use] = {}
        self._hosts: dict[int, HostUse] = {}

    def requests(self) -> Iterator[tuple[int, Value]]:
        """Yield what asks for a path without being an expression of the file."""
        return self._serving.requests()

    def result(self) -> Relied:
        called = {(use.anchor.start, use.anchor.end, _what(use)) for use in self._uses.values()}
        uses = list(self._uses.values())
        uses += [use for place, use in self._bare.items() if place not in called]
        uses += [use for keys, use in self._beside if self._company.keeps(keys, use.path)]
        uses.sort(key=lambda use: (use.anchor.start, use.call.span.start if use.call else 0))
        hosts = [self._hosts[start] for start in sorted(self._hosts)]
        # A path without a host goes to the one that the file names, if that is one alone.
        named = {one.host.name: one.host for one in hosts if not one.host.websocket}
        sole = next(iter(named.values())) if len(named) == 1 else None
        return Relied([replace(use, host=use.host or sole) for use in _distinct(uses)], hosts)

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
                    if self._serving.serves(current, inside):
                        stack += [(one.value, inside, None) for one in reversed(current.arguments[1:])]
                        continue
                    if current.callee and is_builder(current):
                        self._text(current, inside, outer)
                    else:
                        self._arguments(current, inside)
                    stack += self._inside(current, inside)
                case Mapping(pairs):
                    for key in _path_keys(pairs):
                        self._text(key, here, None)
                    within = _Around(mapping=current, tables=(outer or _Around()).inside(current))
                    stack += [(pair.value, here, within) for pair in reversed(pairs)]
                case Sequence(items):
                    among = replace(outer or _Around(), tables=(outer or _Around()).inside(current))
                    stack += [(item, here, among) for item in reversed(items)]
                case Choice(options):
                    stack += [(option, here, outer) for option in reversed(options)]
                case _:
                    stack += [(child, here, None) for child in reversed(list(children(current)))]

    def _inside(self, call: Call, scope: int) -> Iterator[tuple[Value, int, _Around | None]]:
        """Yield what is inside a call. A template alone is no path: what it comes to has been read."""
        builds = bool(call.callee) and is_builder(call)
        if call.receiver is not None and not (builds and isinstance(call.receiver, Text)):
            yield call.receiver, scope, None
        for argument in reversed(call.arguments):
            if not (builds and isinstance(argument.value, Text)):
                yield argument.value, scope, None if builds else _Around(call=call)

    def _arguments(self, call: Call, scope: int) -> None:
        """Follow names that are passed: the path may have been put together elsewhere."""
        for argument in call.arguments[:4]:
            value = argument.value
            if isinstance(value, Name) or is_lookup(value):
                values = self._resolver.values_of(value, scope) if isinstance(value, Name) else []
                whole = values[0] if len(values) == 1 else None
                for pieces in self._own(self._resolver.texts(value, scope)):
                    if flat(pieces) != HOLE:
                        self._record(pieces, value.span, scope, _Around(call=call), whole)

    def _text(self, value: Value, scope: int, around: _Around | None) -> None:
        sent = self._evident and around is not None and around.call is not None
        if isinstance(value, Text) and "/" not in value.value and not (sent and _WORD.match(value.value)):
            return  # as most texts of a file are: no path, nor a word that is put behind one
        for pieces in self._own(self._resolver.texts(value, scope)):
            self._record(pieces, value.span, scope, around, value)

    def _own(self, texts: list[Pieces]) -> list[Pieces]:
        """Leave out what has no base where another of the texts has somebody else's."""
        hosts = [match[2].lower() for pieces in texts if (match := URL.match(flat(pieces)))]
        if not hosts or any(host.split(":")[0] in self._atlas.hosts or HOLE in host for host in hosts):
            return texts
        return [pieces for pieces in texts if not flat(pieces).startswith(HOLE)]

    def _record(
        self, pieces: Pieces, span: Span, scope: int, around: _Around | None, whole: Value | None = None
    ) -> None:
        text = flat(pieces)
        self._note_hosts(pieces, text)
        for found in [*paths(text, self._atlas.hosts)] or self._word(text, span, scope, around):
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

    def _word(
        self, text: str, span: Span, scope: int, around: _Around | None
    ) -> list[tuple[int, int, Host | None]]:
        """Return where a single word is a path, for it is put behind a host of the API and a slash."""
        word = _WORD.match(text)
        if word is None or around is None or around.call is None or not self._evident:
            return []
        before = self._company.asks(around.call, span, scope)
        return [(0, word.end(), None)] if before is not None and before.endswith("/") else []

    def _note_hosts(self, pieces: Pieces, text: str) -> None:
        for match in URL.finditer(text):
            host = self._atlas.host(match[1], match[2])
            place = place_of(pieces, match.start(2), match.end(2)) if host else None
            if host is not None and place is not None:
                self._hosts.setdefault(place.start, HostUse(host, place, match[2]))

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
        base = _VARIABLE.match(path)
        lead = base.end() if base else 0
        if host is None and lead:
            # "{BASE}/futures/…": the base is a hole, the path begins behind it.
            start, path = start + lead, path[lead:]
        start += len(path) - len(path.lstrip("/")) - 1 if path.startswith("//") else 0
        path = re.sub(r"\A/+", "/", path).rstrip(".,;:)")
        end = start + len(path)
        call = around.call if around else None
        keys = keys_of(call, around.tables) if around and host is None else ()
        plain = host is None and found[0] == 0 and self._evident and HOLE not in path
        before = self._company.asks(call, span, scope) if plain and call is not None else None
        known = self._below(before, path) if before is not None else None
        if not known:
            alone = self._meanings(path, host)
            known = known if alone is None else alone
        beside = known is None and plain and bool(keys) and self._is_path(path)
        if known and HOLE not in path:
            self._company.joins(keys, path)
        if known is None and not beside:
            return None
        known, whole = known or (), path if known else f"{before or ''}{path}"
        place = place_of(pieces, start, end)
        anchor = place or main_place(pieces, start, end, span) or span
        loose = call is None and host is None and not lead and path[:1] != "/"
        if loose and not (around and around.mapping) and not self._is_prose(known):
            return None  # words with slashes between them, such as a class of a style sheet
        parameters = from_query(pieces, end)
        if call is not None:
            given = from_call(call, span, self._resolver, scope)
            if before:
                given = given.without(self._company.leading(call))
            parameters = parameters.joined(
                given if _fits(given, known, self._atlas.parameter_words) else Parameters()
            )
        elif around is not None and around.mapping is not None and not parameters.given:
            beside_it = from_siblings(around.mapping, self._resolver, scope)
            parameters = parameters.joined(self._told(beside_it, known))
        certain = HOLE not in path and len(known) <= 1 and not beside
        made = [*within(pieces, start, end)]
        here = place is not None or any(piece.here for piece in made)
        chosen = any(piece.chosen for piece in made)
        use = Use(whole, anchor, place, host, known, parameters, scope, call, certain, here, chosen)
        if beside:
            self._beside.append((keys, use))
            return None
        return use

    def _told(self, given: Parameters, known: tuple[Known, ...]) -> Parameters:
        """Return what a document lists below a path without its fields, which it may list as well."""
        if self._facts.language != "markdown" or not given.open:
            return given
        names = _names(known)
        for one in known:
            names |= set(self._atlas.legacy.renamed.get(one.path, ()))
        return replace(given, given=tuple([param for param in given.given if param.name in names]))

    def _below(self, before: str, path: str) -> tuple[Known, ...] | None:
        """Return what a path means behind what is put before it; None where that could be anything."""
        whole = before + path
        if HOLE in whole:
            found = self._atlas.matching(whole)
            return tuple(found) if 0 < len(found) <= MAX_MEANINGS else None
        looked = self._atlas.look_up(whole)
        return (looked,) if looked else ()

    def _is_path(self, path: str) -> bool:
        """Whether an unknown text may be a whole path of the API, if what stands beside it is."""
        return path[:1] == "/" and "/" in path.strip("/") and not self._atlas.is_base(path)

    def _is_prose(self, known: tuple[Known, ...]) -> bool:
        """Whether a path may stand without a slash before it, as in the text of a document."""
        return self._facts.language in ("markdown", "text") and bool(known) and known[0].distinctive

    def _meanings(self, path: str, host: Host | None) -> tuple[Known, ...] | None:
        """Return what a path means; None where it is none of this API's."""
        bare = path.strip("/")
        if not bare.replace(HOLE, "").strip("/") or (host is None and not set(bare) & {"/", "-"}):
            return None
        if HOLE in path:
            return self._holed(path, host)
        if self._atlas.is_base(path):
            return None
        known = self._atlas.look_up(path)
        if known is None:
            return self._unknown(path, host)
        # A single word tells too little of where it belongs, unless it is one of today's.
        told = self._evident and ("/" in bare or known.operation is not None)
        return (known,) if host is not None or told or known.distinctive else None

    def _unknown(self, path: str, host: Host | None) -> tuple[Known, ...] | None:
        """Return what a path that nobody knows may mean: nothing at all on a host of the API."""
        if _PART.search(path):
            return self._holed(_PART.sub(HOLE, path), host)
        named = host is not None and not host.websocket
        return () if named and "/" in path.strip("/") else None

    def _holed(self, path: str, host: Host | None) -> tuple[Known, ...] | None:
        """Return what a path with a part missing may mean; None where that could be anything."""
        told = [part for part in path.split("/") if len(part.replace(HOLE, "")) >= 4]
        if not told or self._atlas.is_base("/".join(told)) or (host is None and not self._evident):
            return None
        if host is None and len("".join(told)) < MIN_TOLD:
            return None
        found = self._atlas.matching(path)
        return tuple(found) if 0 < len(found) <= MAX_MEANINGS else None


def _path_keys(pairs: tuple[Pair, ...]) -> Iterator[Text]:
    """Yield the keys that are paths, as those of a description of an API are."""
    for pair in pairs:
        if pair.key and pair.key_span and pair.key.startswith("/"):
            yield Text(pair.key, pair.key_span, pair.key_span)


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


def _names(known: tuple[Known, ...]) -> set[str]:
    """Return the names of the parameters that a path takes, or once took."""
    names = {name for one in known for route in one.routes for name in route.params}
    return names | {p.name for one in known if one.operation for p in one.operation.parameters}


def _fits(parameters: Parameters, known: tuple[Known, ...], usual: tuple[str, ...]) -> bool:
    """Whether what stands beside a path are parameters: options of a function share no name with them."""
    if not parameters.given or any(param.certain for param in parameters.given):
        return True
    names = _names(known)
    return any(param.name in names or param.name.lower().startswith(usual) for param in parameters.given)
