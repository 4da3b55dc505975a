"""legacy-field: code reads a field that answers had in an earlier version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from audit.checks.missing_timeout import calls, roots
from audit.checks.reliance import Meaning, Reliance, meaning
from audit.checks.rule import Rule
from audit.model import Finding, Severity
from audit.scan.facts import Call, Choice, Name, Other, Read, Span, Text, Value, walk
from audit.scan.source import Source
from audit.spec.legacy_params import FieldChange
from audit.spec.operations import Operation

RULE = Rule(
    id="legacy-field",
    severity=Severity.ERROR,
    summary="Code reads a field of an answer that has another name today.",
    why="The field is simply absent: the program stops, or goes on with nothing in its place.",
    example='row["longLiquidationUsd"] from an answer that says long_liquidation_usd.',
    remedy="Read the field that replaces it.",
)

MAX_DEPTH = 16
# Calls that hand on what they are called on, or given: the answer stays the answer.
_THROUGH = frozenset(
    {"json", "text", "read", "decode", "parse", "loads", "load", "json_decode", "urlopen", "curl_exec",
     "then", "send", "body", "list", "reversed", "sorted", "tuple", "enumerate", "filter", "slice",
     "reverse", "from", "getBody", "Do", "getContents", "unwrap", "await", "to_a", "Unmarshal",
     "toList", "catch", "finally"}
)  # fmt: skip
_EACH = frozenset(
    {"map", "forEach", "filter", "then", "each", "flatMap", "find", "some", "every", "Select", "where"}
)
_GETTERS = frozenset(
    {"get", "fetch", "dig", "getString", "getDouble", "optString", "optDouble", "GetProperty", "getJSONArray",
     "getJSONObject", "getLong", "optJSONArray", "pop"}
)  # fmt: skip

Place = tuple[int, int]
Origin = tuple[Place, tuple[str, ...]]


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report earlier fields read from what provably is an answer of that operation."""
    source = reliance.source
    uses = {place(use.call): use for use in source.relied.uses if use.call is not None}
    origins = Origins(source, frozenset(uses))
    for span, found, key in origins.reads():
        use = uses[found[0]]
        meant = meaning(use, reliance.spec)
        path = below([*found[1], key], reliance.spec.provider.envelope.data)
        if meant is None or not path:
            continue
        change = _change(".".join(path), meant, reliance)
        if change is None or (meant.route is None and change.to == ".".join(path)):
            continue
        today = "has gone" if change.to is None else f"is {change.to} today"
        if change.to == ".".join(path):
            if change.value is None:
                continue
            today = "means something else today"
        yield reliance.finding(
            RULE,
            span,
            f"the field {'.'.join(path)} {today}",
            operation=meant.operation.id if meant.operation else None,
            legacy=key,
            replacement=change.to.split(".")[-1] if change.to else None,
            remedy=f"Read {change.to}." if change.to else "Do without it, or compose it.",
        )


def below(keys: list[str], envelope: str) -> list[str]:
    """Return the way below the envelope: what leads to the data is no part of a row."""
    start = 0
    while start < len(keys) and keys[start] == envelope:
        start += 1
    return keys[start:]


def place(call: Call) -> Place:
    """Return where a call stands, to know it again by."""
    return (call.span.start, call.span.end)


def _change(path: str, meant: Meaning, reliance: Reliance) -> FieldChange | None:
    if meant.route is not None:
        return meant.route.fields.get(path)
    operation = meant.operation
    if operation is None or path.rpartition(".")[2] in _names(operation):
        return None
    changes = [
        route.fields[path]
        for route in reliance.source.atlas.legacy.routes
        if route.current == operation.path and path in route.fields
    ]
    return changes[0] if changes else None


def _names(operation: Operation) -> set[str]:
    """Return every field name of an operation's answer."""
    found: set[str] = set()
    stack: list[Any] = [operation.schema]
    while stack:
        current = stack.pop()
        if isinstance(current, Mapping):
            found |= set(current.get("properties", {}))
            stack += list(current.values())
        elif isinstance(current, list):
            stack += current
    return found


class Origins:
    """Follows values back to the calls they came from, within the functions that see them."""

    def __init__(self, source: Source, wanted: frozenset[Place]) -> None:
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
        functions = {(one.span.start, one.span.end): one for one in self._source.facts.functions}
        for call, _ in calls(self._source):
            if not call.callee or call.callee[-1] not in _EACH:
                continue
            for argument in call.arguments:
                span = argument.value.span
                function = functions.get((span.start, span.end))
                if function is not None and function.parameters:
                    name = function.parameters[0].name
                    held = call.receiver or Name(call.callee[:-1] or ("",), call.span)
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
                found = _deeper(self._of_name(path[0], scope, depth), *path[1:])
            case Choice(options):
                found = self._one([self.of(option, scope, depth + 1) for option in options])
            case Other(_, parts) if len(parts) == 1:
                found = self.of(parts[0], scope, depth + 1)
        return found

    def _of_call(self, call: Call, scope: int, depth: int) -> Origin | None:
        if place(call) in self._wanted:
            return place(call), ()
        last = call.callee[-1] if call.callee else ""
        held = call.receiver or (Name(call.callee[:-1], call.span) if len(call.callee) > 1 else None)
        if last in _GETTERS and held is not None and call.arguments:
            key = call.arguments[0].value
            return _deeper(self.of(held, scope, depth + 1), key.value) if isinstance(key, Text) else None
        if last in _THROUGH:
            found = self.of(held, scope, depth + 1) if held is not None else None
            if found is None and call.arguments:
                found = self.of(call.arguments[0].value, scope, depth + 1)
            return found
        return None

    def _of_name(self, name: str, scope: int, depth: int) -> Origin | None:
        for inner in self._source.resolver.scopes(scope):
            values = self._assigned.get((inner, name))
            if values:
                return self._one([self.of(value, inner, depth + 1) for value in values])
        return None

    def _one(self, found: list[Origin | None]) -> Origin | None:
        """Return the one origin there is; None where there are several, or none."""
        told = {origin for origin in found if origin is not None}
        return told.pop() if len(told) == 1 else None

    def reads(self) -> Iterator[tuple[Span, Origin, str]]:
        """Yield each field taken from a wanted answer: where, from which call, and its name."""
        seen: set[int] = set()
        for scope, root in roots(self._source):
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
