"""What the rules say of themselves, for the outputs that carry it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from audit.model import Finding, Severity


@dataclass(frozen=True)
class RuleText:
    """A rule in words. Of a rule that this version does not have, only ``id`` and ``severity`` are known."""

    id: str
    severity: Severity
    summary: str = ""
    why: str = ""
    example: str = ""
    remedy: str = ""


def rules_of(findings: Iterable[Finding]) -> tuple[RuleText, ...]:
    """Return the rules that made some findings, sorted by name.

    A Run file may come from another version of this tool, so a rule need not be known here.
    """
    from audit.checks import RULES

    severities: dict[str, Severity] = {}
    for finding in findings:
        severities.setdefault(finding.rule, finding.severity)
    return tuple(
        RuleText(name, rule.severity, rule.summary, rule.why, rule.example, rule.remedy)
        if (rule := RULES.get(name))
        else RuleText(name, severities[name])
        for name in sorted(severities)
    )
