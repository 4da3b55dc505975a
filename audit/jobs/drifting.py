"""Drift as a job: two sides read or recorded, compared plan by plan; a Run comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from audit.checks import drift as rule
from audit.checks.drift import Edit, Move
from audit.client.secret import Secret
from audit.contract.drift import compare
from audit.contract.drift_sides import Side, from_cassettes, from_run
from audit.contract.replay import Library, nothing_recorded, plans_in
from audit.contract.scrub import Scrubber
from audit.contract.sealed import SUFFIX
from audit.contract.stream_file import FILE
from audit.errors import AuditError, CassetteError, UsageError
from audit.history.store import find_run, is_kept
from audit.jobs.about import TOOL, stamp
from audit.jobs.deciding import decide
from audit.jobs.hearing import Hearing
from audit.jobs.probing import Audited, probe
from audit.jobs.runfile import read_run, wrong_time
from audit.jobs.settings import Settings, aim
from audit.model import Decision, Outcome, PlanFacts, Run, Severity, Target, TargetKind, sort_findings
from audit.probe.runner import Progress
from audit.spec.catalog import Spec
from audit.spec.selecting import select

Pair = tuple[Side, Side]


@dataclass(frozen=True)
class Drifted:
    """A finished comparison: the Run, and what the description would have to say where that is mechanical."""

    run: Run
    edits: tuple[Edit, ...]


def drift_between(
    spec: Spec, before: Path, now: Path, plan: str | None, only: tuple[str, ...], threshold: Severity
) -> Drifted:
    """Compare two Run files, two runs of the history by their ids, two folders of cassettes, or one of each.

    Raises UsageError or CassetteError where one of them cannot be read, or they have no plan in common.
    """
    started = datetime.now(UTC)
    wanted = spec.ladder.get(plan).name if plan else None
    asked = _asked(spec, only) if only else None
    sides = [_read(spec, path, wanted, asked) for path in (before, now)]
    pairs = [
        (sides[0][name], sides[1][name]) for name in spec.ladder.names if name in sides[0].keys() & sides[1]
    ]
    if not pairs:
        told = [", ".join(side) or "none" for side in sides]
        raise UsageError(
            f"{before} and {now} have no plan in common ({told[0]}; {told[1]}); compare what is of one plan"
        )
    target = pairs[0][1].target if not now.is_dir() else Target(kind=TargetKind.CASSETTE, base_url=str(now))
    return _drifted(spec, pairs, target, started, threshold)


def drift_from_target(
    spec: Spec,
    settings: Settings,
    key: Secret | None,
    cassettes: Path,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Drifted:
    """Ask the target what a recording asks and compare the answers with the cassettes of its plan.

    Raises UsageError where the key has another plan than is named, CassetteError where no cassettes of
    the plan are there.
    """
    target = aim(settings, spec, key)
    if target.key is None:
        raise UsageError(f"no key to ask with; set {spec.provider.key_variable}, or use --sandbox")
    named = settings.plan or (spec.provider.usual_plan if target.stands_in else None)
    if named and spec.ladder.get(named).name not in plans_in(cassettes):
        raise CassetteError(nothing_recorded(cassettes, spec.ladder.get(named).name))
    started = datetime.now(UTC)
    hearing = Hearing(spec, target, Scrubber(target.key, spec.provider.key_variable), started)
    channels = _asks_channels(spec, cassettes, settings.only)
    asking = replace(settings, plan=named, channels=channels or None, out=None)
    audited = probe(spec, asking, target, on_progress, hearing.listen, hearing.tap)
    plan = _plan(spec, named, audited)
    asked = _asked(spec, settings.only)
    step, library = spec.ladder.get(plan), Library(cassettes, plan, spec)
    before = from_cassettes(spec, step, library.cassettes(), str(cassettes / plan), asked, library.stream)
    now = from_cassettes(
        spec,
        step,
        hearing.cassettes(plan),
        target.target.base_url or "the target",
        asked,
        hearing.stream(plan, audited),
    )
    # What was asked and did not answer has not vanished.
    now = replace(now, unknown=now.unknown | (asked - now.operations))
    stopped = None if audited.finished else "the target did not answer everything"
    return _drifted(spec, [(before, now)], target.target, started, settings.threshold, stopped)


def _asked(spec: Spec, only: tuple[str, ...]) -> frozenset[str]:
    """The operations and channels to look at, by name."""
    operations, channels = select(spec, only)
    return frozenset(row.id for row in operations) | {channel.id for channel in channels}


def _asks_channels(spec: Spec, cassettes: Path, only: tuple[str, ...]) -> bool:
    """Whether to listen to channels too: that takes minutes, and is of no use where none is recorded."""
    recorded = any((cassettes / plan / FILE).is_file() for plan in plans_in(cassettes))
    return recorded and bool(select(spec, only)[1])


def _plan(spec: Spec, named: str | None, audited: Audited) -> str:
    found = audited.key.plan
    if named is None and found is None:
        reasons = " ".join(audited.run.decision.reasons).rstrip(".")
        raise AuditError(f"not compared: {reasons}; name the plan with --plan")
    wanted = spec.ladder.get(named).name if named else None
    if wanted and found not in (None, wanted):
        raise UsageError(f"the key has the plan {found}, not {wanted}; compare with --plan {found}")
    return wanted or str(found)


def _read(spec: Spec, path: Path, plan: str | None, asked: frozenset[str] | None) -> dict[str, Side]:
    """Return the sides that a file or folder holds, by plan."""
    run = _run(path)
    if run is not None:
        if asked is not None:
            kept = tuple(row for row in run.observations if row.operation in asked)
            found = tuple(row for row in run.findings if row.operation in asked)
            told = tuple(row for row in run.promises if row.operation in asked)
            run = run.model_copy(update={"observations": kept, "findings": found, "promises": told})
        label = f"run {path}" if is_kept(path) else str(path)
        odd = wrong_time(run.started_at, datetime.now(UTC))
        side = from_run(run, f"{label} ({odd})" if odd else label)
        name = side.plan or plan
        if name is None:
            raise UsageError(f"{path}: says no plan; name it with --plan")
        return {name: side} if plan in (None, name) else {}
    if not path.is_dir():
        raise UsageError(f"{path}: neither a run file nor a folder of cassettes; name two of these")
    folder, plans = path, plans_in(path)
    if not plans and any(path.glob(f"*{SUFFIX}")):
        # The folder of one plan was named.
        folder, plans = path.parent, [path.name]
    chosen = [name for name in plans if name in spec.ladder.names and plan in (None, name)]
    if not chosen:
        raise CassetteError(nothing_recorded(path, plan))
    return {name: _recorded(spec, folder, name, asked) for name in chosen}


def _run(path: Path) -> Run | None:
    """Return the Run in a file, or in the history where a number is named; None for anything else."""
    if is_kept(path):
        return find_run(str(path))
    return read_run(path) if path.is_file() and path.suffix == SUFFIX else None


def _recorded(spec: Spec, folder: Path, plan: str, asked: frozenset[str] | None) -> Side:
    library = Library(folder, plan, spec)
    return from_cassettes(
        spec, spec.ladder.get(plan), library.cassettes(), str(folder / plan), asked, library.stream
    )


def _drifted(
    spec: Spec,
    pairs: Sequence[Pair],
    target: Target,
    started: datetime,
    threshold: Severity,
    stopped: str | None = None,
) -> Drifted:
    moves = [
        move for before, now in pairs for move in _of_plan(compare(spec, before, now), now, len(pairs) > 1)
    ]
    findings = sort_findings([finding for move in moves for finding in rule.check(move)])
    observations = tuple(row for _, now in pairs for row in now.observations)
    unknown = sorted({name for before, now in pairs for name in now.unknown & before.operations})
    decision = decide(
        observations, findings, threshold=threshold, not_asked=len(unknown) if stopped else 0, stopped=stopped
    )
    if decision.outcome is Outcome.GO:
        decision = Decision(outcome=Outcome.GO, reasons=(_nothing(findings),))
    origins = tuple(dict.fromkeys(text for pair in pairs for text in _origins(*pair)))
    plan = pairs[0][1].plan if len(pairs) == 1 else None
    run = Run(
        tool=TOOL,
        started_at=stamp(started),
        finished_at=stamp(datetime.now(UTC)),
        target=target,
        plan=PlanFacts(declared=plan),
        spec=spec.facts(),
        observations=observations,
        findings=findings,
        decision=decision.model_copy(update={"reasons": (*decision.reasons, _compared(pairs), *origins)}),
    )
    return Drifted(run, tuple(move.edit for move in moves if move.edit is not None))


def _of_plan(moves: Iterable[Move], now: Side, several: bool) -> Iterator[Move]:
    """Say which plan it is, where several are compared."""
    for move in moves:
        yield replace(move, message=f"{now.plan}: {move.message}") if several else move


def _nothing(findings: Sequence[object]) -> str:
    return (
        f"Nothing has moved that stands in the way; {len(findings)} to read."
        if findings
        else "Nothing has moved."
    )


def _compared(pairs: Sequence[Pair]) -> str:
    answers = sum(len(before.answers.keys() & now.answers.keys()) for before, now in pairs)
    plans = ", ".join(now.plan or "?" for _, now in pairs)
    return f"{answers} answers compared on {plans}: {pairs[0][0].label} before, {pairs[0][1].label} now."


def _origins(before: Side, now: Side) -> Iterator[str]:
    """What must be known to read the result: a sandbox does not show what the live API did."""
    kinds = (before.target.kind, now.target.kind)
    if TargetKind.SANDBOX in kinds and TargetKind.LIVE in kinds:
        place = before.label if kinds[0] is TargetKind.SANDBOX else now.label
        yield f"{place} comes from a sandbox: a difference tells of the description, not of a change."
    elif TargetKind.SANDBOX in kinds:
        yield "Both sides come from a sandbox; nothing here says anything about the live API."
