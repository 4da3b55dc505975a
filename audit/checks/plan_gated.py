"""plan-gated: code that calls an operation its plan does not open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from audit.checks.reliance import Reliance
from audit.checks.rule import Rule
from audit.model import Finding, Severity, Verdict
from audit.scan.facts import Span
from audit.spec.operations import Operation

if TYPE_CHECKING:
    from audit.spec.channels import Channel

RULE = Rule(
    id="plan-gated",
    severity=Severity.ERROR,
    summary="Code calls an operation that is above the plan.",
    why="Every call is refused over HTTP 200, with words about upgrading.",
    example="a liquidation heatmap on the standard plan.",
    remedy="Use an operation of the plan instead, or a dearer plan.",
)


def check(reliance: Reliance) -> Iterator[Finding]:
    """Compare each operation and channel with the plan; what a Run observed outweighs the promise."""
    if reliance.plan is None:
        return
    for span, asked, certain in _asked(reliance):
        observed = reliance.observed.verdicts.get(asked.id) if reliance.observed else None
        promised = asked.allowed(reliance.spec.ladder, reliance.plan.name)
        gated = observed is Verdict.PLAN_GATED if observed is not None else not promised
        if gated:
            ground = (
                "was refused in the run" if observed is not None else f"is promised from {asked.min_plan} on"
            )
            what = "operation" if isinstance(asked, Operation) else "channel"
            yield reliance.finding(
                RULE,
                span,
                f"{asked.id} {ground}; the plan is {reliance.plan.name}",
                operation=asked.id,
                certain=certain,
                remedy=f"Use another {what}, or the plan {asked.min_plan}.",
            )


def _asked(reliance: Reliance) -> Iterator[tuple[Span, Operation | Channel, bool]]:
    """Yield what the file asks for: where, what, and whether that is certain."""
    for use, _, operation in reliance.known():
        if use.here:
            yield use.anchor, operation, use.certain
    for named in reliance.source.heard.named:
        if named.channel is not None:
            yield named.anchor, named.channel, named.certain
