"""legacy-interval: an interval in the spelling of earlier versions."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.reliance import Reliance, accepted
from audit.checks.rule import Rule
from audit.model import Finding, Severity
from audit.spec.operations import Operation
from audit.spec.widths import respelled

RULE = Rule(
    id="legacy-interval",
    severity=Severity.WARNING,
    summary="An interval or range is spelled in a way that is not documented today, such as h1 for 1h.",
    why="It is undocumented rather than proven refused: users report that it works, nobody promises it.",
    example="interval=h4",
    remedy="Spell it as documented.",
)


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report interval values that the operation does not list."""
    for use, meant, operation in reliance.known():
        for param in use.parameters.given:
            name = accepted(param.name, meant)
            documented = _interval_choices(operation, name)
            if not documented or param.value is None or param.value in documented:
                continue
            better = respelled(param.value, documented)
            if better is None:
                continue
            yield reliance.finding(
                RULE,
                param.value_span or param.name_span or use.anchor,
                f"{name} {param.value!r} is not documented; {better} is",
                operation=operation.id,
                legacy=param.value,
                replacement=better,
                certain=param.fixed and param.value_span is not None,
                remedy=f"Write {better}.",
            )


def _interval_choices(operation: Operation, name: str) -> tuple[str, ...]:
    parameter = next((p for p in operation.parameters if p.name == name), None)
    if parameter is None or not parameter.choices:
        return ()
    return parameter.choices if parameter.role == "interval" or "1h" in parameter.choices else ()
