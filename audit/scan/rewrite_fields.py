"""Follows the answer of a call to where its fields are read, and plans their present names there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Mapped

from audit.scan.edits import Draft, Left
from audit.scan.facts import Call, Choice, Function, Mapping, Name, Other, Read, Span, Value, children
from audit.scan.facts import Sequence as Items
from audit.scan.reparse import Reading
from audit.scan.rewrite_job import Job

# Calls that hand on what they are given.
_PASSING = {"DataFrame", "list", "sorted", "reversed", "from_records", "array", "tuple", "await"}
# Calls that hand each of their rows to a function, and which of its parameters a row is.
_EACH = {
    **dict.fromkeys(
        ("map", "forEach", "filter", "find", "some", "every", "flatMap", "then", "findLast"), (0,)
    ),
    "sort": (0, 1),
    "toSorted": (0, 1),
    "reduce": (1,),
}
# Those whose result is what that function gives back.
_GIVING = {"map", "flatMap", "then", "reduce"}
# Languages in which the fields of an answer are properties; a property of a table in Python is its own.
_OBJECTS = {"javascript", "typescript", "tsx", "vue"}
_TYPE = re.compile(rb"\b(?:interface\s+\w+[^{};]{0,200}|type\s+\w+[^{};=]{0,200}=\s*)\{([^{}]{0,20000})\}")
MAX_STEPS = 2000  # of following one value; beyond that it may be anything


class Flow:
    """Follows the answer of a call through assignments, loops, and functions of the same file."""

    def __init__(self, reading: Reading, jobs: list[Job]) -> None:
        self._reading = reading
        self._facts = reading.source.facts
        self._jobs = {job.use.call.span: index for index, job in enumerate(jobs) if job.use.call is not None}
        self._busy: set[tuple[object, ...]] = set()
        self._steps = 0
        self._spans = {function.span: function for function in self._facts.functions}
        self._functions: dict[str, list[Function]] = {}
        for function in self._facts.functions:
            self._functions.setdefault(function.name, []).append(function)

    def sources(self, value: Value, scope: int) -> frozenset[object]:
        """Return whatever a value may be taken from: jobs by number, anything else as text."""
        self._steps = 0
        return self._settled(self._origin(value, scope))

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
        handed = self._reading.handed(function) if function is not None else None
        if function is not None and handed is not None and handed.callee:
            return self._row(function, str(place[1]), handed, place)
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

    def _row(self, function: Function, name: str, call: Call, place: tuple[object, ...]) -> frozenset[object]:
        """Return what a function gets that is handed to a call which hands it row after row."""
        at = [i for i, parameter in enumerate(function.parameters) if parameter.name == name]
        if not at or at[0] not in _EACH.get(call.callee[-1], ()):
            return frozenset("?")
        self._busy.add(place)
        try:
            return self._settled(self._origin(_held(call), self._reading.scope_of(call)))
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
        if last in _GIVING:
            given = [self._spans.get(argument.value.span) for argument in call.arguments[:1]]
            return self._backs(given[0]) if given and given[0] is not None else frozenset("?")
        here = self._functions.get(last, [])
        if len(here) == 1 and (len(call.callee) == 1 or call.callee[0] in ("self", "this", "cls")):
            return self._returned(here[0], call, scope)
        if call.receiver is not None:
            return self._origin(call.receiver, scope)
        if last in _PASSING and call.arguments:
            return self._origin(call.arguments[0].value, scope)
        return self._named(call.callee[0], scope) if len(call.callee) > 1 else frozenset("?")

    def _backs(self, function: Function) -> frozenset[object]:
        """Return what a function without a name gives back."""
        key = (function.scope, function.span, "back")
        if key in self._busy:
            return frozenset()
        self._busy.add(key)
        backs = [back.value for back in self._facts.returns if back.scope == function.scope]
        found = frozenset().union(*(self._origin(back, function.scope) for back in backs)) if backs else "?"
        self._busy.discard(key)
        return frozenset(found)

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


def _held(call: Call) -> Value:
    """Return what a call is called on."""
    return call.receiver or Name(call.callee[:-1] or ("",), call.span)


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
    renewed: dict[str, str] = {}
    told = [(*field, True) for field in reading.fields()]
    objects = reading.source.facts.language in _OBJECTS
    if objects:
        told += [(*field, False) for field in reading.properties()]
    for base, scope, key, span, by_text in told:
        if key in own or not any(key in names for names in renamed):
            continue  # a name that the program gives itself, or that stays
        sources = flow.sources(base, scope)
        if not by_text and not any(isinstance(one, int) for one in sources):
            continue  # a property of something else
        (index,) = sources if len(sources) == 1 else (None,)
        new = renamed[index].get(key) if isinstance(index, int) else None
        # Two names in one mapping that both become the present one would stand there twice.
        beside = next((s for s in holders if s.start <= span.start < s.end), None)
        twice = beside is not None and ((beside, new) in taken or new in holders[beside])
        if new is None or twice or any(t.value == key and t.span != span for t in reading.texts):
            draft.left.append(Left(span, f"the field {key} may have another name today"))
        else:
            taken.add((beside, new))
            written = f"{new}: {key}" if reading.shorthand(key, span) else new
            draft.vote(span, key, written, f"the field {key} is {new} today")
            renewed[key] = new
    _declared(draft, renewed if objects else {})


def _declared(draft: Draft, renewed: Mapped[str, str]) -> None:
    """Leave the types that declare a renamed field: other files may rely on them."""
    for block in _TYPE.finditer(draft.raw):
        for key, new in renewed.items():
            found = re.search(rb"(?<![\w$.])%s(?=\??\s*:)" % re.escape(key.encode()), block[1])
            if found is not None:
                at = Span(block.start(1) + found.start(), block.start(1) + found.end())
                draft.left.append(Left(at, f"a type declares the field {key}, which is {new} today"))
