"""Reads a Run file of an earlier audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from audit.errors import UsageError
from audit.model import Run, Verdict
from audit.spec.plans import Ladder, Plan

MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Observed:
    """What a run saw: the plan it was on, and the verdict of each operation's ordinary request."""

    plan: Plan | None
    verdicts: Mapping[str, Verdict]


def read_run(path: Path) -> Run:
    """Return the Run in a file; raises UsageError where it is none."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path}: larger than {MAX_BYTES // 1024 // 1024} MiB; a run file is smaller")
        return Run.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name a run.json") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError(f"{path}: not a run file: {where}: {first['msg']}") from None


def observed_in(path: Path, ladder: Ladder) -> Observed:
    """Return what a run file saw; unanswered requests say nothing about a plan and are left out."""
    run = read_run(path)
    name = run.plan.detected or run.plan.declared
    telling = (Verdict.AVAILABLE, Verdict.EMPTY, Verdict.PLAN_GATED)
    verdicts: dict[str, Verdict] = {}
    for row in run.observations:
        if row.verdict in telling:
            verdicts.setdefault(row.operation, row.verdict)
    return Observed(ladder.get(name) if name else None, verdicts)
