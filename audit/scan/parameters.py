"""The parameters that go with a path: in its query, in the call that sends it, or beside it in a table."""

from __future__ import annotations

from dataclasses import dataclass

from audit.scan.atlas import HOLE
from audit.scan.facts import Argument, Call, Joined, Mapping, Name, Pair, Read, Sequence, Span, Text, Value
from audit.scan.strings import Pieces, Resolver, flat, place_of

_NESTED = {"params", "query", "searchparams", "qs", "queryparameters", "query_params", "search_params"}
_OPTIONS = {
    *("headers", "header", "timeout", "method", "body", "auth", "cookies", "proxies", "verify", "stream"),
    *(
        "retries",
        "signal",
        "cache",
        "responsetype",
        "baseurl",
        "url",
        "next",
        "agent",
        "sleep_seconds",
        "http2",
    ),
}
_BUILDERS = {
    *("dict", "URLSearchParams", "urlencode", "http_build_query", "stringify", "Values", "mapOf", "of"),
    *("HashMap", "from", "OrderedDict", "queryParams"),
}


@dataclass(frozen=True)
class Param:
    """One parameter as written. ``value`` is None where it is only known when the program runs.

    ``name_span`` and ``value_span`` cover name and value where they can be edited in place.
    ``fixed`` is False for a value that is only a default or one of several.
    """

    name: str
    name_span: Span | None
    value: str | None
    value_span: Span | None
    fixed: bool = True


@dataclass(frozen=True)
class Parameters:
    """The parameters of one use. ``known`` says that there is a place for them and all of it is told.

    ``holder`` is the mapping they stand in, where one could be added.
    """

    given: tuple[Param, ...] = ()
    known: bool = False
    open: bool = False
    holder: Mapping | None = None

    def joined(self, other: Parameters) -> Parameters:
        """Return both together; what is open on either side stays open."""
        return Parameters(
            self.given + other.given,
            self.known or other.known,
            self.open or other.open,
            other.holder or self.holder,
        )

    def get(self, name: str) -> Param | None:
        """Return a parameter by name."""
        return next((param for param in self.given if param.name == name), None)


def from_query(pieces: Pieces, end: int) -> Parameters:
    """Read ``?a=b&c=…`` behind a path."""
    text = flat(pieces)
    if text[end : end + 1] not in ("?", "&") and text[end : end + 2] != "/?":
        return Parameters()
    start = text.index("?", end) + 1 if "?" in text[end : end + 2] else end + 1
    stop = start
    while stop < len(text) and text[stop] not in " \t\r\n\"'`<>)]|":
        stop += 1
    given = []
    at = start
    for part in text[start:stop].split("&"):
        name, mark, value = part.partition("=")
        if mark and name and HOLE not in name:
            value_at = at + len(name) + 1
            given.append(
                Param(
                    name,
                    place_of(pieces, at, at + len(name)),
                    None if HOLE in value or value.startswith(("{", "$", "<", ":")) else value,
                    place_of(pieces, value_at, value_at + len(value)),
                )
            )
        at += len(part) + 1
    whole = text[start:stop]
    return Parameters(
        tuple(given), known=True, open=whole.startswith(HOLE) or (HOLE + "&" in whole and not given)
    )


def from_parts(joined: Joined, resolver: Resolver, scope: int) -> Parameters:
    """Read a query that is put behind a path as a whole: ``${url}?${query}``."""
    part = joined.parts[-1]
    if isinstance(part, Call) and part.callee[-1:] in (("toString",), ("encode",), ("Encode",)):
        part = part.receiver or Name(part.callee[:-1], part.span)
    return _from_value(part, resolver, scope) if isinstance(part, Name | Call) else Parameters()


def from_call(call: Call, path_at: Span, resolver: Resolver, scope: int) -> Parameters:
    """Read the arguments beside the one that bears the path."""
    found = Parameters()
    for argument in call.arguments:
        span = argument.value.span
        if span.start <= path_at.start and path_at.end <= span.end:
            continue
        found = found.joined(_from_argument(argument, resolver, scope))
    return found


def from_siblings(mapping: Mapping, resolver: Resolver, scope: int) -> Parameters:
    """Read the entry of a table that names parameters beside a path."""
    found = Parameters()
    for pair in mapping.pairs:
        if (pair.key or "").lower() in _NESTED:
            found = found.joined(_from_value(pair.value, resolver, scope))
    return found


