"""Rules about answer fields: described, with sound types, units, moments and examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from audit.spec.lint.draft import Draft
from audit.spec.lint.problem import Problem, items, listed, mapping, rather, show
from audit.spec.lint.vocabulary import FIELD, KEYWORDS, OHLC, extensions, faults
from audit.spec.strictness import strict

NUMBERS = {"integer", "number"}
# A number whose name ends so is a moment; `has_…` and `is_…` are flags about one.
_MOMENT = re.compile(r"(^|_)(time|timestamp|date)(_list)?$")
_FLAG = re.compile(r"^(has|is)_")


@dataclass(frozen=True)
class Node:
    """One schema as written, at its own place in its own file.

    ``schema`` has the node's ``$ref`` followed; ``name`` is the field's name, or None for what
    stands in a list.
    """

    file: str
    place: str
    name: str | None
    raw: dict[str, Any]
    schema: dict[str, Any]

    def problem(self, inner: str, message: str, remedy: str) -> Problem:
        """Return a problem of this schema."""
        return Problem(self.file, f"{self.place}/{inner}" if inner else self.place, message, remedy)


def check(draft: Draft) -> Iterator[Problem]:
    """Check every schema where it is written, so that a shared one is reported once."""
    data = draft.provider.envelope.data if draft.provider else None
    for node in schemas(draft):
        yield from _keys(node)
        # What the data as a whole is, the description of the response says.
        told = node.name is None or (node.name == data and node.place.endswith(f"/schema/{data}"))
        if not told and not str(node.schema.get("description") or "").strip():
            remedy = "say what the field means, unit included"
            yield node.problem("", "expected a description, found none", remedy)
        yield from _types(node)
        yield from _required(node)
        yield from _candle(node)
        yield from _examples(node, draft)


def schemas(draft: Draft) -> Iterator[Node]:
    """Every answer schema of the operations and of the shared parts, each once."""
    seen: set[int] = set()
    for entry in draft.entries:
        for status, response in mapping(entry.raw.get("responses")).items():
            content = mapping(mapping(response).get("content"))
            for body in content.values():
                place = f"{entry.key}/{status}/schema"
                yield from _walk(draft, entry.file, place, None, mapping(body).get("schema"), seen)
    for file, tree in draft.files.items():
        for name, schema in mapping(mapping(tree).get("schemas")).items():
            yield from _walk(draft, file, f"schemas/{name}", None, schema, seen)


def _walk(draft: Draft, file: str, place: str, name: str | None, raw: Any, seen: set[int]) -> Iterator[Node]:
    if not isinstance(raw, dict) or id(raw) in seen:
        return
    seen.add(id(raw))
    yield Node(file, place, name, raw, draft.view(raw, file))
    for field, child in mapping(raw.get("properties")).items():
        yield from _walk(draft, file, f"{place}/{field}", str(field), child, seen)
    for index, child in enumerate(items(raw.get("prefixItems"))):
        yield from _walk(draft, file, f"{place}/{index}", str(index), child, seen)
    for key, mark in (("items", "[]"), ("additionalProperties", "*")):
        yield from _walk(draft, file, f"{place}/{mark}", None, raw.get(key), seen)
    for key in ("anyOf", "oneOf", "allOf"):
        for index, child in enumerate(items(raw.get(key))):
            yield from _walk(draft, file, f"{place}/{key}/{index}", None, child, seen)


def _keys(node: Node) -> Iterator[Problem]:
    for key, message, remedy in faults(extensions(node.raw), FIELD):
        yield node.problem(key, message, remedy)
    for key in node.raw:
        if not str(key).startswith("x-") and key != "$ref" and key not in KEYWORDS:
            remedy = f"{rather(key, KEYWORDS)}" if rather(key, KEYWORDS).startswith("write") else "remove it"
            yield node.problem(str(key), "is no keyword of a schema and would be ignored", remedy)


def types_of(schema: dict[str, Any]) -> set[str]:
    """The types a schema allows."""
    given = schema.get("type")
    return {str(name) for name in given} if isinstance(given, list) else {str(given)} if given else set()


def _types(node: Node) -> Iterator[Problem]:
    schema, types = node.schema, types_of(node.schema)
    if not types and not any(key in schema for key in ("anyOf", "oneOf", "allOf", "const", "enum")):
        yield node.problem(
            "", "expected a type, found none", "name its type; a list of types where null may come"
        )
        return
    if "x-time" in schema and not types & NUMBERS:
        found = listed(sorted(types))
        yield node.problem("x-time", f"a moment is a number; this is {found}", "drop x-time or correct type")
    if schema.get("format") == "decimal" and "string" not in types:
        remedy = "drop format, or make it text"
        yield node.problem("format", f"decimal is a number as text; this is {listed(sorted(types))}", remedy)
    if "x-unit" in schema and not types & NUMBERS and schema.get("format") != "decimal":
        remedy = "drop the unit, or say `format: decimal` where a number arrives as text"
        yield node.problem("x-unit", f"a unit needs a number; this is {listed(sorted(types))}", remedy)
    if "x-unit" in schema and "x-time" in schema:
        yield node.problem("x-unit", "a moment has its unit in x-time", "drop x-unit")
    name = node.name or ""
    held = mapping(schema.get("items")) if types == {"array"} else schema
    like_a_moment = _MOMENT.search(name) and not _FLAG.match(name) and types_of(held) & NUMBERS
    if like_a_moment and "x-time" not in held and "x-unit" not in held:
        remedy = "add x-time: ms, s or ns"
        yield node.problem("", f"{name} is a number named like a moment, without x-time", remedy)


def _required(node: Node) -> Iterator[Problem]:
    known = mapping(node.schema.get("properties"))
    for name in items(node.raw.get("required")):
        if name not in known:
            yield node.problem(
                "required", f"{name} is required but not described", rather(name, map(str, known))
            )


def _candle(node: Node) -> Iterator[Problem]:
    names = mapping(node.raw.get("x-ohlc"))
    properties, positions = mapping(node.schema.get("properties")), len(items(node.schema.get("prefixItems")))
    for role in OHLC:
        place = names.get(role)
        if place is None:
            continue
        if isinstance(place, int) and not 0 <= place < positions:
            remedy = "count positions from 0, as prefixItems stand"
            yield node.problem("x-ohlc", f"{role} is position {place}, but the row has {positions}", remedy)
        elif isinstance(place, str) and place not in properties:
            yield node.problem(
                "x-ohlc", f"{role} is {place}, but the row has no such field", rather(place, properties)
            )


def _examples(node: Node, draft: Draft) -> Iterator[Problem]:
    names = mapping(node.raw.get("propertyNames"))
    for key, raw in (("examples", node.raw), ("propertyNames", names)):
        given = raw.get("examples")
        if given is None:
            continue
        if not isinstance(given, list) or not given:
            yield node.problem(
                key, f"expected a list of examples, found {show(given)}", "write them as [one, two]"
            )
            continue
        schema = strict(draft.documents.resolve({k: v for k, v in raw.items() if k != "examples"}, node.file))
        for example in given:
            fault = misfit(schema, example)
            if fault:
                yield node.problem(
                    key, f"does not fit its own schema: {fault}", "correct the example or the schema"
                )


def misfit(schema: dict[str, Any], value: Any) -> str | None:
    """Say what is wrong with a value, or None where the schema accepts it."""
    try:
        validator = jsonschema_rs.Draft202012Validator(schema)
    except ValueError as error:
        return f"the schema itself cannot be used ({str(error).splitlines()[0]})"
    return next((str(fault.message) for fault in validator.iter_errors(value)), None)
