"""`scan` as a user runs it: options, the project's settings, the baseline, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audit import NAME
from audit.scan import search
from audit.spec.catalog import Spec
from audit.spec.legacy import load_legacy
from tests.support.cli import Ran, run_here


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: Spec) -> Path:
    """A folder with one program that asks an earlier version, as the current folder."""
    legacy = load_legacy(spec.folder)
    route = next(
        route
        for route in legacy.routes
        if route.current not in (None, route.path) and not legacy.versions[route.version].current
    )
    url = f"{legacy.versions[route.version].url}{route.path}"
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "bot.py").write_text(f'import requests\nrequests.get("{url}")\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.{NAME}.scan]\n{text}\n", encoding="utf-8")


def rules(ran: Ran) -> set[str]:
    return {finding["rule"] for finding in json.loads(ran.out)["findings"]}


def scanned(ran: Ran) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(ran.out)["scanned"]
    return facts


def test_findings_end_with_one_unless_told_otherwise(project: Path) -> None:
    ran = run_here("scan", "src", "--format", "json")
    assert ran.code == 1
    assert "legacy-endpoint" in rules(ran)
    assert run_here("scan", "src", "--fail-on", "never", "--quiet").code == 0


def test_a_warning_counts_where_it_is_asked_to(project: Path) -> None:
    (project / "src" / "bot.py").write_text(
        (project / "src" / "bot.py")
        .read_text()
        .replace("requests.get", "# audit: ignore-file[x]\nrequests.get"),
        encoding="utf-8",
    )
    errors = {
        finding["rule"]
        for finding in json.loads(run_here("scan", "src", "--format", "json").out)["findings"]
        if finding["severity"] == "error"
    }
    ignored = [part for rule in sorted(errors) for part in ("--ignore", rule)]
    assert run_here("scan", "src", *ignored).code == 0
    assert run_here("scan", "src", *ignored, "--fail-on", "warning").code == 1


def test_code_without_any_use_is_incomplete(project: Path) -> None:
    (project / "src" / "bot.py").write_text("print(1)\n", encoding="utf-8")
    assert run_here("scan", "src").code == 3


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_number_of_processes_can_be_told(project: Path, jobs: str) -> None:
    assert "legacy-endpoint" in rules(run_here("scan", "src", "--jobs", jobs, "--format", "json"))


def test_comments_are_read_only_where_that_is_asked_for(project: Path) -> None:
    program = project / "src" / "bot.py"
    program.write_text(program.read_text().replace("requests.get", "# requests.get"), encoding="utf-8")
    assert run_here("scan", "src").code == 3
    ran = run_here("scan", "src", "--comments", "--format", "json")
    assert "legacy-endpoint" in rules(ran)
    assert not any(finding["certain"] for finding in json.loads(ran.out)["findings"])


def test_what_the_tool_wrote_is_not_code(project: Path) -> None:
    text = (project / "src" / "bot.py").read_text()
    for file in (
        "reports/signoff-sandbox-standard/run.json",
        "reports/probe-live-startup/run.json",
        "reports/mine/notes.py",
        "cassettes/standard/account.json",
    ):
        (project / file).parent.mkdir(parents=True)
        (project / file).write_text(text, encoding="utf-8")
    told = json.loads(run_here("scan", ".", "--format", "json").out)
    assert {use["file"] for use in told["uses"]} == {"src/bot.py", "reports/mine/notes.py"}
    back = run_here("scan", ".", "--exclude", "!account.json", "--format", "json")
    assert "cassettes/standard/account.json" in back.out


def test_a_path_of_the_settings_that_is_not_there_names_them(project: Path) -> None:
    settings(project, 'paths = ["src", "docs"]')
    ran = run_here("scan")
    assert (ran.code, ran.out) == (2, "")
    assert f"{project / 'pyproject.toml'}: paths: 'docs' is not there" in ran.err


def test_the_baseline_lets_old_findings_pass_and_stops_new_ones(project: Path) -> None:
    wrote = run_here("scan", "src", "--baseline", "known.json", "--write-baseline")
    assert wrote.code == 0
    assert "written: known.json" in wrote.err
    program = project / "src" / "bot.py"
    program.write_text("# moved\n\n" + program.read_text(), encoding="utf-8")
    passed = run_here("scan", ".", "--baseline", "known.json", "--format", "json")
    assert passed.code == 0
    assert rules(passed) == set()
    assert scanned(passed)["known"] > 0
    program.write_text(program.read_text() * 2, encoding="utf-8")
    stopped = run_here("scan", "src", "--baseline", "known.json", "--format", "json")
    assert stopped.code == 1
    assert rules(stopped)


def test_the_baseline_says_what_is_gone(project: Path) -> None:
    run_here("scan", "src", "--baseline", "known.json", "--write-baseline")
    (project / "src" / "bot.py").write_text("print(1)\n", encoding="utf-8")
    ran = run_here("scan", "src", "--baseline", "known.json")
    assert "gone, but still in known.json: " in ran.err
    assert "gone" not in run_here("scan", "src", "--baseline", "known.json", "--quiet").err


def test_a_baseline_is_known_again_from_another_folder(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_here("scan", "src", "--baseline", "known.json", "--write-baseline")
    monkeypatch.chdir(project / "src")
    assert run_here("scan", str(project), "--baseline", "../known.json").code == 0


def test_the_project_s_settings_hold_where_the_command_line_is_silent(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_here("scan", "src", "--baseline", "known.json", "--write-baseline")
    settings(project, 'paths = ["src"]\nplan = "startup"\nbaseline = "known.json"\nfail-on = "never"')
    monkeypatch.chdir(project / "src")
    told = json.loads(run_here("scan", "--format", "json").out)
    assert told["plan"]["declared"] == "startup"
    assert told["scanned"]["paths"] == ["."]
    assert told["findings"] == []
    told = json.loads(run_here("scan", "--plan", "hobbyist", "--format", "json").out)
    assert told["plan"]["declared"] == "hobbyist"


def test_fail_on_of_the_command_line_wins(project: Path) -> None:
    settings(project, 'fail-on = "never"')
    assert run_here("scan", "src").code == 0
    assert run_here("scan", "src", "--fail-on", "error").code == 1


def test_exclude_is_relative_to_where_it_is_said(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "src")
    assert scanned(run_here("scan", ".", "--exclude", "/bot.py", "--format", "json"))["files"] == 0
    assert scanned(run_here("scan", ".", "--exclude", "/src/bot.py", "--format", "json"))["files"] == 1
    settings(project, 'exclude = ["/src/bot.py"]')
    assert scanned(run_here("scan", ".", "--format", "json"))["files"] == 0


def test_ignored_rules_are_left_out(project: Path) -> None:
    before = rules(run_here("scan", "src", "--format", "json"))
    settings(project, 'ignore = ["legacy-endpoint"]')
    assert rules(run_here("scan", "src", "--format", "json")) == before - {"legacy-endpoint"}
    ran = run_here("scan", "src", "--ignore", "legacy-host", "--format", "json")
    assert rules(ran) == before - {"legacy-host"}


def test_what_was_skipped_is_named(project: Path) -> None:
    (project / "src" / "image.png").write_bytes(b"\0\1\2")
    ran = run_here("scan", "src", "--format", "json")
    assert scanned(ran)["skipped_files"] == [{"file": "src/image.png", "reason": "binary", "detail": None}]
    assert "skipped, binary: src/image.png" in ran.err
    assert run_here("scan", "src", "--quiet").err == ""


def test_a_log_of_the_text_names_what_was_skipped_once(project: Path) -> None:
    for number in range(7):
        (project / "src" / f"image{number}.png").write_bytes(b"\0\1\2")
    (project / "src" / "a\x1b[31m.png").write_bytes(b"\0")
    ran = run_here("scan", "src")
    told = " ".join(ran.out.split())
    assert r"skipped, binary: src/a\x1b[31m.png, src/image0.png" in told
    assert "src/image3.png and 3 more" in told
    assert "\x1b[31m" not in ran.out + run_here("scan", "src", "--format", "json").err
    assert "skipped" not in ran.err


def test_a_diff_can_be_applied_and_leaves_nothing_certain(project: Path) -> None:
    before = (project / "src" / "bot.py").read_bytes()
    shown = run_here("scan", "src", "--diff")
    assert shown.code == 1
    assert shown.out.startswith("--- ")
    assert (project / "src" / "bot.py").read_bytes() == before
    fixed = run_here("scan", "src", "--fix")
    assert (fixed.code, "fixed: src/bot.py" in fixed.err) == (0, True)
    assert run_here("scan", "src", "--diff").out == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gone"], ["'gone'", "No such file"]),
        (["src", "gone"], ["'gone'"]),
        ([], ["nothing to scan", "name files or folders"]),
        (["src", "--plan", "gold"], ["unknown plan 'gold'", "hobbyist"]),
        (["src", "--ignore", "legacy-hots"], ["--ignore: unknown rule", "legacy-host"]),
        (["src", "--format", "pdf"], ["unknown format 'pdf'", "json"]),
        (["src", "--fail-on", "note"], ["--fail-on", "warning"]),
        (["src", "--jobs", "0"], ["--jobs"]),
        (["src", "--write-baseline"], ["--write-baseline", "--baseline"]),
        (
            ["src", "--baseline", "a.json", "--write-baseline", "--fix"],
            ["--write-baseline goes without --diff and --fix; give it once they are done"],
        ),
        (["src", "--draft-contract", "a.yaml", "--diff"], ["--draft-contract goes without --diff and --fix"]),
        (["src", "--baseline", "gone.json"], ["gone.json: cannot be read", "write it first"]),
        (["src", "--baseline", "src/bot.py"], ["src/bot.py: not a baseline"]),
        (["src", "--baseline", "no/where.json", "--write-baseline"], ["no/where.json: cannot be written"]),
        (["src", "--run", "gone.json"], ["gone.json: cannot be read"]),
        (["src", "--run", "src/bot.py"], ["src/bot.py: not a run file"]),
        (["src", "--spec", "src"], ["no openapi.yaml"]),
    ],
)
@pytest.mark.parametrize("remembered", [False, True])
def test_wrong_use_is_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: list[str], remembered: bool
) -> None:
    monkeypatch.setattr(search, "recall", lambda _: ("needle-point",) if remembered else None)
    ran = run_here("scan", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1
    for word in words:
        assert word in ran.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ignores = []", ["unknown key 'ignores'", "ignore"]),
        ("exclude = 3", ["exclude = 3", "a list of texts"]),
        ('plan = "gold"', ["unknown plan 'gold'"]),
        ('ignore = ["gold"]', ["pyproject.toml: ignore: unknown rule 'gold'"]),
        ('fail-on = "note"', ["unknown fail-on 'note'", "warning"]),
        ('baseline = "gone.json"', ["gone.json: cannot be read"]),
        ('paths = ["src", "../other"]', ["paths: '../other'; expected files and folders below "]),
        ('paths = ["/etc"]', ["paths: '/etc'; expected files and folders below "]),
        ("exclude = [", ["pyproject.toml: "]),
        ("x = " + "[" * 100_000, ["pyproject.toml: "]),
    ],
)
def test_settings_that_cannot_be_used_are_one_line(project: Path, text: str, words: list[str]) -> None:
    settings(project, text)
    ran = run_here("scan", "src")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    for word in words:
        assert word in ran.err


def test_one_path_is_guessed_alike_by_scan_and_lookup(project: Path) -> None:
    path, meant = "/api/futures/liquidation/model1/heatmap", "/api/futures/liquidation/heatmap/model1"
    (project / "src" / "bot.py").write_text(f'requests.get("https://open-api-v4.coinglass.com{path}")\n')
    found = json.loads(run_here("scan", "src", "--format", "json").out)["findings"]
    (guess,) = [one for one in found if one["rule"] == "unknown-endpoint"]
    assert (guess["replacement"], guess["certain"]) == (meant, False)
    assert f"nearest: {meant}," in run_here("spec", "lookup", path).err
    assert f"→ {meant}  (not certain)" in run_here("scan", "src").out
    assert "error    unknown-endpoint  /api" in run_here("scan", "src").out
