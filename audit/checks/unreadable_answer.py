"""unreadable-answer: success by status, but not the documented JSON."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.plan_mismatch import said
from audit.checks.rule import Rule
from audit.checks.seen import Judged
from audit.model import Finding, Severity, Verdict

RULE = Rule(
    id="unreadable-answer",
    severity=Severity.ERROR,
    summary="A 2xx answer that is not the documented JSON: HTML, cut off, too large, empty, unknown code.",
    why="A client that trusts the status parses an error page, or crashes on half a body.",
    example="HTTP 200 with the HTML page of an edge network.",
    remedy="Look at the evidence: an edge network or proxy in between is the usual cause. "
    "A code nobody knows belongs into the description's refusals.yaml.",
)


def check(seen: Judged) -> Iterator[Finding]:
    """Report an answer that could not be read."""
    if seen.observation.verdict is Verdict.UNREADABLE:
        yield RULE.finding(
            "answers with something other than the documented JSON",
            operation=seen.operation.id,
            evidence=f"{seen.request} -> {said(seen)}",
        )
