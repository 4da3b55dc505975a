"""The Action and the hooks: what they run is run here, with the files that a runner would give."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from audit.cli.signoff import command
from tests.support.cli import REPOSITORY, environment, run_here

ACTION: dict[str, Any] = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
HOOKS = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
AUDIT = next(step for step in STEPS if step.get("id") == "audit")
OLD = 'BASE = "https://open-api-v3.coinglass.com/api"\n'
GOOD = """\
import os
import httpx

answer = httpx.get(
    "https://open-api-v4.coinglass.com/api/futures/supported-coins",
    headers={"CG-API-KEY": os.environ["COINGLASS_API_KEY"]},
).json()
if answer["code"] == "0":
    print(answer["data"])
"""


WAIVER = """\
- rule: legacy-host
  reason: moves next month
  by: ops
  until: 2999-12-31
"""


@dataclass(frozen=True)
class Step:
    """How a step ended, and what it told the runner."""

    code: int
    err: str
    outputs: dict[str, str]
    summary: str


def run_step(folder: Path, inputs: dict[str, str]) -> Step:
    """Run the step as a runner does: defaults filled in, inputs as variables, its command in bash."""
    given = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()} | inputs
    variables = {
        name: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: given[match[1]], text)
        for name, text in AUDIT["env"].items()
    }
    bin_folder = folder.parent / "bin"
    bin_folder.mkdir(exist_ok=True)
    tool = bin_folder / "coinglass-audit"
    tool.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m audit "$@"\n')
    tool.chmod(0o755)
    output, summary = folder.parent / "output", folder.parent / "summary"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", AUDIT["run"]],  # noqa: S607 - the runner's own bash
        cwd=folder,
        env=environment(
            PATH=f"{bin_folder}:{os.environ['PATH']}",
            GITHUB_ACTION_PATH=str(REPOSITORY),
            GITHUB_OUTPUT=str(output),
            GITHUB_STEP_SUMMARY=str(summary),
            **variables,
        ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = output.read_text().splitlines() if output.exists() else []
    told = dict(line.split("=", 1) for line in lines)
    return Step(done.returncode, done.stderr, told, summary.read_text() if summary.exists() else "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "work"
    path.mkdir()
    return path


def test_a_good_run_tells_its_decision_and_where_things_are(folder: Path) -> None:
    (folder / "bot.py").write_text(GOOD)
    step = run_step(folder, {"preset": "health-check", "plan": "standard", "code": "bot.py"})
    assert step.code == 0, step.err
    assert step.outputs == {
        "decision": "go",
        "run": "audit-report/run.json",
        "page": "audit-report/signoff.html",
        "sarif": "audit-report/signoff.sarif",
    }
    assert all((folder / path).is_file() for name, path in step.outputs.items() if name != "decision")
    found = json.loads((folder / step.outputs["run"]).read_text())
    assert found["preset"]["name"] == "health-check"
    assert [use["file"] for use in found["uses"]] == ["bot.py"]
    assert "SANDBOX" in step.summary
    assert "GO" in step.summary


def test_every_code_path_is_read_and_old_code_fails_the_step(folder: Path) -> None:
    (folder / "one two.py").write_text(OLD)
    (folder / "bot.py").write_text(GOOD)
    given = {"preset": "health-check", "plan": "standard", "code": "one two.py\nbot.py\n"}
    step = run_step(folder, given)
    assert (step.code, step.outputs["decision"]) == (1, "no-go")
    rules = {
        row["ruleId"]
        for row in json.loads((folder / step.outputs["sarif"]).read_text())["runs"][0]["results"]
    }
    assert "legacy-host" in rules
    assert run_step(folder, {**given, "fail-on": "never"}).code == 0


def test_what_is_waived_and_what_documents_claim_reach_the_sign_off(folder: Path) -> None:
    (folder / "bot.py").write_text(OLD)
    (folder / "mine.yaml").write_text(WAIVER)
    given = {"preset": "health-check", "plan": "standard", "code": "bot.py"}
    assert run_step(folder, given).outputs["decision"] == "no-go"
    waived = run_step(folder, {**given, "waivers": "mine.yaml"})
    assert (waived.code, waived.outputs["decision"]) == (0, "go")
    assert "ops" in waived.summary
    claimed = run_step(folder, {**given, "waivers": "mine.yaml", "claims": "shipped\n"})
    rules = {one["rule"] for one in json.loads((folder / claimed.outputs["run"]).read_text())["findings"]}
    assert "claim-contradicted" in rules


def test_a_key_is_used_and_told_nowhere(folder: Path) -> None:
    key = "fa4e" * 8
    step = run_step(folder, {"key": key, "preset": "nope"})
    assert step.code == 2
    assert "unknown preset 'nope'" in step.err
    assert step.outputs == {}
    assert key not in step.err + step.summary


@pytest.mark.parametrize("name", ["plan", "preset", "fail-on", "code", "claims", "waivers"])
@pytest.mark.parametrize(
    "text", ['x"; touch pwned; "', "$(touch pwned)", "`touch pwned`", "--help", "x\ndecision=go"]
)
def test_an_input_is_never_run(name: str, text: str, folder: Path) -> None:
    step = run_step(folder, {"preset": "health-check", name: text})
    assert step.code == 2
    assert step.outputs == {}
    assert list(folder.iterdir()) == []


def test_no_module_of_the_folder_is_taken_for_one_of_pythons(folder: Path) -> None:
    (folder / "json.py").write_text("raise SystemExit('run')\n")
    assert run_step(folder, {"preset": "health-check"}).outputs["decision"] == "go"
    assert all("-P" in step["run"] for step in STEPS if "-m pip" in step.get("run", ""))


def test_a_folder_of_two_lines_cannot_write_outputs(folder: Path) -> None:
    step = run_step(folder, {"preset": "health-check", "out": "x\ndecision=go"})
    assert (step.code, step.outputs) == (2, {})


def test_results_of_an_earlier_step_are_not_taken_for_this_ones(folder: Path) -> None:
    assert run_step(folder, {"preset": "health-check"}).code == 0
    (folder.parent / "output").unlink()
    assert run_step(folder, {"preset": "nope"}).outputs == {}


def test_nothing_is_interpolated_into_a_script() -> None:
    for step in STEPS:
        assert "${{" not in step.get("run", "")
        assert ("run" in step) is (step.get("shell") == "bash")


def test_inputs_and_outputs_are_those_that_are_used() -> None:
    text = (REPOSITORY / "action.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == set(ACTION["inputs"])
    assert {"plan", "code", "preset", "fail-on", "claims", "waivers"} <= set(ACTION["inputs"])
    script = (REPOSITORY / ".ci" / "action").read_text(encoding="utf-8")
    told = set(re.findall(r'echo "([a-z]+)=', script))
    assert set(re.findall(r"steps\.audit\.outputs\.([a-z]+)", text)) <= told
    assert set(ACTION["outputs"]) == told
    assert set(re.findall(r"AUDIT_[A-Z_]+", script)) == {
        name for name in AUDIT["env"] if name.startswith("AUDIT_")
    }
    assert all(one["description"] for one in (*ACTION["inputs"].values(), *ACTION["outputs"].values()))
    uses = [step["uses"] for step in STEPS if "uses" in step]
    assert all(re.fullmatch(r"[\w-]+/[\w/-]+@v\d+", use) for use in uses)


def test_the_options_that_the_script_gives_exist() -> None:
    script = (REPOSITORY / ".ci" / "action").read_text(encoding="utf-8")
    known = {name for parameter in command.params for name in parameter.opts}
    assert set(re.findall(r"(--[a-z-]+)[=) ]", script.partition("options=")[2])) - {"--no-color"} <= known


@pytest.mark.parametrize(("code", "wanted"), [(GOOD, 0), (OLD, 1)])
def test_the_scan_hook(code: str, wanted: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = next(hook for hook in HOOKS if hook["id"] == "scan")
    (tmp_path / "bot.py").write_text(code)
    (tmp_path / "README.md").write_text("# A bot\n")
    monkeypatch.chdir(tmp_path)
    assert hook["pass_filenames"] is False
    assert run_here(*shlex.split(hook["entry"])[1:]).code == wanted
