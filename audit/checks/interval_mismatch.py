"""interval-mismatch: the finest interval of a plan is not where it is promised."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.plan_mismatch import said
from audit.checks.rule import Rule
from audit.checks.seen import Seen
from audit.model import Finding, Severity, Verdict

RULE = Rule(
    id="interval-mismatch",
    severity=Severity.ERROR,
    summary="An interval is refused though promised, or answers though promised to be refused.",
    why="A bot that asks for 1h on a plan whose floor is 4h gets a refusal over HTTP 200.",
    example="funding-rate history, 4h on hobbyist: promised, refused with the words of an interval gate.",
    remedy="Ask for a wider interval, or a dearer plan; if the promise has moved, correct the description.",
)


def check(seen: Seen) -> Iterator[Finding]:
    """Compare verdict and promise where one of them speaks of the interval."""
    expected, verdict = seen.observation.expected, seen.observation.verdict
    interval, plan = seen.observation.interval, seen.plan.name
    if verdict is Verdict.INTERVAL_GATED and expected is Verdict.AVAILABLE:
        yield RULE.finding(
            f"interval {interval} is refused on {plan}, which promises it"
            if interval
            else f"refused on {plan} with an interval gate, although it has no interval",
            operation=seen.operation.id,
            evidence=f"{seen.request} -> {said(seen)}",
        )
    elif expected is Verdict.INTERVAL_GATED and seen.opened:
        floor = seen.operation.floors.get(plan)
        yield RULE.finding(
            f"interval {interval} answers on {plan} although the promise begins at {floor}",
            operation=seen.operation.id,
            evidence=f"{seen.request} -> {said(seen)}",
            remedy="Don't build on it: what is not promised can be closed without notice.",
            severity=Severity.WARNING,
        )
