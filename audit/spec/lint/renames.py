"""Rules about how earlier routes change: what they are told to become exists, and nothing is lacking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from audit.spec.legacy import Legacy, Route
from audit.spec.legacy_params import FILE, ValueChange
from audit.spec.lint.draft import Draft, Entry
from audit.spec.lint.fields import misfit
from audit.spec.lint.problem import Problem, items, listed, mapping, rather

# The units that a change of moments ends in.
_MOMENTS = {"s-to-ms": "ms", "iso-to-ms": "ms", "ms-to-s": "s"}
_KINDS = ("pair", "coin")


@dataclass(frozen=True)
class Target:
    """The operation that replaces a route: its parameters by name, and what its answer holds."""

    entry: Entry

    @cached_property
    def parameters(self) -> Mapping[str, dict[str, Any]]:
        """The parameters by name."""
        return {str(p.get("name")): p for p in items(self.entry.tree.get("parameters")) if mapping(p)}

    @cached_property
    def fields(self) -> Mapping[tuple[str, ...], dict[str, Any]]:
        """The fields of the answer by the names that lead to each; lists and positions do not count."""
        answer: Any = self.entry.tree
        for step in ("responses", "200", "content", "application/json", "schema"):
            answer = mapping(answer).get(step)
        return dict(_fields(mapping(answer), ()))

    def field(self, name: str) -> list[dict[str, Any]]:
        """The fields that a name with dots may mean: it gives the last steps of the way."""
        steps = tuple(name.split("."))
        return [schema for way, schema in self.fields.items() if way[-len(steps) :] == steps]


def _fields(schema: dict[str, Any], way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    for name, child in mapping(schema.get("properties")).items():
        yield (*way, name), mapping(child)
        yield from _fields(mapping(child), (*way, name))
    inner = [schema.get("items"), schema.get("additionalProperties"), *items(schema.get("prefixItems"))]
    for key in ("anyOf", "oneOf", "allOf"):
        inner += items(schema.get(key))
    for child in inner:
        if isinstance(child, dict):
            yield from _fields(child, way)


def check(draft: Draft, legacy: Legacy) -> Iterator[Problem]:
    """Check every route against the operation that replaces it, and that sets and values are used."""
    targets = {entry.path: Target(entry) for entry in draft.entries}
    for route in legacy.routes:
        target = targets.get(route.current or "")
        if target is not None:
            yield from _params(route, target)
            yield from _added(route, target)
            yield from _answer(route, target)
        elif route.current is None and (route.params or route.added or route.fields):
            remedy = "drop params, add and fields, or name the path that replaces it"
            yield _problem(route, "", "nothing replaces it, yet it says how a call changes", remedy)
    yield from _unused(mapping(draft.documents.read(FILE)))


def _problem(route: Route, place: str, message: str, remedy: str) -> Problem:
    where = f"routes/{route.version}/{route.path}"
    return Problem(FILE, f"{where}: {place}" if place else where, message, remedy)


def _params(route: Route, target: Target) -> Iterator[Problem]:
    known = target.parameters
    for name, change in route.params.items():
        place = f"params/{name}"
        if name.startswith("{") and name not in route.path:
            yield _problem(route, place, "the path has no such part", "write it as the path does")
        if change.to is None:
            continue
        if change.to not in known:
            remedy = rather(change.to, known)
            yield _problem(route, place, f"{change.to} is not a parameter of {route.current}", remedy)
            continue
        if change.value is None:
            continue
        parameter = known[change.to]
        schema = mapping(parameter.get("schema"))
        results = change.value.table.values()
        if results and all(misfit(schema, typed(schema, text)) for text in results):
            remedy = "correct the table, or take another"
            yield _problem(
                route, place, f"{change.to} accepts nothing that {change.value.name} ends in", remedy
            )
        yield from _moment(route, place, change.value, {parameter.get("x-time")})
    yield from _symbol(route, target)


def _moment(route: Route, place: str, value: ValueChange, units: set[Any]) -> Iterator[Problem]:
    """A moment that changes its unit ends in the unit of its target."""
    ends = _MOMENTS.get(value.name)
    if ends is not None and ends not in units:
        found = listed(sorted(str(unit) for unit in units if unit)) if any(units) else "no moment"
        message = f"{value.name} ends in {ends}, its target is in {found}"
        yield _problem(route, place, message, "correct the one or the other")


def _symbol(route: Route, target: Target) -> Iterator[Problem]:
    if route.symbol is None:
        return
    roles = {name: p.get("x-role") for name, p in target.parameters.items() if p.get("x-role") in _KINDS}
    if not roles:
        yield _problem(route, "symbol", f"{route.current} takes neither a pair nor a coin", "drop it")
    elif route.symbol in roles.values():
        remedy = "drop it; it tells where the two differ"
        yield _problem(route, "symbol", f"{route.current} takes a {route.symbol} as well", remedy)
    elif not any(change.to in roles and change.value for change in route.params.values()):
        remedy = "give the parameter a value such as {to: …, value: …}"
        yield _problem(route, "symbol", "no parameter says how the one becomes the other", remedy)


def _added(route: Route, target: Target) -> Iterator[Problem]:
    for name, value in route.added.items():
        place = f"add/{name}"
        parameter = target.parameters.get(name)
        if parameter is None:
            remedy = rather(name, target.parameters)
            yield _problem(route, place, f"not a parameter of {route.current}", remedy)
            continue
        if not parameter.get("required"):
            yield _problem(route, place, f"{route.current} does not require it", "drop it")
        schema = mapping(parameter.get("schema"))
        wrong = None if value is None else misfit(schema, typed(schema, value))
        if wrong:
            yield _problem(
                route, place, f"does not fit the schema: {wrong}", "correct it, or leave it to a person: null"
            )
    given = {change.to for change in route.params.values()} | set(route.added)
    for name, parameter in target.parameters.items():
        if parameter.get("required") and name not in given:
            remedy = "name the old parameter that becomes it, or list it under add"
            yield _problem(route, f"add/{name}", f"{route.current} requires it; nothing becomes it", remedy)


def typed(schema: Mapping[str, Any], text: str) -> Any:
    """The text as the type that a schema asks for, or as it is where it cannot be that."""
    kinds = {"integer": int, "number": float}
    try:
        return kinds[schema["type"]](text) if schema.get("type") in kinds else text
    except ValueError:
        return text


def _answer(route: Route, target: Target) -> Iterator[Problem]:
    for name, change in route.fields.items():
        place = f"fields/{name}"
        if change.to is None:
            continue
        found = target.field(change.to)
        if not found:
            names = dict.fromkeys(way[-1] for way in target.fields)
            remedy = rather(change.to.rpartition(".")[2], names)
            yield _problem(route, place, f"{change.to} is not in the answer of {route.current}", remedy)
        elif change.value is not None:
            yield from _moment(route, place, change.value, {_time(schema) for schema in found})
        elif name == change.to:
            yield _problem(route, place, "it stays as it is", "drop it; only what changes is listed")


def _time(schema: dict[str, Any]) -> Any:
    while isinstance(schema.get("items"), dict):
        schema = schema["items"]
    return schema.get("x-time")


def _unused(tree: dict[str, Any]) -> Iterator[Problem]:
    sets = mapping(tree.get("sets"))
    rows = [mapping(row) for routes in mapping(tree.get("routes")).values() for row in items(routes)]
    used = {str(name) for row in rows for name in items(row.get("use"))}
    needed = {
        str(mapping(change).get("value"))
        for row in (*rows, *map(mapping, sets.values()))
        for key in ("params", "fields")
        for change in mapping(row.get(key)).values()
    }
    for kind, known, names in (("sets", sets, used), ("values", mapping(tree.get("values")), needed)):
        for name in known:
            if name not in names:
                yield Problem(FILE, f"{kind}/{name}", "nothing uses it", "drop it, or use it")
