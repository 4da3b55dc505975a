"""Drift between Run files, and the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit.errors import UsageError
from audit.jobs.probing import probe
from audit.jobs.settings import Settings, aim
from audit.model import Finding, Observation, Outcome, Run, Severity, Verdict
from audit.report.formats import FORMATS
from audit.spec.catalog import Spec
from tests.contract.breaking import body
from tests.contract.moved import between, changed, recorded, told
from tests.support.cli import run_here

OI = "futures_open_interest_history"
LIST = "futures_open_interest_exchange_list"
ONLY = ("futures_open_interest_*",)


@pytest.fixture(scope="module")
def run(spec: Spec) -> Run:
    settings = Settings(plan="hobbyist", sandbox=True, only=ONLY)
    return probe(spec, settings, aim(settings, spec, None)).run


def written(folder: Path, name: str, run: Run, **changes: Any) -> Path:
    path = folder / f"{name}.json"
    path.write_text(run.model_copy(update=changes).model_dump_json(), encoding="utf-8")
    return path


def observed(run: Run, change: Callable[[Observation], dict[str, Any]]) -> tuple[Observation, ...]:
    return tuple(row.model_copy(update=change(row)) for row in run.observations)


def pair(spec: Spec, folder: Path, run: Run, **changes: Any) -> list[str]:
    return told(between(spec, written(folder, "old", run), written(folder, "new", run, **changes)))


def test_the_same_run_shows_nothing(spec: Spec, tmp_path: Path, run: Run) -> None:
    found = between(spec, written(tmp_path, "old", run), written(tmp_path, "new", run))
    assert told(found) == []
    assert found.run.decision.outcome is Outcome.GO
    assert found.run.target == run.target


def test_a_verdict_that_moved(spec: Spec, tmp_path: Path, run: Run) -> None:
    gone = {"verdict": Verdict.NOT_FOUND, "code": "404", "message": "Endpoint not found."}
    rows = observed(run, lambda row: gone if row.operation == LIST else {})
    assert pair(spec, tmp_path, run, observations=rows) == [f"error: {LIST}: has vanished"]
    moved = between(spec, tmp_path / "new.json", tmp_path / "old.json")
    assert told(moved) == [f"note: {LIST}: has appeared"]


def test_history_and_limit(spec: Spec, tmp_path: Path, run: Run) -> None:
    rows = observed(run, lambda row: {"rows": 30} if row.operation == OI and row.rows else {})
    plan = run.plan.model_copy(update={"requests_per_minute": 80})
    assert pair(spec, tmp_path, run, observations=rows, plan=plan) == [
        f"warning: {OI}: history is shorter: 30 rows, 100 came before",
        "note: -: the limit on requests is 80, was 30",
    ]


def test_what_runs_found_about_fields(spec: Spec, tmp_path: Path, run: Run) -> None:
    found = Finding(
        rule="field-missing",
        severity=Severity.ERROR,
        message="data[].close is absent in 4 rows",
        operation=OI,
    )
    assert pair(spec, tmp_path, run, findings=(found,)) == [f"error: {OI}: {found.message}"]
    again = found.model_copy(update={"message": "data[].close is absent in 9 rows"})
    old, new = (written(tmp_path, name, run, findings=(row,)) for name, row in (("a", found), ("b", again)))
    assert told(between(spec, old, new)) == []
    gone = between(spec, old, written(tmp_path, "c", run))
    assert told(gone) == [f"note: {OI}: no longer: {found.message}"]


def test_what_the_descriptions_promise(spec: Spec, tmp_path: Path, run: Run) -> None:
    promises = {promise.operation: promise for promise in run.promises}
    dearer = promises[OI].model_copy(update={"plans": {**promises[OI].plans, "hobbyist": False}})
    finer = promises[OI].model_copy(
        update={"interval_floor": {**promises[OI].interval_floor, "hobbyist": "1m"}}
    )
    rest = tuple(row for name, row in promises.items() if name != OI)
    assert pair(spec, tmp_path, run, promises=(*rest, dearer)) == [
        f"error: {OI}: is promised from startup on, was from hobbyist on"
    ]
    assert pair(spec, tmp_path, run, promises=(*rest, finer)) == [
        f"note: {OI}: promises intervals from 1m on hobbyist, did from 4h"
    ]
    assert pair(spec, tmp_path, run, promises=rest) == [f"warning: {OI}: is no longer described"]


def test_runs_and_cassettes_can_be_compared(spec: Spec, tmp_path: Path, run: Run) -> None:
    recorded(spec, tmp_path / "cassettes", "hobbyist", only=ONLY)
    found = between(spec, written(tmp_path, "old", run), tmp_path / "cassettes", only=ONLY)
    assert told(found) == []


def test_runs_of_two_plans_are_not_compared(spec: Spec, tmp_path: Path, run: Run) -> None:
    plan = run.plan.model_copy(update={"detected": "standard"})
    with pytest.raises(UsageError, match="no plan in common"):
        pair(spec, tmp_path, run, plan=plan)
    nameless = run.plan.model_copy(update={"detected": None, "declared": None})
    with pytest.raises(UsageError, match="says no plan"):
        pair(spec, tmp_path, run, plan=nameless)


# --- the command ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folders(spec: Spec, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Cassettes of one group, and the same with a field more and one of another type."""
    folder = tmp_path_factory.mktemp("folders")
    old = recorded(spec, folder / "old", "hobbyist", only=(OI,))

    def change(whole: Any) -> None:
        for row in whole["data"]:
            row.update(trades=3, close=1.5)

    new = changed(
        old,
        folder / "new",
        "futures-open-interest.json",
        lambda row: body(change)(row) if row.operation == OI and row.interval == "1d" else row,
    )
    return str(old), str(new)


