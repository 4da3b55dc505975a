"""What a rule says of itself, for `explain` and for every finding it makes."""

from __future__ import annotations

from dataclasses import dataclass

from audit.model import Finding, Severity


@dataclass(frozen=True)
class Rule:
    """A rule: its slug, how much it weighs, what it compares, why that matters, an example, the remedy."""

    id: str
    severity: Severity
    summary: str
    why: str
    example: str
    remedy: str

    def finding(
        self,
        message: str,
        *,
        operation: str | None = None,
        evidence: str | None = None,
        remedy: str | None = None,
        severity: Severity | None = None,
    ) -> Finding:
        """Return a finding of this rule; its remedy and severity unless others are given."""
        return Finding(
            rule=self.id,
            severity=severity or self.severity,
            message=message,
            operation=operation,
            evidence=evidence,
            remedy=remedy or self.remedy,
        )
