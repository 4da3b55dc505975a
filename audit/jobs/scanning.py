"""The scan as a job: files found, read and judged on all cores, the plan advised; a Run comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from audit.checks.observed import Observed
from audit.jobs.about import TOOL, stamp
from audit.jobs.judging import Judge, Judged, Known, heavy
from audit.jobs.waiving import Waivers
from audit.model import (
    Decision,
    Finding,
    Outcome,
    PlanFacts,
    Run,
    Scanned,
    Severity,
    SkippedFile,
    Target,
    TargetKind,
    Use,
    in_the_way,
    sort_findings,
)
from audit.scan.advise import Need, advise, needed
from audit.scan.baseline import Baseline, LineReader
from audit.scan.files import Reason, Skipped
from audit.scan.imports import Neighbours
from audit.scan.pool import scan_files
from audit.scan.search import Places, Searched, search
from audit.spec.catalog import Spec
from audit.spec.plans import Plan


@dataclass(frozen=True)
class Scan:
    """What a scan is asked to do. ``observed`` comes from a Run on the same plan and outweighs promises.

    ``exclude`` is relative to ``base`` (the current folder); ``jobs`` is the number of processes, by
    default one for each core. With ``comments``, what stands in comments is judged as well.
    """

    paths: tuple[Path, ...]
    plan: Plan | None = None
    observed: Observed | None = None
    exclude: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    threshold: Severity = Severity.ERROR
    base: Path | None = None
    jobs: int | None = None
    comments: bool = False
    waivers: Waivers = field(default_factory=Waivers)

    @property
    def places(self) -> Places:
        """Where to search."""
        return Places(self.paths, self.exclude, self.base, self.jobs)


@dataclass
class _Tally:
    """What came together while files were judged."""

    uses: dict[str, Use] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    as_text: list[str] = field(default_factory=list)

    def add(self, file: str, judged: Judged, spec: Spec) -> None:
        self.uses.update((use.model_dump_json(), use) for use in judged.uses)
        self.findings += judged.findings
        self.needs += [Need(needed(spec, name), every, file, line) for name, every, line in judged.needs]
        if not judged.parsed:
            self.as_text.append(file)


def scan(spec: Spec, asked: Scan) -> Run:
    """Read and judge the files below the paths; raises UsageError for a path that does not exist."""
    return scan_known(Known(spec), asked)


def scan_known(known: Known, asked: Scan, searched: Searched | None = None) -> Run:
    """Judge the files that a search has found; where it sought other stems, or was none, search now."""
    started = datetime.now(UTC)
    searched = found_by(known, asked, searched)
    tally = _Tally()
    for result in scan_files(searched.hits, heavy(judge_for(known, asked)), jobs=asked.jobs):
        if isinstance(result, Skipped):
            searched.skips.add(result)
        else:
            tally.add(result.path, result.value, known.spec)
    return _to_run(known.spec, asked, searched, tally, started)


def judge_for(known: Known, asked: Scan) -> Judge:
    """Return what judges the files of a scan."""
    near = Neighbours(asked.paths)
    return Judge(known, asked.plan, asked.observed, asked.ignore, asked.comments, near)


def found_by(known: Known, asked: Scan, searched: Searched | None) -> Searched:
    """Return what a search has found, of a new one where that one sought something else."""
    if searched is not None and searched.stems == known.stems:
        return searched
    return search(asked.places, known.stems)


def against(baseline: Baseline, run: Run, threshold: Severity) -> Run:
    """Leave out of a run what the baseline knows, and decide on the rest."""
    lines = LineReader()
    new, known = baseline.filter(run.findings, lines)
    scanned = run.scanned and run.scanned.model_copy(
        update={"known": len(known), "gone": baseline.gone(run.findings, lines)}
    )
    unjudged = _unjudged(scanned.skipped) if scanned else 0
    decision = _decide(new, len(run.uses), threshold, unjudged, len(known))
    return run.model_copy(update={"findings": new, "scanned": scanned, "decision": decision})


def _to_run(spec: Spec, asked: Scan, searched: Searched, tally: _Tally, started: datetime) -> Run:
    findings = asked.waivers.mark(sort_findings(tally.findings))
    uses = sorted(tally.uses.values(), key=lambda use: (use.file, use.line, use.path))
    scanned = _scanned(asked, searched, tally)
    return Run(
        tool=TOOL,
        started_at=stamp(started),
        finished_at=stamp(datetime.now(UTC)),
        target=Target(kind=TargetKind.CODE, base_url=None),
        plan=PlanFacts(declared=asked.plan.name if asked.plan else None),
        spec=spec.facts(),
        uses=tuple(uses),
        findings=findings,
        advice=advise(spec, tally.needs),
        decision=_decide(findings, len(uses), asked.threshold, _unjudged(scanned.skipped)),
        scanned=scanned,
    )


def _scanned(asked: Scan, searched: Searched, tally: _Tally) -> Scanned:
    return Scanned(
        paths=tuple(map(str, asked.paths)),
        files=searched.files,
        read=len(searched.hits),
        read_as_text=tuple(sorted(tally.as_text)),
        skipped={reason.value: count for reason, count in sorted(searched.skips.counts.items())},
        skipped_files=tuple(
            SkippedFile(file=entry.path, reason=entry.reason.value, detail=entry.detail or None)
            for entry in searched.skips.named
        ),
    )


def _unjudged(skipped: Mapping[str, int]) -> int:
    """How many files held something to judge, and were not judged."""
    return sum(skipped.get(reason, 0) for reason in (Reason.TIMED_OUT, Reason.FAILED))


def _decide(
    findings: Sequence[Finding], uses: int, threshold: Severity, unjudged: int, known: int = 0
) -> Decision:
    """Code without a use of the API has nothing to decide on: that is incomplete, not go."""
    heavy = in_the_way(findings, threshold)
    reasons = []
    if heavy:
        rules = sorted({finding.rule for finding in heavy})
        reasons.append(f"{_counted(len(heavy), 'finding')}: {', '.join(rules)}.")
    elif uses and not unjudged:
        told = "nothing new is wrong" if known else "all as documented today"
        if any(finding.waived for finding in findings):
            told = "nothing is wrong but what is waived"
        reasons.append(f"{_counted(uses, 'use')} of the API, {told}.")
    if not uses:
        reasons.append("No use of the API was found.")
    if known:
        reasons.append(f"{_counted(known, 'known finding')} left out.")
    if unjudged:
        reasons.append(f"{_counted(unjudged, 'file')} could not be judged.")
    complete = Outcome.GO if uses and not unjudged else Outcome.INCOMPLETE
    return Decision(outcome=Outcome.NO_GO if heavy else complete, reasons=tuple(reasons))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