def _from_argument(argument: Argument, resolver: Resolver, scope: int) -> Parameters:
    name = (argument.name or "").lower()
    if name in _OPTIONS:
        return Parameters()
    if name and name not in _NESTED and not isinstance(argument.value, Mapping):
        # self._get(path, symbol="BTC"): a wrapper that takes parameters by name.
        param = _param(argument.name or "", argument.name_span, argument.value, resolver, scope)
        return Parameters((param,), known=True)
    return _from_value(argument.value, resolver, scope)


def _from_value(value: Value, resolver: Resolver, scope: int, depth: int = 0) -> Parameters:
    if depth > 4:
        return Parameters(open=True)
    match value:
        case Mapping(pairs):
            return _from_mapping(value, pairs, resolver, scope, depth)
        case Name():
            return _from_name(value, resolver, scope, depth)
        case Call() if value.callee and value.callee[-1] in _BUILDERS:
            found = Parameters(open=not value.arguments and value.callee[-1] != "dict")
            for argument in value.arguments:
                if argument.name:
                    param = _param(argument.name, argument.name_span, argument.value, resolver, scope)
                    found = found.joined(Parameters((param,), known=True))
                else:
                    found = found.joined(_from_value(argument.value, resolver, scope, depth + 1))
            return found
        case Sequence(items) if items and all(
            isinstance(item, Sequence) and len(item.items) == 2 for item in items
        ):
            given = []
            for item in items:
                assert isinstance(item, Sequence)  # noqa: S101 - told by the guard above
                key = item.items[0]
                if isinstance(key, Text):
                    given.append(_param(key.value, key.span, item.items[1], resolver, scope))
            return Parameters(tuple(given), known=True)
    return Parameters()


def _from_mapping(
    mapping: Mapping, pairs: tuple[Pair, ...], resolver: Resolver, scope: int, depth: int
) -> Parameters:
    nested = [pair for pair in pairs if (pair.key or "").lower() in _NESTED]
    if nested:
        found = Parameters()
        for pair in nested:
            found = found.joined(_from_value(pair.value, resolver, scope, depth + 1))
        return found
    if pairs and all((pair.key or "").lower() in _OPTIONS for pair in pairs):
        return Parameters()
    given = tuple(_param(pair.key, pair.key_span, pair.value, resolver, scope) for pair in pairs if pair.key)
    return Parameters(given, known=True, open=any(pair.key is None for pair in pairs), holder=mapping)


def _from_name(name: Name, resolver: Resolver, scope: int, depth: int) -> Parameters:
    values = [
        value for value in resolver.values_of(name, scope) if isinstance(value, Mapping | Call | Sequence)
    ]
    if not values:
        # A variable that nobody set here: it may hold parameters, and it may hold anything.
        looks_like = any(
            word in name.last.lower() for word in ("param", "query", "payload", "args", "search")
        )
        return Parameters(open=looks_like)
    found = _from_value(values[0], resolver, scope, depth + 1)
    added = tuple(
        _param(assign.key, assign.key_span, assign.value, resolver, scope)
        for assign in resolver.entries_of(name, scope)
        if assign.key
    )
    return found.joined(Parameters(added, known=True, open=len(values) > 1)) if added else found


def _param(name: str, span: Span | None, value: Value, resolver: Resolver, scope: int) -> Param:
    texts = resolver.texts(value, scope)
    whole = [flat(pieces) for pieces in texts]
    if len(whole) != 1 or HOLE in whole[0]:
        told = sorted({text for text in whole if HOLE not in text})
        return Param(name, span, told[0] if len(told) == 1 else None, None, fixed=False)
    direct = not isinstance(value, Name | Read)
    place = place_of(texts[0], 0, len(whole[0]))
    return Param(name, span, whole[0], place, fixed=direct or not _is_default(value, resolver, scope))


def _is_default(value: Value, resolver: Resolver, scope: int) -> bool:
    """Whether a name gets its value from a default of the function around it: a caller may say otherwise."""
    if not isinstance(value, Name):
        return False
    for inner in resolver.scopes(scope):
        function = resolver.function(inner)
        if function is not None and any(parameter.name == value.last for parameter in function.parameters):
            return True
    return False
