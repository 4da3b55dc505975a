"""The parameters that go with a path: in its query, in the call that sends it, or beside it in a table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from audit.scan.atlas import HOLE
from audit.scan.facts import (
    Argument,
    Assign,
    Call,
    Joined,
    Mapping,
    Name,
    Other,
    Pair,
    Read,
    Sequence,
    Span,
    Text,
    Value,
)
from audit.scan.pieces import Piece, Pieces, flat, place_of
from audit.scan.strings import Resolver

_NESTED = {
    *("params", "query", "searchparams", "qs", "queryparameters", "query_params", "search_params"),
    *("url_options", "defaults", "default_params", "defaultparams"),
}
_HINTS = ("param", "query", "payload", "args", "search")  # in the name of what holds parameters
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
    *("HashMap", "from", "OrderedDict", "queryParams", "encode_www_form", "fromEntries"),
}
_FILTERS = {"filter", "entries", "items"}  # hands on the entries of a mapping, or some of them
_CHAINED = {"set", "append", "add"}
# Options of a command behind which a parameter stands.
_DATA = {"-d", "--data", "--data-urlencode", "--data-raw", "--data-ascii"}
# A query up to what ends it; a variable of a template may have blanks in it.
_GET = re.compile(r"-[a-zA-Z]*G")
_QUERY = re.compile(r"(?:\{\{[^{}\n]*\}\}|[^ \t\r\n\"'`<>)\]|])*")
_UNTOLD = re.compile(rf"{HOLE}|\{{\{{|\A[{{$<:]")
_HOLDERS = ("Dictionary", "Map", "Collection", "Hash")  # what the name of a class of mappings ends with


@dataclass(frozen=True)
class Param:
    """One parameter as written. ``value`` is None where it is only known when the program runs.

    ``name_span`` and ``value_span`` cover name and value where they can be edited in place.
    ``fixed`` is False for a value that is only a default or one of several; ``certain`` is False where
    it stands among what a function takes that may be options of its own.
    """

    name: str
    name_span: Span | None
    value: str | None
    value_span: Span | None
    fixed: bool = True
    certain: bool = True


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

    def without(self, names: frozenset[str]) -> Parameters:
        """Return the parameters that go by other names; where none is left, nothing is told of them."""
        kept = tuple(param for param in self.given if param.name not in names)
        return replace(self, given=kept, known=self.known and (bool(kept) or not self.given))

    def get(self, name: str) -> Param | None:
        """Return a parameter by name."""
        return next((param for param in self.given if param.name == name), None)


def from_query(pieces: Pieces, end: int) -> Parameters:
    """Read ``?a=b&c=…`` behind a path."""
    text = flat(pieces)
    if text[end : end + 1] not in ("?", "&") and text[end : end + 2] != "/?":
        return Parameters()
    start = text.index("?", end) + 1 if "?" in text[end : end + 2] else end + 1
    rest = _QUERY.match(text, start)
    stop = rest.end() if rest else start
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
                    None if _UNTOLD.search(value) else value,
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
    found = _from_command(call, resolver, scope)
    for index, argument in enumerate(call.arguments):
        span = argument.value.span
        if span.start <= path_at.start and path_at.end <= span.end:
            continue
        given = _from_argument(argument, resolver, scope)
        if not _takes_parameters(call, argument, index, resolver):
            given = replace(given, given=tuple(replace(param, certain=False) for param in given.given))
        found = found.joined(given)
    return found


def _from_command(call: Call, resolver: Resolver, scope: int) -> Parameters:
    """Read ``-G -d symbol=BTC`` of a command."""
    words = [argument.value for argument in call.arguments]
    options = [word.value if isinstance(word, Text) else "" for word in words]
    if call.callee != ("curl",) or not any(one in ("-G", "--get") or _GET.match(one) for one in options):
        return Parameters()
    given = [value for option, value in zip(options, words[1:], strict=False) if option in _DATA]
    found = Parameters()
    for value in given:
        for pieces in resolver.texts(value, scope)[:1]:
            found = found.joined(from_query((Piece("?", None), *pieces), 0))
    return found


def _takes_parameters(call: Call, argument: Argument, index: int, resolver: Resolver) -> bool:
    """Whether an argument holds nothing but parameters, by its name or by that of what takes it."""
    if (argument.name or "").lower() in _NESTED:
        return True
    value = argument.value
    if isinstance(value, Mapping) and any((pair.key or "").lower() in _NESTED for pair in value.pairs):
        return True
    own = resolver.functions(call.callee[-1]) if call.callee else []
    names = [name for one in own for name in one.takes(index)]
    names += [value.last] if isinstance(value, Name) else []
    return any(hint in name.lower() for name in names for hint in _HINTS)


def from_chain(call: Call, resolver: Resolver, scope: int) -> Parameters:
    """Read ``.query([…])`` or ``.queryParam("a", b)`` behind what bears the path."""
    arguments = call.arguments
    if len(arguments) == 2 and isinstance(arguments[0].value, Text):
        key = arguments[0].value
        return Parameters((_param(key.value, key.span, arguments[1].value, resolver, scope),), known=True)
    return _from_value(arguments[0].value, resolver, scope) if len(arguments) == 1 else Parameters()


def from_entries(entries: Iterable[Assign], resolver: Resolver, scope: int) -> Parameters:
    """Read what is put into a mapping entry by entry."""
    given = tuple(
        _param(entry.key, entry.key_span, entry.value, resolver, scope) for entry in entries if entry.key
    )
    return Parameters(given, known=True)


def from_value(value: Value, resolver: Resolver, scope: int) -> Parameters:
    """Read what is a query as a whole."""
    return _from_value(value, resolver, scope)


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


def _from_value(  # noqa: PLR0911 - one return for each kind of value
    value: Value, resolver: Resolver, scope: int, depth: int = 0
) -> Parameters:
    if depth > 4:
        return Parameters(open=True)
    match value:
        case Mapping(pairs):
            return _from_mapping(value, pairs, resolver, scope, depth)
        case Name():
            return _from_name(value, resolver, scope, depth)
        case Call(callee, arguments) if callee[:1] == ("new",) and callee[-1].endswith(_HOLDERS):
            filled = [one.value for one in arguments if isinstance(one.value, Mapping | Sequence)]
            return _from_value(filled[0], resolver, scope, depth + 1) if filled else Parameters(known=True)
        case Call() if value.callee and value.callee[-1] in _BUILDERS:
            found = Parameters(open=not value.arguments and value.callee[-1] != "dict")
            for argument in value.arguments:
                if argument.name:
                    param = _param(argument.name, argument.name_span, argument.value, resolver, scope)
                    found = found.joined(Parameters((param,), known=True))
                else:
                    # What else is mixed in, or decides what stays, is only known when the program runs.
                    mixed = _from_value(argument.value, resolver, scope, depth + 1)
                    found = found.joined(replace(mixed, open=mixed.open or isinstance(argument.value, Other)))
            return found
        case Call(callee, arguments, _, receiver) if callee and callee[-1] in _FILTERS:
            source = receiver or (arguments[0].value if arguments else Name(callee[:-1], value.span))
            return replace(_from_value(source, resolver, scope, depth + 1), open=True)
        case Call(callee, arguments) if callee and callee[-1] in _CHAINED and value.receiver is not None:
            found = from_chain(value, resolver, scope) if len(arguments) == 2 else Parameters()
            return _from_value(value.receiver, resolver, scope, depth + 1).joined(found)
        case Sequence(items):
            named = [_named(item) for item in items]
            given = tuple(_param(k.value, k.span, v, resolver, scope) for k, v in filter(None, named))
            return Parameters(given, known=bool(items)) if all(named) else Parameters()
    return Parameters()


def _named(item: Value) -> tuple[Text, Value] | None:
    """Return name and value of ``("a", b)`` or ``{"key": "a", "value": b}``."""
    if isinstance(item, Sequence) and len(item.items) == 2:
        key, value = item.items
        return (key, value) if isinstance(key, Text) else None
    if isinstance(item, Mapping):
        told = {(pair.key or "").lower(): pair.value for pair in item.pairs}
        label = told.get("key", told.get("name"))
        return (label, told["value"]) if isinstance(label, Text) and "value" in told else None
    return None


def _from_mapping(
    mapping: Mapping, pairs: tuple[Pair, ...], resolver: Resolver, scope: int, depth: int
) -> Parameters:
    nested = [pair for pair in pairs if (pair.key or "").lower() in _NESTED]
    if nested:
        found = Parameters()
        for pair in nested:
            found = found.joined(_from_value(pair.value, resolver, scope, depth + 1))
        return found
    if len(pairs) == 1 and isinstance(pairs[0].value, Sequence):
        return _from_value(pairs[0].value, resolver, scope, depth + 1)  # {"parameters": [{name, value}]}
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
        looks_like = any(hint in name.last.lower() for hint in _HINTS)
        return Parameters(open=looks_like)
    found = _from_value(values[0], resolver, scope, depth + 1)
    added = from_entries(resolver.entries_of(name, scope), resolver, scope)
    return found.joined(replace(added, open=len(values) > 1)) if added.given else found


def _param(name: str, span: Span | None, value: Value, resolver: Resolver, scope: int) -> Param:
    texts = resolver.texts(value, scope)
    whole = [flat(pieces) for pieces in texts]
    if len(whole) != 1 or _UNTOLD.search(whole[0]) or whole[0].startswith("="):
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
