"""`contract`: pytest runs the suite, and what it counted is what is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from audit.contract.cases import WAYS
from audit.contract.cassette import default_folder
from audit.model import Run, Severity, TargetKind
from audit.spec.catalog import Spec
from tests.contract.spoilt import SPOILT, refuse, restate
from tests.support.cli import Ran, run_here, run_process


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """One plan's cassettes, to be spoilt, and the files of another beside it."""
    shutil.copytree(default_folder() / "standard", tmp_path / "mine" / "standard")
    shutil.copytree(default_folder() / "hobbyist", tmp_path / "other" / "hobbyist")
    return tmp_path / "mine"


def contract(folder: Path, *arguments: str) -> Ran:
    return run_here("contract", "--cassettes", str(folder), *arguments)


def test_every_recorded_plan_is_tested_and_the_sandbox_is_named(tmp_path: Path, spec: Spec) -> None:
    done = run_process("contract", cwd=tmp_path)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "CASSETTE: says nothing about the live API"
    assert [line.split()[0] for line in lines[1:-1] if line[2] != " "] == spec.ladder.names
    told = " ".join(done.out.split())
    assert told.count("recorded from sandbox (in-process sandbox)") == len(spec.ladder.names)
    assert lines[-1].startswith("go: 1,2")
    assert lines[-1].endswith(" tests, 0 failed")
    assert not done.err


def test_the_run_holds_what_pytest_ran(mine: Path, tmp_path: Path) -> None:
    done = contract(mine, "--format", "json", "--out", str(tmp_path / "out"))
    run = Run.model_validate_json(done.out)
    assert done.code == 0
    assert run.target.kind is TargetKind.CASSETTE
    assert "recorded from sandbox" in str(run.target.base_url)
    assert (run.plan.declared, run.plan.detected) == ("standard", "standard")
    assert len({row.operation for row in run.observations}) == 158 + len(run.streams)
    rows, files = len(run.observations), len(list((mine / "standard").iterdir()))
    tests = rows + files + len(WAYS)
    assert run.decision.outcome == "go"
    told = f"{rows - 2} recorded answers of 158 operations and 2 recorded channels"
    assert run.decision.reasons == (f"All {tests} tests passed: {told}.",)
    written = {path.name for path in (tmp_path / "out" / "standard").iterdir()}
    assert written == {"run.json", "signoff.md", "junit.xml", "signoff.sarif", "signoff.html"}
    assert (
        json.loads((tmp_path / "out" / "standard" / "run.json").read_text())["target"]["kind"] == "cassette"
    )
    for path in (tmp_path / "out" / "standard").iterdir():
        assert "cassette" in path.read_text()


def test_a_broken_promise_ends_with_1_and_says_which(mine: Path) -> None:
    refuse(mine / "standard")
    done = contract(mine)
    assert done.code == 1
    assert "error: wrong-param: standard: option_" in done.out
    assert done.out.splitlines()[-1].startswith("no-go: ")
    assert ", 1 failed" in done.out
    assert contract(mine, "--fail-on", "never").code == 0
    run = Run.model_validate_json(contract(mine, "--format", "json").out)
    assert run.decision.outcome == "no-go"
    assert run.decision.reasons[0].startswith("1 of 2")
    assert [finding.severity for finding in run.findings] == [Severity.ERROR]


def test_a_warning_is_told_and_fails_on_request(mine: Path) -> None:
    restate(mine / "standard")
    done = contract(mine)
    assert done.code == 0
    assert "warning: cassette: standard: " in " ".join(done.out.split())
    assert "recorded with another state of the description" in done.out
    assert contract(mine, "--fail-on", "warning").code == 1
    aged = " ".join(contract(mine, "--max-age", "1s", "--fail-on", "warning").out.split())
    # What says the same of each file is told once, with how many files it is.
    assert aged.count("at most 1 s are allowed") == 1
    assert f"warning: cassette ×{len(list((mine / 'standard').iterdir()))}: standard: " in aged


def test_one_format_shows_one_plan() -> None:
    done = run_here("contract", "--format", "junit")
    assert done.code == 2
    assert "--format junit shows one plan; name it with --plan (recorded: hobbyist, startup" in done.err
    assert run_here("contract", "--plan", "hobbyist", "--only", "user_*", "--format", "junit").code == 0


@pytest.mark.parametrize("fault", SPOILT)
def test_cassettes_that_cannot_be_used_are_one_line(mine: Path, fault: str) -> None:
    spoil, words = SPOILT[fault]
    spoil(mine / "standard")
    done = contract(mine, "--plan", "standard")
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--plan", "gold"), "unknown plan 'gold'"),
        (("--only", "nothing*"), "no operation and no channel matches"),
        (("--format", "word"), "unknown format 'word'"),
        (("--max-age", "soon"), "--max-age: 'soon' is not a span of time"),
        (("--cassettes", "nowhere"), "nowhere: no cassettes; `coinglass-audit record --out nowhere`"),
        (("--spec", "nowhere"), "no openapi.yaml in it"),
    ],
)
def test_a_wrong_word_is_one_line(arguments: tuple[str, ...], words: str) -> None:
    done = run_here("contract", *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert len(done.err.splitlines()) == 1


def test_nothing_from_around_takes_part(mine: Path, tmp_path: Path) -> None:
    """Settings, plugins and tests that lie about are not read: they could change what is counted."""
    around = tmp_path / "around"
    around.mkdir()
    (around / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (around / "conftest.py").write_text("raise SystemExit('read')\n")
    (around / "test_theirs.py").write_text("def test_one():\n    assert False\n")
    done = run_process(
        "contract", "--cassettes", str(mine), cwd=around,
        PYTEST_ADDOPTS="--no-such-option", PYTEST_PLUGINS="no_such_plugin",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert not done.err
    assert sorted(path.name for path in around.iterdir()) == ["conftest.py", "pytest.ini", "test_theirs.py"]


def test_a_suite_that_breaks_is_not_a_pass(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise OSError("no loop for you")

    monkeypatch.setattr("audit.contract.sending.playing", breaks)
    done = contract(mine, "--only", "user_*")
    assert done.code == 3
    assert "the contract suite did not run to its end" in done.err
    assert "no loop for you" in done.err
    assert len(done.err.splitlines()) == 1
