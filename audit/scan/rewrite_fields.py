"""Follows the answer of a call to where its fields are read, and plans their present names there."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Mapped

from audit.scan.edits import Draft, Left
from audit.scan.facts import Call, Choice, Function, Mapping, Name, Other, Read, Span, Value, children
from audit.scan.facts import Sequence as Items
from audit.scan.reparse import Reading
from audit.scan.rewrite_routes import Job

# Calls that hand on what they are given.
_PASSING = {"DataFrame", "list", "sorted", "reversed", "from_records", "array", "tuple", "await"}
MAX_STEPS = 2000  # of following one value; beyond that it may be anything


class Flow:
    """Follows the answer of a call through assignments, loops, and functions of the same file."""

    def __init__(self, reading: Reading, jobs: list[Job]) -> None:
        self._reading = reading
        self._facts = reading.source.facts
        self._jobs = {job.use.call.span: index for index, job in enumerate(jobs) if job.use.call is not None}
        self._busy: set[tuple[object, ...]] = set()
        self._steps = 0
        self._functions: dict[str, list[Function]] = {}
        for function in self._facts.functions:
            self._functions.setdefault(function.name, []).append(function)

    def source(self, value: Value, scope: int) -> int | None:
        """Return which job's answer a value is taken from; None where it may be anything else as well."""
        self._steps = 0
        found = self._settled(self._origin(value, scope))
        (only,) = found if len(found) == 1 else (None,)
        return only if isinstance(only, int) else None

    def _settled(self, found: frozenset[object]) -> frozenset[object]:
        """Put what every caller gives in the place of a parameter."""
        told: set[object] = set()
        for one in found:
            if isinstance(one, tuple):
                told |= self._given(one)
            else:
                told.add(one)
        return frozenset(told)

    def _given(self, place: tuple[object, ...]) -> frozenset[object]:
        if place in self._busy:
            return frozenset()
        function = self._reading.source.resolver.function(int(str(place[0])))
        calls = [c for c in self._reading.calls if function and c.callee and c.callee[-1] == function.name]
        if function is None or not calls:
            return frozenset("?")
        self._busy.add(place)
        try:
            found: frozenset[object] = frozenset()
            for call in calls:
                given = _argument(function, str(place[1]), call)
                scope = self._reading.scope_of(call)
                found |= self._settled(self._origin(given, scope)) if given is not None else frozenset("?")
            return found
        finally:
            self._busy.discard(place)

    def _origin(self, value: Value, scope: int) -> frozenset[object]:
        self._steps += 1
        if self._steps > MAX_STEPS:
            return frozenset("?")
        match value:
            case Name(path):
                return self._named(path[0], scope)
            case Call():
                return self._called(value, scope)
            case Read(base) | Other(_, (base,)):
                return self._origin(base, scope)
            case Choice(options):
                return frozenset().union(*(self._origin(option, scope) for option in options))
        empty = isinstance(value, Items | Mapping) and not any(True for _ in children(value))
        return frozenset() if empty else frozenset("?")

    def _named(self, name: str, scope: int) -> frozenset[object]:
        for inner in self._reading.source.resolver.scopes(scope):
            key = (inner, name, "name")
            if key in self._busy:
                return frozenset()
            values = [
                a.value for a in self._facts.assigns if a.scope == inner and a.target == (name,) and not a.key
            ]
            values += [
                loop.values for loop in self._facts.loops if loop.scope == inner and name in loop.names
            ]
            function = self._reading.source.resolver.function(inner)
            own = function is not None and any(p.name == name for p in function.parameters)
            if values or own:
                self._busy.add(key)
                told = [self._origin(value, inner) for value in values]
                self._busy.discard(key)
                return frozenset({(inner, name)} if own else ()).union(*told)
        return frozenset("?")

    def _called(self, call: Call, scope: int) -> frozenset[object]:
        if call.span in self._jobs:
            return frozenset({self._jobs[call.span]})
        last = call.callee[-1] if call.callee else ""
        here = self._functions.get(last, [])
        if len(here) == 1 and (len(call.callee) == 1 or call.callee[0] in ("self", "this", "cls")):
            return self._returned(here[0], call, scope)
        if call.receiver is not None:
            return self._origin(call.receiver, scope)
        if last in _PASSING and call.arguments:
            return self._origin(call.arguments[0].value, scope)
        return self._named(call.callee[0], scope) if len(call.callee) > 1 else frozenset("?")

    def _returned(self, function: Function, call: Call, scope: int) -> frozenset[object]:
        key = (function.scope, call.span, "call")
        if key in self._busy:
            return frozenset()
        self._busy.add(key)
        backs = [back.value for back in self._facts.returns if back.scope == function.scope]
        found = frozenset().union(*(self._origin(back, function.scope) for back in backs)) if backs else "?"
        told: set[object] = set()
        for one in found:
            if isinstance(one, tuple) and one[0] == function.scope:
                given = _argument(function, str(one[1]), call)
                told |= self._origin(given, scope) if given is not None else {"?"}
            else:
                told.add(one)
        self._busy.discard(key)
        return frozenset(told)


def _argument(function: Function, name: str, call: Call) -> Value | None:
    """Return what a call gives for a parameter."""
    order = [parameter.name for parameter in function.parameters if parameter.name not in ("self", "cls")]
    plain = [argument.value for argument in call.arguments if argument.name is None]
    named = next((argument.value for argument in call.arguments if argument.name == name), None)
    if named is None and name in order and order.index(name) < len(plain):
        return plain[order.index(name)]
    return named


def renamed_fields(job: Job) -> dict[str, str]:
    """Return the fields of an answer that only their names changed of, and that it no longer has."""
    today = set(_properties(job.operation.schema))
    routes = [job.route] if job.route is not None else []
    routes += [r for known in job.use.known for r in known.routes if r.current == job.operation.path]
    found: dict[str, set[str | None]] = {}
    for route in routes:
        for old, change in route.fields.items():
            found.setdefault(old, set()).add(None if change.value else change.to)
    return {
        old: new
        for old, told in found.items()
        for new in told
        if len(told) == 1 and new is not None and "." not in old + new and old not in today and new in today
    }


def _properties(schema: object) -> Iterator[str]:
    if isinstance(schema, Mapped):
        properties = schema.get("properties")
        if isinstance(properties, Mapped):
            yield from map(str, properties)
        for value in schema.values():
            yield from _properties(value)
    elif isinstance(schema, list | tuple):
        for value in schema:
            yield from _properties(value)


def plan_fields(draft: Draft, reading: Reading, jobs: list[Job]) -> None:
    """Plan the edits of fields that are read from an answer, where they can come from nothing else."""
    flow, renamed = Flow(reading, jobs), [renamed_fields(job) for job in jobs]
    holders, own = reading.renaming()
    taken: set[tuple[Span | None, str]] = set()
    for base, scope, key, span in reading.fields():
        if not any(key in names for names in renamed):
            continue
        if key in own:
            continue  # a name that the program gives itself
        index = flow.source(base, scope)
        new = renamed[index].get(key) if index is not None else None
        # Two names in one mapping that both become the present one would stand there twice.
        beside = next((s for s in holders if s.start <= span.start < s.end), None)
        twice = beside is not None and ((beside, new) in taken or new in holders[beside])
        if new is None or twice or any(t.value == key and t.span != span for t in reading.texts):
            draft.left.append(Left(span, f"the field {key} may have another name today"))
        else:
            taken.add((beside, new))
            draft.vote(span, key, new, f"the field {key} is {new} today")
