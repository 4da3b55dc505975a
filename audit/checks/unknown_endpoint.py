"""unknown-endpoint: the API has nothing at a path."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.plan_mismatch import said
from audit.checks.rule import Rule
from audit.checks.seen import Seen
from audit.model import Finding, Severity, Verdict

RULE = Rule(
    id="unknown-endpoint",
    severity=Severity.ERROR,
    summary="A path is not served.",
    why="Paths were renamed between versions; an old or misremembered one answers 404 for ever.",
    example="/api/futures/basis instead of /api/futures/basis/history.",
    remedy="Find the present path with `coinglass-audit spec lookup PATH`.",
)


def check(seen: Seen) -> Iterator[Finding]:
    """Report a documented path that is not there."""
    if seen.observation.verdict is Verdict.NOT_FOUND:
        yield RULE.finding(
            f"documented, but the API knows no {seen.operation.method} {seen.operation.path}",
            operation=seen.operation.id,
            evidence=f"{seen.request} -> {said(seen)}",
            remedy="Check the base URL; if it is right, the operation has gone: correct the description.",
        )
