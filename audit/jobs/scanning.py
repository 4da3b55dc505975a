"""The scan as a job: files read, uses judged, the plan advised; a Run comes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from audit.checks import CODE_CHECKS
from audit.checks.reliance import Reliance, accepted, meaning
from audit.jobs.about import TOOL, stamp
from audit.model import (
    Decision,
    Finding,
    Outcome,
    PlanFacts,
    Run,
    Severity,
    Target,
    TargetKind,
    Use,
    Verdict,
    sort_findings,
)
from audit.scan.advise import Need, advise, cheapest
from audit.scan.atlas import Atlas
from audit.scan.files import Skipped, read, to_utf8, walk
from audit.scan.ignore import Marks
from audit.scan.prefilter import Prefilter, stems_from
from audit.scan.rewrite import apply, plan_edits
from audit.scan.source import Source, read_source
from audit.spec.catalog import Spec
from audit.spec.legacy import load_legacy
from audit.spec.plans import Plan


@dataclass(frozen=True)
class Judged:
    """What one file comes to: its uses, what is wrong, and what it needs of a plan."""

    uses: tuple[Use, ...]
    findings: tuple[Finding, ...]
    needs: tuple[Need, ...]


def judge(source: Source, spec: Spec, plan: Plan | None, observed: Mapping[str, Verdict] | None) -> Judged:
    """Judge one file that has been read."""
    reliance = Reliance(source, spec, plan, observed)
    findings = [finding for check in CODE_CHECKS for finding in check(reliance)]
    uses, needs = [], []
    for use in source.relied.uses:
        meant = meaning(use, spec)
        operation = meant.operation if meant else None
        place = source.lines.location(source.name, use.anchor.start)
        line = place.line or 1
        status: Literal["current", "legacy", "unknown"] = "current"
        if meant is None or meant.route is not None:
            status = "unknown" if meant is None else "legacy"
        minimum = None
        if operation is not None and meant is not None:
            parameter = operation.parameter("interval")
            sent = [
                param.value
                for param in use.parameters.given
                if parameter is not None and accepted(param.name, meant) == parameter.name
            ]
            need = Need(operation, sent[0] if sent else None, source.name, line)
            needs.append(need)
            minimum = cheapest(spec, need)
        uses.append(
            Use(
                file=source.name,
                line=line,
                path=use.path.replace("\x00", "{}"),
                operation=operation.id if operation else None,
                status=status,
                min_plan=minimum,
            )
        )
    return Judged(tuple(uses), tuple(findings), tuple(needs))


@dataclass(frozen=True)
class Scan:
    """What a scan is asked to do. ``observed`` comes from a Run on the same plan and outweighs promises."""

    paths: tuple[Path, ...]
    plan: Plan | None = None
    observed: Mapping[str, Verdict] | None = None
    exclude: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    threshold: Severity = Severity.ERROR


@dataclass(frozen=True)
class Rewritten:
    """What the certain edits make of one file, and what is left to a person."""

    path: Path
    before: bytes
    after: bytes
    left: tuple[str, ...]


def rewrite(spec: Spec, asked: Scan) -> list[Rewritten]:
    """Return every file that certain edits would change, in the order of the files; nothing is written.

    A file that would parse worse afterwards comes back as it is.
    """
    legacy = load_legacy(spec.folder)
    atlas = Atlas(spec, legacy)
    prefilter = Prefilter(stems_from(spec, legacy))
    found = []
    for entry in walk(asked.paths, exclude=asked.exclude):
        raw = read(entry) if not isinstance(entry, Skipped) else entry
        if isinstance(raw, Skipped) or isinstance(entry, Skipped) or not prefilter.matches(raw):
            continue
        source = read_source(entry.path, raw, atlas)
        meanings = [
            (use, meant.operation if meant else None, meant.route if meant else None)
            for use, meant in ((use, meaning(use, spec)) for use in source.relied.uses)
        ]
        edits = plan_edits(source, meanings)
        if edits.changes or edits.left:
            left = tuple(f"{_at(source, left.span.start)}: {left.reason}" for left in edits.left)
            found.append(Rewritten(Path(entry.path), raw, apply(raw, edits.changes), left))
    return found


def _at(source: Source, offset: int) -> str:
    place = source.lines.location(source.name, offset)
    return f"{place.file}:{place.line}"


@dataclass
class _Tally:
    """What came together while files were read."""

    judged: list[Judged] = field(default_factory=list)
    files: int = 0
    read: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    fallen_back: list[str] = field(default_factory=list)


def scan(spec: Spec, asked: Scan) -> Run:
    """Read and judge the files below the paths; raises UsageError for a path that does not exist."""
    started = datetime.now(UTC)
    legacy = load_legacy(spec.folder)
    atlas = Atlas(spec, legacy)
    prefilter = Prefilter(stems_from(spec, legacy))
    tally = _Tally()
    for entry in walk(asked.paths, exclude=asked.exclude):
        if isinstance(entry, Skipped):
            tally.skipped.append(entry)
            continue
        tally.files += 1
        raw = read(entry)
        if isinstance(raw, Skipped):
            tally.skipped.append(raw)
        elif prefilter.matches(raw):
            tally.read += 1
            _judge_file(entry.path, to_utf8(raw), atlas, spec, asked, tally)
    return _to_run(spec, asked, tally, started)


def _judge_file(name: str, raw: bytes, atlas: Atlas, spec: Spec, asked: Scan, tally: _Tally) -> None:
    source = read_source(name, raw, atlas)
    if not source.facts.parsed:
        tally.fallen_back.append(name)
    judged = judge(source, spec, asked.plan, asked.observed)
    marks = Marks(raw.decode("utf-8", errors="replace"))
    kept = tuple(
        finding
        for finding in judged.findings
        if finding.rule not in asked.ignore
        and not marks.covers(finding.rule, finding.location.line if finding.location else None)
    )
    tally.judged.append(Judged(judged.uses, kept, judged.needs))


def _to_run(spec: Spec, asked: Scan, tally: _Tally, started: datetime) -> Run:
    findings = sort_findings([finding for one in tally.judged for finding in one.findings])
    unique = {use.model_dump_json(): use for one in tally.judged for use in one.uses}
    uses = sorted(unique.values(), key=lambda use: (use.file, use.line, use.path))
    reasons: Counter[str] = Counter()
    for entry in tally.skipped:
        # What is ignored comes as one entry that stands for many.
        reasons[entry.reason.value] += entry.entries
    return Run.model_validate(
        {
            "tool": TOOL,
            "started_at": stamp(started),
            "finished_at": stamp(datetime.now(UTC)),
            "target": Target(kind=TargetKind.CODE, base_url=None),
            "plan": PlanFacts(declared=asked.plan.name if asked.plan else None),
            "spec": spec.facts(),
            "uses": uses,
            "findings": findings,
            "advice": advise(spec, (need for one in tally.judged for need in one.needs)),
            "decision": _decide(findings, len(uses), asked.threshold),
            "scanned": {
                "paths": [str(path) for path in asked.paths],
                "files": tally.files,
                "read": tally.read,
                "read_as_text": sorted(tally.fallen_back),
                "skipped": dict(sorted(reasons.items())),
            },
        }
    )


def _decide(findings: Sequence[Finding], uses: int, threshold: Severity) -> Decision:
    """Code without a use of the API has nothing to decide on: that is incomplete, not go."""
    heavy = [finding for finding in findings if finding.severity.rank <= threshold.rank]
    if heavy:
        rules = sorted({finding.rule for finding in heavy})
        return Decision(outcome=Outcome.NO_GO, reasons=(f"{len(heavy)} findings: {', '.join(rules)}.",))
    if not uses:
        return Decision(outcome=Outcome.INCOMPLETE, reasons=("No use of the API was found.",))
    return Decision(outcome=Outcome.GO, reasons=(f"{uses} uses of the API, all as documented today.",))
