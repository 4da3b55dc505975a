"""The contract suite as a job: pytest runs it in this process, a Run for each plan comes out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.contract import plugin
from audit.contract.session import Session
from audit.contract.suite import Judged, Suite
from audit.errors import AuditError
from audit.jobs.about import TOOL, stamp
from audit.jobs.probing import promises
from audit.model import (
    Decision,
    Outcome,
    PlanFacts,
    Run,
    Severity,
    Target,
    TargetKind,
    sort_findings,
)

# What a run without files, output and other plugins has no use for; each costs time for every test.
_WITHOUT = (
    *("assertion", "cacheprovider", "capture", "faulthandler", "junitxml", "logging"),
    *("terminal", "threadexception", "unraisableexception", "warnings"),
)
_SETTINGS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")
_NAMED = 3


@dataclass(frozen=True)
class Contracted:
    """One plan, tested: the Run, and how many tests pytest ran and saw fail."""

    plan: str
    run: Run
    tests: int
    failed: int


class _Count:
    """Counts what pytest reports: ``outcomes`` and why a test failed, by the name of the test."""

    def __init__(self) -> None:
        self.outcomes: dict[str, bool] = {}
        self.reasons: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in one phase of one test."""
        name = report.nodeid.partition("::")[2]
        if report.when == "call":
            self.outcomes[name] = report.passed
        if report.failed:
            lines = report.longreprtext.strip().splitlines()
            marked = [line[1:].strip() for line in lines if line.startswith("E ")]
            self.reasons[name] = (marked or lines)[0]


def contract(suite: Suite, folder: Path, threshold: Severity) -> tuple[Contracted, ...]:
    """Run a suite and return what came of each plan; ``folder`` is where its cassettes are.

    Raises AuditError where pytest could not run it to its end.
    """
    started = datetime.now(UTC)
    session, count = Session(suite, threshold), _Count()
    code = _pytest(session, count)
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    lost = [case.id for case in suite.cases if case.id not in session.judged]
    if lost or code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        first = (
            f"{lost[0]}: {count.reasons.get(lost[0], 'was not run')}" if lost else f"pytest ended with {code}"
        )
        raise AuditError(f"the contract suite did not run to its end: {first}")
    return tuple(_of_plan(plan, suite, folder, session, count, started) for plan in suite.libraries)


def _pytest(session: Session, count: _Count) -> int:
    """Run pytest on nothing but the suite: no settings, files or plugins from around are read."""
    with tempfile.TemporaryDirectory() as folder, _alone():
        settings = Path(folder) / "pytest.ini"
        settings.write_text("[pytest]\n", encoding="utf-8")
        without = [argument for name in _WITHOUT for argument in ("-p", f"no:{name}")]
        arguments = [folder, "-c", str(settings), "--rootdir", folder, "--noconftest", *without]
        return int(pytest.main(arguments, plugins=[plugin, session, count]))


@contextmanager
def _alone() -> Iterator[None]:
    """Keep pytest from reading the environment until the end of the block."""
    kept = {name: os.environ.pop(name) for name in _SETTINGS if name in os.environ}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update(kept)


def _of_plan(
    plan: str, suite: Suite, folder: Path, session: Session, count: _Count, started: datetime
) -> Contracted:
    judged = [row for row in session.judged.values() if row.case.plan.name == plan]
    outcomes = {row.case.id: count.outcomes[row.case.id] for row in judged}
    origin, key = suite.origins[plan], suite.keys.get(plan)
    source = f"recorded from {origin.target.kind} ({origin.target.base_url}) on {origin.recorded_at:%Y-%m-%d}"
    run = Run(
        tool=TOOL,
        started_at=stamp(started),
        finished_at=stamp(datetime.now(UTC)),
        target=Target(kind=TargetKind.CASSETTE, base_url=f"{folder / plan}, {source}"),
        plan=PlanFacts(
            declared=plan,
            detected=key.plan if key else None,
            requests_per_minute=key.requests_per_minute if key else None,
            expires_at=key.expires_at if key else None,
        ),
        key=key,
        spec=suite.spec.facts(),
        promises=promises(suite.spec),
        observations=tuple(row.observation for row in judged if row.observation),
        streams=tuple(row.facts for row in judged if row.facts),
        findings=sort_findings([finding for row in judged for finding in row.findings]),
        decision=_decide(judged, outcomes),
    )
    return Contracted(plan, run, len(outcomes), sum(not passed for passed in outcomes.values()))


def _decide(judged: list[Judged], outcomes: Mapping[str, bool]) -> Decision:
    """Go where every test passed."""
    failed = [name for name, passed in outcomes.items() if not passed]
    if failed:
        more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
        named = ", ".join(failed[:_NAMED])
        reason = f"{len(failed):,} of {_counted(len(outcomes), 'test')} failed: {named}{more}."
        return Decision(outcome=Outcome.NO_GO, reasons=(reason,))
    answers = [row.observation for row in judged if row.observation and not row.facts]
    operations = len({answer.operation for answer in answers})
    told = f"{_counted(len(answers), 'recorded answer')} of {_counted(operations, 'operation')}"
    channels = sum(row.facts is not None for row in judged)
    if channels:
        heard = _counted(channels, "recorded channel")
        told = f"{told} and {heard}" if answers else heard
    every = "All " if len(outcomes) > 1 else ""
    reason = f"{every}{_counted(len(outcomes), 'test')} passed: {told}."
    return Decision(outcome=Outcome.GO, reasons=(reason,))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
