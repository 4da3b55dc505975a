"""What all outputs tell of a run, computed once so that they agree. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from audit.model import Finding, IntervalFloor, Observation, Promise, Run, Severity, Verdict
from audit.report.words import NO_WORD, OPEN, audited_plan, place, spot

WITHOUT_PROMISE = "not promised"


class Kept(StrEnum):
    """Whether a promise on the audited plan was kept."""

    YES = "kept"
    NO = "broken"
    UNKNOWN = "unknown"
    NOT_ASKED = "not-asked"

    @property
    def mark(self) -> str:
        """One character that can be told apart without colour."""
        return {"kept": "✓", "broken": "✗", "unknown": "~", "not-asked": "–"}[self.value]


@dataclass(frozen=True)
class Row:
    """One operation: its promise, its main observation, and further ones on other intervals."""

    operation: str
    promise: Promise | None
    main: Observation | None
    probes: tuple[Observation, ...]
    kept: Kept

    @property
    def asked(self) -> bool:
        """Whether a request was sent."""
        return self.main is not None and self.main.attempts > 0

    @property
    def open(self) -> bool:
        """Whether it answered; a channel that stays silent did not."""
        return self.main is not None and self.main.verdict in OPEN and not self.main.silent


@dataclass(frozen=True)
class Cell:
    """How many of some operations a plan opens, by promise."""

    open: int
    total: int

    def __str__(self) -> str:
        return f"{self.open}/{self.total}"


@dataclass(frozen=True)
class Group:
    """Operations that belong together. ``seen`` counts the open ones among ``asked``."""

    name: str
    rows: tuple[Row, ...]
    cells: dict[str, Cell]
    asked: int
    seen: int
    kept: Kept

    @property
    def as_promised(self) -> int:
        """How many operations answered as the audited plan promises."""
        return sum(row.kept is Kept.YES for row in self.rows)


@dataclass(frozen=True)
class VerdictCount:
    """How many requests came back with a verdict, and how many of those were not expected."""

    verdict: Verdict
    count: int
    unexpected: int


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one rule that say the same but for numbers and quoted words."""

    severity: Severity
    rule: str
    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The one that stands for all."""
        return self.findings[0]

    @property
    def where(self) -> tuple[str, ...]:
        """Operations or places in files, each once, in order."""
        named = (place(finding) or finding.operation for finding in self.findings)
        return tuple(dict.fromkeys(name for name in named if name))


@dataclass(frozen=True)
class Migration:
    """One thing of earlier versions that code relies on, and what replaces it; None where nothing does.

    ``certain`` holds where it holds at every place.
    """

    rule: str
    severity: Severity
    old: str
    new: str | None
    certain: bool
    findings: tuple[Finding, ...]

    @property
    def where(self) -> tuple[str, ...]:
        """Files with lines, each once, in order."""
        named = (spot(finding.location) for finding in self.findings if finding.location)
        return tuple(dict.fromkeys(named))

    @property
    def remedies(self) -> tuple[str, ...]:
        """What to do, each once."""
        return tuple(dict.fromkeys(finding.remedy for finding in self.findings if finding.remedy))


@dataclass(frozen=True)
class FloorGroup:
    """Families of operations whose interval floor is the same, promised and found."""

    promised: str | None
    observed: str | None
    settled: bool
    families: tuple[str, ...]

    @property
    def kept(self) -> Kept:
        """Whether the floor is where it is promised."""
        if not self.settled:
            return Kept.UNKNOWN
        return Kept.YES if self.promised == self.observed else Kept.NO


@dataclass(frozen=True)
class Summary:
    """Everything an output shows beside the Run itself.

    ``groups`` hold every operation, ``asked`` only those that were asked, for outputs that must be
    short; ``total`` and ``total_asked`` are all of them in one. ``migrations`` and ``findings`` share
    out the findings between them, but for the waived ones, which ``waived`` counts. ``uses`` counts the
    places in code by status.
    """

    plan: str | None
    plans: tuple[str, ...]
    groups: tuple[Group, ...]
    total: Group
    asked: tuple[Group, ...]
    total_asked: Group
    verdicts: tuple[VerdictCount, ...]
    sent: int
    not_sent: int
    findings: tuple[FindingGroup, ...]
    migrations: tuple[Migration, ...]
    severities: tuple[tuple[Severity, int], ...]
    waived: int
    uses: tuple[tuple[str, int], ...]
    floors: tuple[FloorGroup, ...]


def summarize(run: Run) -> Summary:
    """Count and group what a run holds."""
    plan = audited_plan(run)
    plans = tuple(dict.fromkeys(name for promise in run.promises for name in promise.plans))
    rows = _rows(run, plan)
    asked = [row for row in rows if row.asked]
    sent = [observation for observation in run.observations if observation.attempts > 0]
    standing = tuple(finding for finding in run.findings if finding.waived is None)
    severities = Counter(finding.severity for finding in standing)
    return Summary(
        plan=plan,
        plans=plans,
        groups=_groups(rows, plans),
        total=_group("total", rows, plans),
        asked=_groups(asked, plans),
        total_asked=_group("total", asked, plans),
        verdicts=_verdicts(sent),
        sent=len(sent),
        not_sent=len(run.observations) - len(sent),
        findings=group_findings(tuple(one for one in standing if not _is_old(one))),
        migrations=group_migrations(standing),
        severities=tuple((severity, severities[severity]) for severity in Severity if severities[severity]),
        waived=len(run.findings) - len(standing),
        uses=tuple(sorted(Counter(use.status for use in run.uses).items())),
        floors=group_floors(run.interval_floors),
    )


def _rows(run: Run, plan: str | None) -> list[Row]:
    seen: dict[str, list[Observation]] = {}
    for observation in run.observations:
        seen.setdefault(observation.operation, []).append(observation)
    promises: dict[str, Promise | None] = {promise.operation: promise for promise in run.promises}
    names = [*promises, *(name for name in seen if name not in promises)]
    return [_row(name, promises.get(name), seen.get(name, []), plan) for name in names]


def _row(name: str, promise: Promise | None, seen: list[Observation], plan: str | None) -> Row:
    """The first observation is the ordinary request; the ones after it ask for other intervals."""
    main = seen[0] if seen else None
    promised = promise.plans.get(plan) if promise and plan else None
    return Row(name, promise, main, tuple(seen[1:]), _kept(promised, main))


def _kept(promised: bool | None, main: Observation | None) -> Kept:
    if main is None or main.attempts == 0:
        return Kept.NOT_ASKED
    if promised is None or main.verdict in NO_WORD or main.silent:
        return Kept.UNKNOWN
    if main.verdict in OPEN:
        return Kept.YES if promised else Kept.NO
    if main.verdict is Verdict.PLAN_GATED:
        return Kept.NO if promised else Kept.YES
    # Neither open nor gated: what is promised does not work; what is not promised stays unknown.
    return Kept.NO if promised else Kept.UNKNOWN


def _groups(rows: list[Row], plans: tuple[str, ...]) -> tuple[Group, ...]:
    by_name: dict[str, list[Row]] = {}
    for row in rows:
        by_name.setdefault(row.promise.group if row.promise else WITHOUT_PROMISE, []).append(row)
    return tuple(_group(name, chosen, plans) for name, chosen in by_name.items())


def _group(name: str, rows: list[Row], plans: tuple[str, ...]) -> Group:
    cells = {}
    for plan in plans:
        promised = [row.promise.plans[plan] for row in rows if row.promise and plan in row.promise.plans]
        cells[plan] = Cell(sum(promised), len(promised))
    asked = [row for row in rows if row.asked]
    return Group(name, tuple(rows), cells, len(asked), sum(row.open for row in asked), _worst(rows))


def _worst(rows: list[Row]) -> Kept:
    kept = {row.kept for row in rows}
    if Kept.NO in kept:
        return Kept.NO
    if kept <= {Kept.NOT_ASKED}:
        return Kept.NOT_ASKED
    return Kept.YES if kept == {Kept.YES} else Kept.UNKNOWN


def _verdicts(sent: list[Observation]) -> tuple[VerdictCount, ...]:
    counts = Counter(observation.verdict for observation in sent)
    off = Counter(observation.verdict for observation in sent if _unexpected(observation))
    return tuple(
        VerdictCount(verdict, counts[verdict], off[verdict]) for verdict in Verdict if counts[verdict]
    )


def _unexpected(observation: Observation) -> bool:
    expected = observation.expected
    if expected is None or observation.verdict is expected:
        return False
    return observation.silent or not (expected in OPEN and observation.verdict in OPEN)


_QUOTED = re.compile(r'"[^"]*"')
_NUMBER = re.compile(r"\b\d[\w.:+-]*")


def shape(message: str) -> str:
    """Return a message with numbers and quoted words taken out."""
    return _NUMBER.sub("#", _QUOTED.sub('"…"', message))


def group_findings(findings: tuple[Finding, ...]) -> tuple[FindingGroup, ...]:
    """Fold findings that say the same: worst first, then the rule with most findings, then the message."""
    found: dict[tuple[Severity, str, str], list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.severity, finding.rule, shape(finding.message)), []).append(finding)
    often = Counter((finding.severity, finding.rule) for finding in findings)
    groups = [FindingGroup(severity, rule, tuple(rows)) for (severity, rule, _), rows in found.items()]
    return tuple(
        sorted(
            groups,
            key=lambda group: (
                group.severity.rank,
                -often[group.severity, group.rule],
                group.rule,
                -len(group.findings),
                group.first.message,
            ),
        )
    )


def _is_old(finding: Finding) -> bool:
    return finding.location is not None and finding.legacy is not None


def group_migrations(findings: tuple[Finding, ...]) -> tuple[Migration, ...]:
    """Put together what code is to change: worst first, then by rule, and what stands most often first."""
    found: dict[tuple[Severity, str, str, str | None], list[Finding]] = {}
    for finding in findings:
        if _is_old(finding):
            key = (finding.severity, finding.rule, finding.legacy or "", finding.replacement)
            found.setdefault(key, []).append(finding)
    groups = [
        Migration(rule, severity, old, new, all(one.certain for one in rows), tuple(rows))
        for (severity, rule, old, new), rows in found.items()
    ]
    return tuple(
        sorted(
            groups, key=lambda one: (one.severity.rank, one.rule, -len(one.findings), one.old, one.new or "")
        )
    )


def group_floors(floors: tuple[IntervalFloor, ...]) -> tuple[FloorGroup, ...]:
    """Put families with the same floor together; broken promises first, then what is not settled."""
    found: dict[tuple[str | None, str | None, bool], list[str]] = {}
    for floor in floors:
        found.setdefault((floor.promised, floor.observed, floor.settled), []).append(floor.family)
    groups = [FloorGroup(*key, tuple(families)) for key, families in found.items()]
    order = (Kept.NO, Kept.UNKNOWN, Kept.YES)
    return tuple(sorted(groups, key=lambda group: order.index(group.kept)))
