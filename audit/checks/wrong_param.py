"""wrong-param: the API does not accept the parameters."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.plan_mismatch import said
from audit.checks.rule import Rule
from audit.checks.seen import Seen
from audit.model import Finding, Severity, Verdict

RULE = Rule(
    id="wrong-param",
    severity=Severity.ERROR,
    summary="A parameter is refused: its name, its value, or the pair it names.",
    why="A wrong pair or a missing list is refused over HTTP 200, and looks like a quiet market.",
    example="symbol=BTC where a pair such as BTCUSDT is due.",
    remedy="Look the spelling up with `coinglass-audit spec show OPERATION` and in the API's list of pairs.",
)


def check(seen: Seen) -> Iterator[Finding]:
    """Report every refusal of parameters; the probe itself sends documented ones."""
    if seen.observation.verdict is not Verdict.BAD_REQUEST:
        return
    if seen.observation.attempts == 0:
        yield RULE.finding(
            f"not sent: {seen.observation.message}",
            operation=seen.operation.id,
            evidence=seen.request,
        )
    else:
        yield RULE.finding(
            "the API refuses the parameters",
            operation=seen.operation.id,
            evidence=f"{seen.request} -> {said(seen)}",
        )
