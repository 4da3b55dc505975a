"""What is wrong, where, and in which order it is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from audit.model.waivers import Waiver
from audit.model.words import Frozen, Severity


class Location(Frozen):
    """A place in a file; line and column count from 1."""

    file: str
    line: int | None = None
    column: int | None = None


class Finding(Frozen):
    """A difference between what was promised, observed and relied on; one that is waived decides nothing."""

    rule: str
    severity: Severity
    message: str
    operation: str | None = None
    location: Location | None = None
    legacy: str | None = None
    replacement: str | None = None
    certain: bool = True
    evidence: str | None = None
    remedy: str | None = None
    waived: Waiver | None = None


def sort_findings(findings: list[Finding]) -> tuple[Finding, ...]:
    """Order findings so that two runs can be compared: worst first, then by rule and place."""

    def order(finding: Finding) -> tuple[Any, ...]:
        place = finding.location
        where = (place.file, place.line or 0, place.column or 0) if place else ("", 0, 0)
        return (finding.severity.rank, finding.rule, finding.operation or "", where, finding.message)

    return tuple(sorted(findings, key=order))


def in_the_way(findings: Iterable[Finding], threshold: Severity) -> list[Finding]:
    """Return the findings that stand in the way of a go: severe enough, and not waived."""
    return [one for one in findings if one.waived is None and one.severity.rank <= threshold.rank]
