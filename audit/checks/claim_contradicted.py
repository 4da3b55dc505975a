"""claim-contradicted: a document states about the API what the promise or an answer contradicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from audit.checks.rule import Rule
from audit.model import Finding, JudgedClaim, Severity, Standing

RULE = Rule(
    id="claim-contradicted",
    severity=Severity.WARNING,
    summary="A document states about the API what its description or its answers contradict.",
    why="Code is written after documents, and plans are bought after them; a wrong line is paid for twice.",
    example="a review calls an operation of the standard plan closed below professional.",
    remedy="Correct the line of the document, and look for what was built on it.",
)


def check(claims: Iterable[JudgedClaim]) -> Iterator[Finding]:
    """Report each contradicted claim at its line, with what contradicts it."""
    for claim in claims:
        if claim.standing is not Standing.CONTRADICTED:
            continue
        sides = [
            f"{side}: {against.evidence}"
            for side, against in (("promised", claim.promised), ("observed", claim.observed))
            if against.standing is Standing.CONTRADICTED
        ]
        finding = RULE.finding(
            f"{claim.id}: {claim.says}",
            evidence=" | ".join(sides),
            severity=claim.severity,
            remedy=f"{RULE.remedy} {claim.why}" if claim.why else None,
        )
        yield finding.model_copy(update={"location": claim.source})
