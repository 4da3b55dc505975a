"""Follows values through a file: every call in it, what a name stands for, where an answer goes."""

from __future__ import annotations

from collections.abc import Iterator

from audit.scan.facts import ELSEWHERE, Call, Choice, Name, Other, Read, Span, Text, Value, roots, walk
from audit.scan.source import Source

MAX_DEPTH = 16
# Calls that hand on what they are called on, or given: the answer stays the answer.
_THROUGH = frozenset(
    {"json", "text", "read", "decode", "parse", "loads", "load", "json_decode", "urlopen", "curl_exec",
     "then", "send", "body", "list", "reversed", "sorted", "tuple", "enumerate", "filter", "slice",
     "reverse", "from", "getBody", "Do", "getContents", "getContentText", "unwrap", "await", "to_a",
     "Unmarshal", "toList", "catch", "finally", "jsonDecode", "DataFrame"}
)  # fmt: skip
_RAW = frozenset({"text", "content", "body"})  # the answer before it is parsed
_EACH = frozenset(
    {"map", "forEach", "filter", "then", "each", "flatMap", "find", "some", "every", "Select", "where"}
)
_GETTERS = frozenset(
    {"get", "fetch", "dig", "getString", "getDouble", "optString", "optDouble", "GetProperty", "getJSONArray",
     "getJSONObject", "getLong", "optJSONArray", "pop"}
)  # fmt: skip

# The call a value comes from, and the fields taken on the way.
Origin = tuple[Span, tuple[str, ...]]


def followed(value: Value, scope: int, source: Source) -> Iterator[Value]:
    """Yield a value, everything inside it, and the mappings that its names stand for."""
    for inner in walk(value):
        yield inner
        if isinstance(inner, Name):
            for one in source.resolver.values_of(inner, scope):
                if one.span != ELSEWHERE:
                    yield from walk(one)


class Origins:
    """Follows values back to the calls they came from, within the functions that see them."""

    def __init__(self, source: Source, wanted: frozenset[Span]) -> None:
        self._source = source
        self._wanted = wanted
        self._assigned: dict[tuple[int, str], list[Value]] = {}
        for assign in source.facts.assigns:
            if assign.key is None and len(assign.target) == 1:
                self._assigned.setdefault((assign.scope, assign.target[0]), []).append(assign.value)
        for loop in source.facts.loops:
            for name in loop.names:
                self._assigned.setdefault((loop.scope, name), []).append(loop.values)
        self._lambdas()

    def _lambdas(self) -> None:
        """What a function that is passed to ``map`` or ``then`` gets is what that is called on."""
        functions = {one.span: one for one in self._source.facts.functions}
        for call, _ in self._source.calls:
            if not call.callee or call.callee[-1] not in _EACH:
                continue
            for argument in call.arguments:
                function = functions.get(argument.value.span)
                if function is not None and function.parameters:
                    name = function.parameters[0].name
                    # What it is called on stands before it.
                    start = Span(call.span.start, call.span.start)
                    held = call.receiver or Name(call.callee[:-1] or ("",), start)
                    self._assigned.setdefault((function.scope, name), []).append(held)

    def of(self, value: Value, scope: int, depth: int = 0) -> Origin | None:
        """Return the call a value comes from, and the fields that were taken on the way."""
        found: Origin | None = None
        if depth > MAX_DEPTH:
            return None
        match value:
            case Call():
                found = self._of_call(value, scope, depth)
            case Read(base, key):
                found = _deeper(self.of(base, scope, depth + 1), key)
            case Name(path):
                found = _deeper(self._of_name(path[0], value.span.start, scope, depth), *path[1:])
            case Choice(options):
                found = self._one([self.of(option, scope, depth + 1) for option in options])
            case Other(_, parts) if len(parts) == 1:
                found = self.of(parts[0], scope, depth + 1)
        return found

    def _of_call(self, call: Call, scope: int, depth: int) -> Origin | None:
        if call.span in self._wanted:
            return call.span, ()
        last = call.callee[-1] if call.callee else ""
        held = call.receiver or (Name(call.callee[:-1], call.span) if len(call.callee) > 1 else None)
        if last in _GETTERS and held is not None and call.arguments:
            key = call.arguments[0].value
            return _deeper(self.of(held, scope, depth + 1), key.value) if isinstance(key, Text) else None
        if last in _THROUGH:
            found = self.of(held, scope, depth + 1) if held is not None else None
            if found is None and call.arguments:
                found = self.of(call.arguments[0].value, scope, depth + 1)
                if found is not None and found[1] and found[1][-1] in _RAW:
                    return found[0], found[1][:-1]
            return found
        return None

    def _of_name(self, name: str, at: int, scope: int, depth: int) -> Origin | None:
        """Follow a name to what it was given last before a place, or at all where that comes from no call."""
        for inner in self._source.resolver.scopes(scope):
            values = self._assigned.get((inner, name))
            if values:
                before = sorted((one for one in values if one.span.end <= at), key=lambda one: one.span.start)
                for value in reversed(before):
                    found = self.of(value, inner, depth + 1)
                    if found is not None:
                        return found
                rest = [value for value in values if value not in before]
                return self._one([self.of(value, inner, depth + 1) for value in rest])
        return None

    def _one(self, found: list[Origin | None]) -> Origin | None:
        """Return the one origin there is; None where there are several, or none."""
        told = {origin for origin in found if origin is not None}
        return told.pop() if len(told) == 1 else None

    def reads(self) -> Iterator[tuple[Span, Origin, str]]:
        """Yield each field taken from a wanted answer: where, from which call, and its name."""
        seen: set[int] = set()
        for scope, root in roots(self._source.facts) if self._wanted else ():
            for value in walk(root):
                for span, base, key in _taken(value):
                    origin = self.of(base, scope)
                    if origin is not None and span.start not in seen:
                        seen.add(span.start)
                        yield span, origin, key


def _deeper(origin: Origin | None, *keys: str | None) -> Origin | None:
    if origin is None:
        return None
    return origin[0], (*origin[1], *(key for key in keys if key))


def _taken(value: Value) -> Iterator[tuple[Span, Value, str]]:
    """Yield the fields that one expression takes: the place of the name, what it is taken from, the name."""
    match value:
        case Read(base, key, key_span, span) if key is not None:
            yield key_span or span, base, key
        case Name(path, span):
            end = span.end
            for at in range(len(path) - 1, 0, -1):
                size = len(path[at].encode())
                yield Span(end - size, end), Name(path[:at], span), path[at]
                end -= size + 1
        case Call(callee, arguments, span, receiver) if callee and arguments:
            first = arguments[0].value
            held = receiver or (Name(callee[:-1], span) if len(callee) > 1 else None)
            if isinstance(first, Text) and callee[-1] in _GETTERS and held is not None:
                yield first.span, held, first.value
