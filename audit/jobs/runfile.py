"""Reads a Run file of an earlier audit."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from audit.checks.observed import Observed
from audit.errors import UsageError
from audit.history.packed import MAX_BYTES, parse_run
from audit.model import Run, Verdict
from audit.spec.plans import Ladder
from audit.spec.widths import is_width

# Clocks differ a little between machines; more than this is a mistake.
SLACK = timedelta(days=1)


def read_run(path: Path) -> Run:
    """Return the Run in a file; raises UsageError where it is none."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path}: larger than {MAX_BYTES // 1024 // 1024} MiB; a run file is smaller")
        return parse_run(path.read_bytes(), str(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name a run.json") from None


def wrong_time(started_at: str, now: datetime) -> str | None:
    """Say why a run cannot have begun when it says; None where it can."""
    try:
        ahead = datetime.fromisoformat(started_at) > now + SLACK
    except (ValueError, TypeError):
        return f"began at {started_at!r}, which is no moment"
    return f"began at {started_at}, still to come; a clock was wrong" if ahead else None


def observed(run: Run, ladder: Ladder) -> Observed:
    """Return what a run saw; unanswered requests say nothing about a plan and are left out."""
    name = run.plan.detected or run.plan.declared
    telling = (Verdict.AVAILABLE, Verdict.EMPTY, Verdict.PLAN_GATED)
    verdicts: dict[str, Verdict] = {}
    for row in run.observations:
        if row.verdict in telling:
            verdicts.setdefault(row.operation, row.verdict)
    return Observed(ladder.get(name) if name else None, verdicts, _widths(run, name))


def _widths(run: Run, plan: str | None) -> dict[str, dict[str, bool]]:
    """Return which intervals of each operation were answered, those that its family stands for included."""
    telling = {Verdict.AVAILABLE: True, Verdict.EMPTY: True, Verdict.INTERVAL_GATED: False}
    widths: dict[str, dict[str, bool]] = {}
    for row in run.observations:
        if row.interval and is_width(row.interval) and row.verdict in telling:
            widths.setdefault(row.operation, {}).setdefault(row.interval, telling[row.verdict])
    floors = {
        (floor.family, floor.promised): floor.observed
        for floor in run.interval_floors
        if floor.settled and floor.observed and is_width(floor.observed)
    }
    for promise in run.promises:
        # The finest of the family is promised to a member that names no floor of its own.
        promised = promise.interval_floor.get(plan or "") or next(iter(promise.intervals), None)
        found = floors.get((promise.group, promised))
        if found is not None:
            widths.setdefault(promise.operation, {}).setdefault(found, True)
    return widths
