"""The findings as the page shows them: by rule, worst first, each with what it rests on. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from audit.model import Finding, Severity
from audit.report.page_requests import Grounds, Requests
from audit.report.rules import RuleText
from audit.report.summary import FindingGroup
from audit.report.words import place

# What is shown of a rule before the rest is folded.
SHOWN = 8
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Entry:
    """One finding: where, what, on what ground; what its case has said already is None."""

    where: str
    message: str | None
    grounds: Grounds
    remedy: str | None


@dataclass(frozen=True)
class Case:
    """Findings that say the same. The first stands for all; ``all`` is empty where there is only one."""

    first: Finding
    where: tuple[str, ...]
    grounds: Grounds
    remedy: str | None
    all: tuple[Entry, ...]

    @property
    def times(self) -> int:
        """How many findings it is."""
        return max(1, len(self.all))


@dataclass(frozen=True)
class Block:
    """All that one rule found at one severity; ``remedy`` is there where it is the same for all of it."""

    severity: Severity
    rule: str
    anchor: str
    remedy: str | None
    times: int
    shown: tuple[Case, ...]
    folded: tuple[Case, ...]

    @property
    def folded_times(self) -> int:
        """How many findings stand in what is folded."""
        return sum(case.times for case in self.folded)


def anchors(rules: Iterable[RuleText]) -> dict[str, str]:
    """Return rule -> name of its place on the page; one from elsewhere may have any name."""
    return {
        rule.id: f"rule-{rule.id}" if _SLUG.fullmatch(rule.id) else f"rule-{number}-unnamed"
        for number, rule in enumerate(rules)
    }


def blocks(
    groups: Iterable[FindingGroup], requests: Requests, places: Mapping[str, str]
) -> tuple[Block, ...]:
    """Put the groups of one rule and severity together, in the order they come."""
    found: dict[tuple[Severity, str], list[FindingGroup]] = {}
    for group in groups:
        found.setdefault((group.severity, group.rule), []).append(group)
    built = []
    for (severity, rule), rows in found.items():
        remedies = {one.remedy for group in rows for one in group.findings}
        remedy = remedies.pop() if len(remedies) == 1 else None
        cases = tuple(_case(group, requests, remedy) for group in rows)
        built.append(
            Block(
                severity=severity,
                rule=rule,
                anchor=places[rule],
                remedy=remedy,
                times=sum(case.times for case in cases),
                shown=cases if len(cases) <= SHOWN + 1 else cases[:SHOWN],
                folded=() if len(cases) <= SHOWN + 1 else cases[SHOWN:],
            )
        )
    return tuple(built)


def _case(group: FindingGroup, requests: Requests, told: str | None) -> Case:
    first = group.first
    entries = (
        tuple(
            Entry(
                where=place(one) or one.operation or "–",
                message=None if one.message == first.message else one.message,
                grounds=requests.of(one),
                remedy=None if one.remedy in (told, first.remedy) else one.remedy,
            )
            for one in group.findings
        )
        if len(group.findings) > 1
        else ()
    )
    return Case(
        first=first,
        where=group.where,
        grounds=requests.of(first),
        remedy=None if first.remedy == told else first.remedy,
        all=entries,
    )
