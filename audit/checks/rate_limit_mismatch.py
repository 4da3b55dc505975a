"""rate-limit-mismatch: the key may send fewer or more requests than its plan promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from audit.checks.rule import Rule
from audit.model import Finding, Observation, Severity, Verdict
from audit.spec.plans import Plan

RULE = Rule(
    id="rate-limit-mismatch",
    severity=Severity.WARNING,
    summary="The limit the API states is not the plan's, or the API refused by rate all the same.",
    why="A scheduler tuned to the promised limit runs into refusals.",
    example="standard promises 300 a minute, the header says 80.",
    remedy="Pace to the limit that the answers state; ask the provider which one holds.",
)


def check(plan: Plan, stated: int | None, observations: Iterable[Observation]) -> Iterator[Finding]:
    """Compare the stated limit (requests a minute) with the plan's, and look for refusals by rate."""
    promised = plan.requests_per_minute
    if stated is not None and promised is not None and stated != promised:
        yield RULE.finding(
            f"{plan.name} promises {promised} requests a minute, the answers state {stated}",
            evidence=f"limit header {stated}",
        )
    for observation in observations:
        if observation.verdict is Verdict.RATE_LIMITED:
            yield RULE.finding(
                f"still refused by rate after {observation.attempts} attempts at the stated pace",
                operation=observation.operation,
                evidence=f"{observation.method} {observation.path} -> HTTP {observation.http_status}, "
                f"code {observation.code}",
                remedy="Another program may be using the key; stop it, or run again later with --resume.",
            )
