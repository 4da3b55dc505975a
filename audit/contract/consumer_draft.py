"""The first draft of a consumer contract, from what a program's code asks for and reads. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from audit.checks.legacy_field import below
from audit.checks.mismatches import one_line
from audit.checks.reliance import Meaning, Reliance, accepted, meaning
from audit.contract.consumer import OPTIONAL
from audit.contract.consumer_promise import documented, spelled
from audit.scan.flow import Origins
from audit.scan.source import Source
from audit.scan.uses import Use
from audit.spec.catalog import Spec
from audit.spec.operations import Operation, Parameter
from audit.spec.widths import respelled

_HEAD = """\
# A first draft, from what the code asks for and reads. Where a value is only known when the program
# runs, the description's example stands in. Add what code does not say: max_age and min_rows.
"""


@dataclass(frozen=True)
class Drafted:
    """A request found in code: what it sends, which of that is an example, which fields are read, where.

    ``told`` says that the code says what it sends, at this place.
    """

    operation: str
    params: Mapping[str, str]
    examples: tuple[str, ...]
    fields: tuple[str, ...]
    file: str
    line: int
    told: bool


def drafted(source: Source, spec: Spec) -> tuple[Drafted, ...]:
    """Return what one file asks for."""
    reliance = Reliance(source, spec)
    read = _reads(source, spec)
    return tuple(
        _one(use, meant, operation, source, read.get(id(use), ()))
        for use, meant, operation in reliance.known()
    )


def merged(found: Iterable[Drafted], spec: Spec) -> tuple[Drafted, ...]:
    """Join requests that are alike; a place that only names an operation is left out beside one that asks."""
    rows = sorted(found, key=lambda row: (row.file, row.line, row.operation))
    asked = {row.operation for row in rows if row.told}
    joined: dict[tuple[str, frozenset[tuple[str, str]]], Drafted] = {}
    for row in rows:
        if row.operation in asked and not row.told:
            continue
        key = (row.operation, frozenset(row.params.items()))
        first = joined.get(key)
        fields = tuple(sorted({*first.fields, *row.fields})) if first else row.fields
        joined[key] = replace(first or row, fields=fields)
    order = list(spec.operations)
    return tuple(sorted(joined.values(), key=lambda row: (order.index(row.operation), row.file, row.line)))


def written(spec: Spec, name: str, plan: str, rows: Iterable[Drafted]) -> str:
    """Return the draft as the text of a file."""
    parts = [f"{_HEAD}\nconsumer: {_flow(name)}\nplan: {_flow(plan)}\n\nneeds:"]
    for row in rows:
        operation = spec.operation(row.operation)
        lines = [f"  # {one_line(row.file, most=500)}:{row.line}", f"  - operation: {row.operation}"]
        if row.params:
            note = f"  # examples: {', '.join(row.examples)}" if row.examples else ""
            params = {name: _plain(value) for name, value in row.params.items()}
            lines.append(f"    params: {_flow(params)}{note}")
        fields = dict(_typed(spec, operation, path) for path in row.fields)
        if fields:
            lines.append(f"    fields: {_flow(fields)}")
        parts.append("\n".join(lines))
    return "\n".join(parts) + "\n"


def _plain(text: str) -> int | float | str:
    """Return a number where the text spells one as it would be sent; else the text."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text and text[-1].isdigit():
            return number
    return text


def _flow(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6)
    return text.removesuffix("...\n").strip()


def _typed(spec: Spec, operation: Operation, path: str) -> tuple[str, str]:
    """A field with the types that are documented: the draft holds, and its owner narrows it."""
    found = documented(spec, operation, path)
    if isinstance(found, list):
        raise KeyError(path)
    return (path + OPTIONAL if found.optional else path), spelled(found.kinds)


def _one(use: Use, meant: Meaning, operation: Operation, source: Source, fields: tuple[str, ...]) -> Drafted:
    given = {accepted(param.name, meant): param.value for param in use.parameters.given}
    untold = use.parameters.open or not use.parameters.known
    params: dict[str, str] = {}
    examples = []
    for parameter in operation.parameters:
        name, value = parameter.name, given.get(parameter.name)
        if value is not None:
            params[name] = _today(parameter, value)
        elif parameter.example is not None and (name in given or (parameter.required and untold)):
            params[name] = parameter.example
            examples.append(name)
    line = source.lines.location(source.name, use.anchor.start).line or 1
    told = bool(given) or not untold
    return Drafted(operation.id, params, tuple(examples), fields, source.name, line, told)


def _today(parameter: Parameter, value: str) -> str:
    return (respelled(value, parameter.choices) if parameter.role == "interval" else None) or value


def _reads(source: Source, spec: Spec) -> dict[int, tuple[str, ...]]:
    """Return the fields read from what provably is the answer to a use, by the use's identity."""
    uses = {use.call.span: use for use in source.relied.uses if use.call is not None}
    found: dict[int, set[str]] = {}
    for _, origin, key in Origins(source, frozenset(uses)).reads():
        use = uses[origin[0]]
        meant = meaning(use, spec)
        names = below([*origin[1], key], spec.provider.envelope.data)
        if meant is None or meant.operation is None or not names:
            continue
        change = meant.route.fields.get(".".join(names)) if meant.route else None
        if change is not None:
            names = change.to.split(".") if change.to else []
        path = _path(spec, meant.operation, names)
        if path:
            found.setdefault(id(use), set()).add(path)
    return {use: tuple(sorted(paths)) for use, paths in found.items()}


def _path(spec: Spec, operation: Operation, names: list[str]) -> str | None:
    """Return the documented path of fields read one after the other; None where there is no such field."""
    schema: Mapping[str, Any] = operation.schema.get("properties", {}).get(spec.provider.envelope.data, {})
    schema = schema.get("items", {}) if schema.get("type") == "array" else schema
    path = ""
    for name in names:
        while schema.get("type") == "array" and "items" in schema:
            schema, path = schema["items"], f"{path}[]"
        others = schema.get("additionalProperties")
        inside = schema.get("properties", {}).get(name, others)
        if not isinstance(inside, Mapping):
            return None
        schema, path = inside, f"{path}.{name}"
    return path.removeprefix(".") or None
