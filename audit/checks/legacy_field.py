"""legacy-field: code reads a field that answers had in an earlier version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from audit.checks.reliance import Meaning, Reliance, meaning
from audit.checks.rule import Rule
from audit.model import Finding, Severity
from audit.scan.flow import Origins
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


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report earlier fields read from what provably is an answer of that operation."""
    source = reliance.source
    uses = {use.call.span: use for use in source.relied.uses if use.call is not None}
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
        if change.value is not None and change.value.how:
            today += f" ({change.value.how})"
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
