"""A sign-off tests the recordings of its plan too, and never takes them for answers of today."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from audit.contract.cassette import default_folder
from audit.jobs.settings import Settings
from audit.jobs.signing import with_recordings
from audit.model import Decision, Outcome, Run, Verdict
from audit.spec.catalog import Spec
from audit.spec.catalog import default_folder as description
from tests.contract.spoilt import OPERATION, SPOILT, refuse
from tests.support.cli import run_here


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    shutil.copytree(default_folder() / "standard", tmp_path / "mine" / "standard")
    return tmp_path / "mine"


def sign(tmp_path: Path, *arguments: str) -> tuple[int, Run]:
    asked = ("--plan", "standard", "--only", OPERATION, "--sandbox", "--quiet", "--format", "json")
    done = run_here("signoff", *asked, "--out", str(tmp_path / "out"), *arguments)
    return done.code, Run.model_validate_json(done.out)


def test_recordings_that_hold_are_told_apart(mine: Path, tmp_path: Path) -> None:
    code, run = sign(tmp_path, "--cassettes", str(mine))
    assert (code, run.decision.outcome) == (0, "go")
    told = run.decision.reasons[-1]
    assert told.startswith("Contract: 1 test passed: 1 recorded answer of 1 operation, from sandbox on ")
    assert told.endswith("; that says nothing about the live API.")
    _, without = sign(tmp_path, "--no-contract")
    assert without.decision.reasons == run.decision.reasons[:-1]
    assert without.observations[0].operation == run.observations[0].operation


def test_a_broken_recording_stands_in_the_way_and_is_named_as_one(mine: Path, tmp_path: Path) -> None:
    path = refuse(mine / "standard")
    code, run = sign(tmp_path, "--cassettes", str(mine))
    assert (code, run.decision.outcome) == (1, "no-go")
    assert run.decision.reasons[0].startswith(
        "Contract: 1 of 1 test failed: standard-option_info, from sandbox"
    )
    (finding,) = run.findings
    assert finding.rule == "wrong-param"
    assert finding.message == "recorded from sandbox: the API refuses the parameters"
    assert finding.location is not None
    assert finding.location.file == str(path)


def test_recordings_that_cannot_be_used_stand_in_the_way(mine: Path, tmp_path: Path) -> None:
    spoil, words = SPOILT["truncated"]
    spoil(mine / "standard")
    code, run = sign(tmp_path, "--cassettes", str(mine))
    assert (code, run.decision.outcome) == (1, "no-go")
    assert [finding.rule for finding in run.findings] == ["cassette"]
    assert words.partition(";")[0] in run.findings[0].message or "not JSON" in run.findings[0].message


def test_where_nothing_is_recorded_that_decides_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, run = sign(tmp_path, "--cassettes", str(tmp_path / "empty"))
    assert (code, run.decision.outcome) == (0, "go")
    nothing = "Contract: nothing is recorded on standard, so nothing was tested."
    assert run.decision.reasons[-1] == nothing


def test_a_folder_of_recordings_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    done = run_here(
        "signoff", "--sandbox", "--cassettes", str(tmp_path / "gone"), "--out", str(tmp_path / "out")
    )
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {tmp_path / 'gone'}: no such folder")
    assert not (tmp_path / "out").exists()


def test_the_shipped_recordings_are_of_the_shipped_description_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(description(), tmp_path / "copy")
    assert "test passed" in sign(tmp_path)[1].decision.reasons[-1]
    assert "nothing is recorded" in sign(tmp_path, "--spec", "copy")[1].decision.reasons[-1]


def test_a_key_that_never_worked_stays_undecided(mine: Path, tmp_path: Path, spec: Spec) -> None:
    _, run = sign(tmp_path, "--no-contract")
    refused = run.observations[0].model_copy(update={"verdict": Verdict.UNAUTHORIZED})
    undecided = Decision(outcome=Outcome.INCOMPLETE, reasons=("The key never worked.",))
    refuse(mine / "standard")
    joined = with_recordings(
        run.model_copy(update={"observations": (refused,), "decision": undecided}),
        spec, Settings(plan="standard", only=(OPERATION,)), mine,
    )  # fmt: skip
    assert joined.decision.outcome is Outcome.INCOMPLETE
    assert joined.decision.reasons[0] == "The key never worked."
    assert joined.decision.reasons[1].startswith("Contract: 1 of 1 test failed")
