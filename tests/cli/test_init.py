"""`init` in repositories of several kinds: what it writes works, and what was there stays."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.cli import REPOSITORY, environment, run_here

BOT = """\
import os
import httpx

answer = httpx.get(
    "https://open-api-v4.coinglass.com/api/futures/funding-rate/history",
    params={"exchange": "Binance", "symbol": "BTCUSDT", "interval": "1h"},
    headers={"CG-API-KEY": os.environ["COINGLASS_API_KEY"]},
).json()
if answer["code"] == "0":
    print([row["close"] for row in answer["data"]])
"""
WORKFLOW = Path(".github/workflows/api-audit.yml")
SECTION = "[tool.coinglass-audit.scan]\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "my bot"
    folder.mkdir()
    return folder


def steps(repository: Path) -> list[dict[str, Any]]:
    tree = yaml.safe_load((repository / WORKFLOW).read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = tree["jobs"]["audit"]["steps"]
    return found


def run_steps(repository: Path, **extra: str) -> list[tuple[str, int, str]]:
    """Run the workflow's own commands in bash, as a runner does; installing is left out."""
    tool = repository.parent / "bin" / "coinglass-audit"
    tool.parent.mkdir(exist_ok=True)
    tool.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m audit "$@"\n')
    tool.chmod(0o755)
    ended = []
    for step in steps(repository):
        if "run" in step and step["name"] != "install":
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],  # noqa: S607 - the runner's own
                cwd=repository,
                env=environment(
                    PATH=f"{tool.parent}:{os.environ['PATH']}",
                    COINGLASS_API_KEY="",
                    GITHUB_STEP_SUMMARY=str(repository.parent / "summary"),
                    **extra,
                ),
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            ended.append((step["name"], done.returncode, done.stdout + done.stderr))
    return ended


@pytest.mark.parametrize("code", [BOT, None], ids=["with code", "without"])
def test_what_it_writes_works(code: str | None, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if code:
        (repository / "bot.py").write_text(code)
    ran = run_here("init", str(repository))
    assert ran.code == 0, ran.err
    files = sorted(
        path.relative_to(repository).as_posix() for path in repository.rglob("*") if path.is_file()
    )
    wrote = [WORKFLOW.as_posix(), "consumers/my-bot.yaml", "pyproject.toml"]
    assert files == sorted([*wrote, *(["bot.py"] if code else [])])
    assert [line.partition(": ")[2] for line in ran.out.splitlines()[:3]] == [
        str(repository / name) for name in wrote
    ]
    ended = run_steps(repository)
    assert [(name, status) for name, status, _ in ended] == [
        ("what this program needs", 0),
        ("sign-off", 0),
        ("summary", 0),
    ], ended
    assert "SANDBOX" in (repository.parent / "summary").read_text()
    monkeypatch.chdir(repository)
    scanned = run_here("scan")
    # Code that makes no use of the API leaves nothing to decide on.
    assert scanned.code == (0 if code else 3), scanned.out
    assert run_here("contract", "--consumer", "consumers/my-bot.yaml").code == 0


def test_the_contract_and_the_plan_come_from_the_code(repository: Path) -> None:
    (repository / "bot.py").write_text(BOT)
    assert run_here("init", str(repository)).code == 0
    contract = yaml.safe_load((repository / "consumers" / "my-bot.yaml").read_text())
    assert [need["operation"] for need in contract["needs"]] == ["futures_funding_rate_history"]
    assert contract["consumer"] == "my-bot"
    # The cheapest plan that answers 1h.
    settings = tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["coinglass-audit"]["scan"]
    assert contract["plan"] == settings["plan"] == "startup"
    assert "--plan startup " in (repository / WORKFLOW).read_text()


def test_without_code_everything_is_for_the_plan_of_the_example(repository: Path) -> None:
    assert run_here("init", str(repository)).code == 0
    contract = yaml.safe_load((repository / "consumers" / "my-bot.yaml").read_text())
    settings = tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["coinglass-audit"]["scan"]
    assert settings["plan"] == contract["plan"] == "startup"
    assert f"--plan {contract['plan']} " in (repository / WORKFLOW).read_text()


def test_a_plan_that_is_named_is_taken(repository: Path) -> None:
    assert run_here("init", str(repository), "--plan", "Professional").code == 0
    assert 'plan = "professional"' in (repository / "pyproject.toml").read_text()


def test_the_program_fails_its_own_workflow_once_it_breaks(repository: Path) -> None:
    (repository / "bot.py").write_text(BOT)
    run_here("init", str(repository))
    (repository / "bot.py").write_text(
        BOT.replace("/futures/funding-rate/history", "/futures/fundingRate/ohlc-history")
    )
    assert [status for _, status, _ in run_steps(repository)] == [0, 1, 0]
    # What failed is what the summary is for.
    assert "NO-GO" in (repository.parent / "summary").read_text()


def test_what_is_there_stays(repository: Path) -> None:
    (repository / WORKFLOW).parent.mkdir(parents=True)
    (repository / WORKFLOW).write_text("mine")
    (repository / "pyproject.toml").write_text('[project]\nname = "bot"')
    ran = run_here("init", str(repository))
    assert ran.code == 0
    assert (repository / WORKFLOW).read_text() == "mine"
    assert f"kept: {repository / WORKFLOW} (--force writes over it)" in ran.out
    assert f"added to: {repository / 'pyproject.toml'}" in ran.out
    settings = (repository / "pyproject.toml").read_text()
    assert settings.startswith(f'[project]\nname = "bot"\n\n{SECTION}')
    assert tomllib.loads(settings)["project"] == {"name": "bot"}
    again = run_here("init", str(repository))
    assert again.out.count("kept: ") == 3
    assert "written" not in again.out
    assert (repository / "pyproject.toml").read_text() == settings


def test_force_writes_over_files_but_not_over_settings(repository: Path) -> None:
    run_here("init", str(repository))
    (repository / WORKFLOW).write_text("mine")
    (repository / "pyproject.toml").write_text(f'{SECTION}plan = "hobbyist"\n')
    ran = run_here("init", str(repository), "--force")
    assert ran.code == 0
    assert (repository / WORKFLOW).read_text() != "mine"
    assert (repository / "pyproject.toml").read_text() == f'{SECTION}plan = "hobbyist"\n'
    assert "has settings for this tool already" in ran.out


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder.rmdir(), "no such folder; name the one of your repository"),
        (lambda folder: (folder / "pyproject.toml").write_text("[tool"), "pyproject.toml: "),
        (lambda folder: (folder / "consumers").write_text("a file"), "not a folder that can be made"),
        (lambda folder: (folder / "pyproject.toml").write_text(f"{SECTION}plan = 3"), "expected a text"),
    ],
)
def test_what_cannot_be_used_is_one_line(make: Any, words: str, repository: Path) -> None:
    make(repository)
    before = sorted(repository.rglob("*"))
    ran = run_here("init", str(repository))
    assert ran.code == 2
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert not [path for path in repository.rglob("*") if path.is_file() and path not in before]


def test_an_unknown_plan_lists_the_right_ones(repository: Path) -> None:
    ran = run_here("init", str(repository), "--plan", "standart")
    assert (ran.code, list(repository.iterdir())) == (2, [])
    assert "did you mean standard" in ran.err


def test_the_starter_names_no_provider() -> None:
    for path in (REPOSITORY / "audit" / "jobs" / "starter").iterdir():
        assert "coinglass" not in path.read_text(encoding="utf-8").lower(), path
