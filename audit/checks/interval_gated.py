"""interval-gated: code that asks for a finer interval than its plan allows."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.observed import Observed
from audit.checks.reliance import Reliance, accepted
from audit.checks.rule import Rule
from audit.model import Finding, Severity
from audit.spec.operations import Operation
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
    """Compare each interval sent with the plan's floor; what a Run observed outweighs the promise."""
    if reliance.plan is None:
        return
    for use, meant, operation in reliance.known():
        parameter = operation.parameter("interval")
        if parameter is None:
            continue
        for param in use.parameters.given:
            if (
                accepted(param.name, meant) != parameter.name
                or param.value is None
                or not is_width(param.value)
            ):
                continue
            gated = _gated(param.value, operation, reliance.plan.name, reliance.observed)
            if gated is not None:
                message, remedy = gated
                yield reliance.finding(
                    RULE,
                    param.value_span or param.name_span or use.anchor,
                    message,
                    operation=operation.id,
                    certain=use.certain and not use.chosen and param.fixed,
                    remedy=remedy,
                )


def _gated(width: str, operation: Operation, plan: str, seen: Observed | None) -> tuple[str, str] | None:
    """Say why an interval is too fine, and what to do; None where it is not."""
    refused = seen.gates(operation.id, width) if seen is not None else None
    if refused:
        return f"interval {width} was refused as too fine in the run; the plan is {plan}", RULE.remedy
    floor = operation.floors.get(plan)
    if refused is not None or floor is None or seconds(width) >= seconds(floor):
        return None
    message = f"interval {width} is finer than {floor}, the floor of {plan}"
    return message, f"Ask for {floor} or wider, or use a dearer plan."
