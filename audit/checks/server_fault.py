"""server-fault: the other side failed, or no answer came."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.plan_mismatch import said
from audit.checks.rule import Rule
from audit.checks.seen import Judged
from audit.model import Finding, Severity, Verdict

RULE = Rule(
    id="server-fault",
    severity=Severity.ERROR,
    summary="A server error, an edge network's error page, or no answer, after retries.",
    why="Nothing is known about an operation that could not be asked; calling it fine would be a guess.",
    example='HTTP 200 with {"code": "500", "msg": "Server Error"}, three times.',
    remedy="Ask again later; if it stays, tell the provider.",
)


def check(seen: Judged) -> Iterator[Finding]:
    """Report what stayed broken after the retries."""
    verdict = seen.observation.verdict
    if verdict is Verdict.SERVER_ERROR:
        message = "the server failed"
    elif verdict is Verdict.UNREACHABLE:
        message = "no complete answer"
    else:
        return
    attempts = seen.observation.attempts
    # Without an answer nothing is known to be wrong: the audit is incomplete rather than failed.
    severity = Severity.WARNING if verdict is Verdict.UNREACHABLE else Severity.ERROR
    yield RULE.finding(
        f"{message} ({attempts} {'attempt' if attempts == 1 else 'attempts'})",
        operation=seen.operation.id,
        evidence=f"{seen.request} -> {said(seen)}",
        severity=severity,
    )
