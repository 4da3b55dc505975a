"""plan-gated: code that calls an operation its plan does not open."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.reliance import Reliance
from audit.checks.rule import Rule
from audit.model import Finding, Severity, Verdict

RULE = Rule(
    id="plan-gated",
    severity=Severity.ERROR,
    summary="Code calls an operation that is above the plan.",
    why="Every call is refused over HTTP 200, with words about upgrading.",
    example="a liquidation heatmap on the standard plan.",
    remedy="Use an operation of the plan instead, or a dearer plan.",
)


def check(reliance: Reliance) -> Iterator[Finding]:
    """Compare each operation used with the plan; what a Run observed outweighs the promise."""
    if reliance.plan is None:
        return
    for use, _, operation in reliance.known():
        if not use.here:
            continue
        observed = reliance.observed.verdicts.get(operation.id) if reliance.observed else None
        promised = operation.allowed(reliance.spec.ladder, reliance.plan.name)
        gated = observed is Verdict.PLAN_GATED if observed is not None else not promised
        if gated:
            ground = (
                "was refused in the run"
                if observed is not None
                else f"is promised from {operation.min_plan} on"
            )
            yield reliance.finding(
                RULE,
                use.anchor,
                f"{operation.id} {ground}; the plan is {reliance.plan.name}",
                operation=operation.id,
                certain=use.certain,
                remedy=f"Use another operation, or the plan {operation.min_plan}.",
            )
