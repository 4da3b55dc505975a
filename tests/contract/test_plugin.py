"""The pytest plugin in somebody's own repository: silent until asked, and then pytest's own tests."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit.contract import plugin
from audit.contract.cassette import default_folder
from tests.contract.spoilt import FILE, OPERATION, SPOILT, refuse, restate
from tests.support.cli import environment

ONLY = "--coinglass-only=futures_open_interest_*"


@dataclass(frozen=True)
class Pytest:
    """What pytest printed, how it ended, and how many tests had which outcome."""

    code: int
    out: str
    counts: dict[str, int]


def run(folder: Path, *arguments: str) -> Pytest:
    """Run pytest in a process of its own, with no plugin but ours and those that are named."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "audit.contract.plugin", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env=environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    last = done.stdout.splitlines()[-1] if done.stdout else ""
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", last.partition(" in ")[0])}
    return Pytest(done.returncode, done.stdout + done.stderr, counts)


# --- not asked --------------------------------------------------------------------------------------


def test_unless_asked_nothing_is_loaded_and_nothing_happens(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(
        "import socket, sys\n"
        "def test_nothing_is_loaded():\n"
        "    ours = {name for name in sys.modules if name.split('.')[0] == 'audit'}\n"
        "    assert ours == {'audit', 'audit.contract', 'audit.contract.plugin'}\n"
        "    assert not {'vcr', 'yaml', 'pydantic', 'httpx'} & set(sys.modules)\n"
        "def test_the_network_is_as_it_was():\n"
        "    assert socket.socket.connect.__objclass__.__module__ == '_socket'\n"
    )
    done = run(tmp_path, "-W", "error", "--strict-markers")
    assert (done.code, done.counts) == (0, {"passed": 2}), done.out
    assert "contract" not in done.out
    # Naming a folder, as settings for every run may, is not asking for the suite.
    assert run(tmp_path, f"--coinglass-cassettes={tmp_path}").counts == {"passed": 2}


def test_only_the_tool_s_own_prefix_is_taken() -> None:
    assert plugin.PREFIX == "coinglass"
    names = [name for name in vars(plugin) if name.startswith("pytest_")]
    assert sorted(names) == ["pytest_addoption", "pytest_configure"]


# --- asked ------------------------------------------------------------------------------------------


def test_the_suite_runs_beside_their_own_tests(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text("def test_one():\n    pass\n")
    done = run(tmp_path, "--coinglass-plan", "standard", "-v")
    assert done.code == 0, done.out
    assert done.counts == {"passed": 234}
    assert "contract::standard-futures_open_interest_history PASSED" in done.out
    assert "recorded 2026-11-21 from sandbox (in-process sandbox)" in done.out
    assert "CASSETTE of the SANDBOX (standard): says nothing about the live API" in done.out


BY_NAME = ["-k", "futures_price_history and not cassette"]
BY_OPERATION = ["-m", "coinglass(plan='hobbyist', operation='option_info')"]
BY_GROUP = ["-m", "coinglass(group='account')"]


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        (BY_NAME, {"standard-futures_price_history", "hobbyist-futures_price_history"}),
        (BY_OPERATION, {"hobbyist-option_info"}),
        (BY_GROUP, {f"{plan}-{name}" for plan in ("standard", "hobbyist")
                    for name in ("user_account_subscription", "cassette")}),
        (["--coinglass-only=option_info"], {"standard-option_info", "hobbyist-option_info"}),
    ],
)  # fmt: skip
def test_tests_are_selected_as_pytest_selects(tmp_path: Path, selection: list[str], names: set[str]) -> None:
    plans = ["--coinglass-plan=standard", "--coinglass-plan=hobbyist"]
    done = run(tmp_path, *plans, "--collect-only", "-q", *selection)
    lines = [line.removeprefix("contract::") for line in done.out.splitlines() if "::" in line]
    assert done.code == 0, done.out
    assert {line.partition("[")[0] for line in lines} == names


def test_the_suite_is_shared_among_processes(tmp_path: Path) -> None:
    alone = run(tmp_path, "--coinglass-plan=all", ONLY)
    shared = run(tmp_path, "--coinglass-plan=all", ONLY, "-v", "-p", "xdist", "-n", "2")
    assert alone.counts == shared.counts
    assert alone.counts["passed"] > 30
    assert {"[gw0]", "[gw1]"} <= set(shared.out.split())
    assert "CASSETTE of the SANDBOX" in shared.out


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    """Their cassettes: one plan, and the files of another beside it."""
    shutil.copytree(default_folder() / "standard", tmp_path / "mine" / "standard")
    shutil.copytree(default_folder() / "hobbyist", tmp_path / "other" / "hobbyist")
    return tmp_path