def test_the_exit_codes(folders: tuple[str, str], tmp_path: Path) -> None:
    old, new = folders
    assert run_here("drift", old, old).code == 0
    assert run_here("drift", old, new).code == 1
    assert run_here("drift", old, new, "--fail-on", "never").code == 0
    assert run_here("drift", old).code == 2
    assert run_here("drift", old, str(tmp_path / "none")).code == 2
    ran = run_here("drift", old, new, "--sandbox")
    assert (ran.code, "--sandbox is for comparing with a target" in ran.err) == (2, True)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_tells_it(folders: tuple[str, str], form: str) -> None:
    ran = run_here("drift", *folders, "--format", form, "--quiet", "--no-color")
    assert ran.code == 1
    # A badge has room for the decision alone.
    assert ("is number now, was" in " ".join(ran.out.split())) is not form.startswith("badge")


def test_json_is_one_run_and_out_keeps_it(folders: tuple[str, str], tmp_path: Path) -> None:
    ran = run_here("drift", *folders, "--format", "json", "--out", str(tmp_path / "out"))
    printed = Run.model_validate_json(ran.out)
    assert {finding.rule for finding in printed.findings} == {"drift"}
    assert json.loads((tmp_path / "out" / "run.json").read_text()) == json.loads(ran.out)
    assert "--patch" in ran.err


def test_patch_prints_the_patch_alone(folders: tuple[str, str]) -> None:
    ran = run_here("drift", *folders, "--patch")
    assert ran.code == 1
    assert ran.out.startswith("--- a/groups/futures-open-interest.yaml\n")
    assert "trades: {type: number" in ran.out


def test_a_target_is_compared_with_the_shipped_cassettes() -> None:
    ran = run_here("drift", "--sandbox", "--plan", "hobbyist", "--only", OI, "--quiet")
    assert ran.code == 0, ran.out
    assert "Nothing has moved." in ran.out
    assert "SANDBOX" in ran.out


def test_a_run_without_a_limit_says_nothing_of_it(spec: Spec, tmp_path: Path, run: Run) -> None:
    plan = run.plan.model_copy(update={"requests_per_minute": None})
    assert pair(spec, tmp_path, run, plan=plan) == []
