"""interval-gated: code that asks for a finer interval than its plan allows."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.reliance import Reliance, accepted, meaning
from audit.checks.rule import Rule
from audit.model import Finding, Severity
from audit.spec.widths import is_width, seconds

RULE = Rule(
    id="interval-gated",
    severity=Severity.ERROR,
    summary="Code asks for an interval that is too fine for the plan.",
    why="The refusal comes over HTTP 200; the series is simply missing.",
    example="interval=1h on a plan whose floor is 4h.",
    remedy="Ask for a wider interval, or use a dearer plan.",
)


def check(reliance: Reliance) -> Iterator[Finding]:
    """Compare each interval sent with the plan's floor for the operation."""
    if reliance.plan is None:
        return
    for use in reliance.source.relied.uses:
        meant = meaning(use, reliance.spec)
        if meant is None or meant.operation is None:
            continue
        parameter = meant.operation.parameter("interval")
        floor = meant.operation.floors.get(reliance.plan.name)
        if parameter is None or floor is None:
            continue
        for param in use.parameters.given:
            if (
                accepted(param.name, meant) != parameter.name
                or param.value is None
                or not is_width(param.value)
            ):
                continue
            if seconds(param.value) < seconds(floor):
                yield reliance.finding(
                    RULE,
                    param.value_span or param.name_span or use.anchor,
                    f"interval {param.value} is finer than {floor}, the floor of {reliance.plan.name}",
                    operation=meant.operation.id,
                    certain=use.certain and param.fixed,
                    remedy=f"Ask for {floor} or wider, or use a dearer plan.",
                )