def test_their_own_cassettes_are_judged_and_a_failure_says_why(spoilt: Path) -> None:
    refuse(spoilt / "mine" / "standard")
    restate(spoilt / "mine" / "standard")
    done = run(spoilt, "--coinglass-plan=standard", "--coinglass-cassettes=mine")
    assert (done.code, done.counts["failed"]) == (1, 1)
    assert f"FAILED contract::standard-{OPERATION}" in done.out
    assert "error: wrong-param: the API refuses the parameters" in done.out
    assert "Traceback" not in done.out
    assert "session.py" not in done.out
    # What weighs less than --coinglass-fail-on is told, and fails on request.
    lighter = "warning: cassette: recorded with another state of the description"
    assert f"standard-cassette[{FILE}]: {lighter}" in done.out
    strict = run(
        spoilt, "--coinglass-plan=standard", "--coinglass-cassettes=mine", "--coinglass-fail-on=warning"
    )
    assert strict.counts["failed"] == 2
    never = run(
        spoilt, "--coinglass-plan=standard", "--coinglass-cassettes=mine", "--coinglass-fail-on=never"
    )
    assert (never.code, "failed" in never.counts) == (0, False)
    assert "error: wrong-param: the API refuses the parameters" in never.out
    aged = run(spoilt, "--coinglass-plan=standard", "--coinglass-cassettes=mine", "--coinglass-max-age=1s")
    assert "at most 1 s are allowed" in aged.out


def in_here(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run a pytest that ends before any test in this process; return its code and what it printed."""
    code = pytest.main(["-p", "no:cacheprovider", "-p", "no:xdist", *arguments], plugins=[plugin])
    captured = capsys.readouterr()
    return int(code), captured.out + captured.err


@pytest.mark.parametrize("fault", SPOILT)
def test_cassettes_that_cannot_be_used_are_one_line(
    spoilt: Path, capsys: pytest.CaptureFixture[str], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil, words = SPOILT[fault]
    spoil(spoilt / "mine" / "standard")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    code, out = in_here(
        capsys,
        "--coinglass-plan=standard",
        f"--coinglass-cassettes={spoilt / 'mine'}",
        "-c",
        "/dev/null",
        str(spoilt),
    )
    assert code == pytest.ExitCode.USAGE_ERROR
    assert words in out
    assert len(out.strip().splitlines()) == 1, out


def test_a_wrong_span_names_the_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    code, out = in_here(
        capsys, "--coinglass-plan=standard", "--coinglass-max-age=x", "-c", "/dev/null", str(tmp_path)
    )
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "--coinglass-max-age: 'x' is not a span of time" in out


# --- their own tests, replayed ----------------------------------------------------------------------

THEIRS = """
import urllib.request

import httpx
import pytest
import requests

PATH = "/api/user/account/subscription"


def test_any_client(coinglass_replay):
    url = coinglass_replay.base_url + PATH
    assert coinglass_replay.plan == "{plan}"
    assert coinglass_replay.origin.target.kind == "sandbox"
    assert httpx.get(url).json()["data"]["level"] == "{plan}".upper()
    assert requests.get(url).json()["data"]["level"] == "{plan}".upper()
    with urllib.request.urlopen(url) as answer:
        assert answer.status == 200


@pytest.mark.coinglass(plan="startup")
def test_a_plan_of_its_own(coinglass_replay):
    assert httpx.get(coinglass_replay.base_url + PATH).json()["data"]["level"] == "STARTUP"
    assert coinglass_replay.unused


def test_a_miss_says_what_differs(coinglass_replay):
    with pytest.raises(Exception, match="parameter more is not recorded"):
        httpx.get(coinglass_replay.base_url + PATH, params={{"more": "1"}})
    assert len(coinglass_replay.misses) == 1


def test_without_the_fixture_nothing_is_replaced():
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://127.0.0.1:9")
"""


@pytest.mark.parametrize(
    ("asked", "plan"), [((), "standard"), (("--coinglass-plan=hobbyist", ONLY), "hobbyist")]
)
def test_their_own_tests_are_played_what_was_recorded(
    tmp_path: Path, asked: tuple[str, ...], plan: str
) -> None:
    (tmp_path / "test_theirs.py").write_text(THEIRS.format(plan=plan))
    done = run(tmp_path, "--strict-markers", "-W", "error", *asked)
    assert done.code == 0, done.out
    assert done.counts["passed"] == 4 if not asked else done.counts["passed"] > 10


def test_the_only_plan_that_is_recorded_is_played(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(
        "def test_one(coinglass_replay):\n    assert coinglass_replay.plan == 'hobbyist'\n"
    )
    shutil.copytree(default_folder() / "hobbyist", tmp_path / "cassettes" / "hobbyist")
    # A folder of theirs that is no plan stands beside it.
    (tmp_path / "cassettes" / "test_theirs").mkdir()
    (tmp_path / "cassettes" / "test_theirs" / "one.json").write_text("{}")
    assert run(tmp_path).counts == {"passed": 1}
    shutil.copytree(default_folder() / "standard", tmp_path / "cassettes" / "standard")
    two = run(tmp_path)
    assert two.counts == {"failed": 1}
    assert "'standard' == 'hobbyist'" in two.out


def test_a_replay_of_what_is_not_recorded_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text("def test_one(coinglass_replay):\n    pass\n")
    (tmp_path / "empty").mkdir()
    done = run(tmp_path, "--coinglass-cassettes=empty")
    assert done.counts == {"error": 1}
    assert "empty/standard: no cassettes; `coinglass-audit record --plan standard --out" in done.out
