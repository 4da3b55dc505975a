"""`history`, and `signoff` and `probe` that fill it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from audit.history.sqlite import Sqlite
from audit.history.store import History
from audit.model import Run, Verdict
from tests.report.factory import both, finding, no_go, observation, run
from tests.support.cli import Ran, run_here

ASKED = ("--sandbox", "--plan", "standard", "--only", "futures_supported_coins")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def kept(*runs: Run) -> History:
    history = History(Sqlite(Path("reports") / "history.sqlite"))
    for one in runs:
        history.keep(one)
    return history


def signoff(*arguments: str, **extra: str) -> Ran:
    return run_here("signoff", *ASKED, "--no-contract", *arguments, **extra)


def test_a_sign_off_is_kept_and_the_next_one_knows_it() -> None:
    first = signoff()
    assert first.code == 0, first.err
    assert "kept as run 1 in reports/history.sqlite" in first.err
    folder = Path("reports") / "signoff-sandbox-standard"
    assert "earlier" not in json.loads((folder / "run.json").read_text())
    second = signoff("--fault", "server-500:futures_supported_coins")
    assert second.code != 0
    assert "kept as run 2" in second.err
    told = json.loads((folder / "run.json").read_text())
    assert [entry["id"] for entry in told["earlier"]] == [1]
    shown = run_here("history", "show", "2", "--format", "json")
    assert {**json.loads(shown.out), "earlier": told["earlier"]} == told
    assert "earlier" not in json.loads(shown.out)
    probed = run_here("probe", *ASKED)
    assert "kept as run 3" in probed.err


def test_with_a_folder_named_nothing_is_written_outside_of_it(tmp_path: Path) -> None:
    ran = signoff("--out", "mine")
    assert "kept as run 1 in mine/history.sqlite" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert run_here("history", "--history", "mine/history.sqlite").out.startswith("  1  ")


def test_the_history_can_be_elsewhere_or_off() -> None:
    assert "kept as run 1 in a/b.sqlite" in signoff("--history", "a/b.sqlite").err
    assert "kept as run 2 in a/b.sqlite" in signoff(AUDIT_HISTORY="a/b.sqlite").err
    assert "kept" not in signoff("--history", "off", AUDIT_HISTORY="a/b.sqlite").err
    assert not Path("reports/history.sqlite").exists()
    assert run_here("history", AUDIT_HISTORY="off").code == 2
    wrong = signoff("--history", "mysql://me:plainlyfake@host/name")
    assert wrong.code == 2
    assert "plainlyfake" not in wrong.err


def test_a_history_that_cannot_be_written_costs_the_run_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    signoff()
    monkeypatch.setattr("audit.history.sqlite.PATIENCE", 0.05)
    monkeypatch.setattr(Sqlite.__init__, "__defaults__", (0.05,))
    with closing(sqlite3.connect("reports/history.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        ran = signoff("--quiet")
    assert ran.code == 0
    assert "not kept in the history, everything else is written: reports/history.sqlite: locked" in ran.err
    written = Path("reports") / "signoff-sandbox-standard"
    assert Run.model_validate_json((written / "run.json").read_bytes()).observations
    assert len(kept().entries().entries) == 1


def test_a_damaged_history_is_said_and_set_aside() -> None:
    signoff()
    Path("reports/history.sqlite").write_bytes(b"spoilt")
    listed = run_here("history")
    assert listed.code == 2
    assert "reports/history.sqlite: damaged" in listed.err
    ran = signoff("--quiet")
    assert ran.code == 0
    assert (
        "the history was damaged and begins anew; what was there is kept as reports/history.sqlite.dam"
        in ran.err
    )
    (aside,) = Path("reports").glob("history.sqlite.damaged-*")
    assert aside.read_bytes() == b"spoilt"
    assert len(kept().entries().entries) == 1


def test_the_list() -> None:
    kept(
        run(),
        both(),
        run(observations=(*run().observations[:-1], observation("prices_list", Verdict.EMPTY))),
        no_go(),
    )
    ran = run_here("history")
    assert ran.code == 0
    assert ran.out == (
        "  4  2026-09-01 10:00 UTC  no-go      sandbox middle, 4 requests, 2 errors, 1\n"
        "     note, 1 warning\n"
        "     the first of its kind\n"
        "  3  2026-09-01 10:00 UTC  go         live middle, 7 requests, no findings\n"
        "     since 1: available 4 → 3, empty 1 → 2\n"
        "  2  2026-09-01 10:00 UTC  no-go      sandbox middle, 7 requests, 4 errors, 1\n"
        "     warning\n"
        "     the first of its kind\n"
        "  1  2026-09-01 10:00 UTC  go         live middle, 7 requests, no findings\n"
        "     the first of its kind\n"
    )
    assert max(map(len, ran.out.splitlines())) <= 80
    short = run_here("history", "--limit", "1")
    assert short.out == "".join(ran.out.splitlines(keepends=True)[:3])
    assert "3 older in reports/history.sqlite; --limit shows more" in short.err


def test_the_list_as_json() -> None:
    kept(run(), run(findings=(finding(),)))
    newest, oldest = json.loads(run_here("history", "--format", "json").out)
    assert (newest["id"], newest["before"], oldest["before"]) == (2, 1, None)
    assert newest["changes"] == ["error 0 → 1", "plan-mismatch 0 → 1"]
    assert oldest["changes"] == []
    assert newest["verdicts"] == {"available": 4, "empty": 1, "interval_gated": 1, "plan_gated": 1}


def test_what_a_run_says_does_nothing_to_the_terminal() -> None:
    named = run().plan.model_copy(update={"declared": "\x1b[31mred\nline"})
    kept(run(plan=named))
    out = run_here("history").out
    assert "\x1b" not in out
    assert "live \\x1b[31mred line, 7 requests, no findings" in " ".join(out.split())


def test_a_run_from_the_future_is_said() -> None:
    kept(run(started_at="2999-01-01T00:00:00Z"), run(started_at="soon"))
    ran = run_here("history")
    assert ran.code == 0
    assert "run 1: began at 2999-01-01T00:00:00Z, still to come; a clock was wrong" in ran.err
    assert "run 2: began at 'soon', which is no moment" in ran.err


def test_a_run_is_shown_as_it_was() -> None:
    kept(run(), no_go())
    assert Run.model_validate_json(run_here("history", "show", "2", "--format", "json").out) == no_go()
    assert "SANDBOX" in run_here("history", "show", "latest").out
    for arguments, words in (
        (("show", "9"), "unknown run '9'; known: 2, 1"),
        (("show", "run.json"), "'run.json' is no id; give a number from `history`, or 'latest'"),
        (("show", "1", "--format", "nonsense"), "unknown format 'nonsense'"),
    ):
        ran = run_here("history", *arguments)
        assert ran.code == 2
        assert words in ran.err


def test_old_runs_are_removed() -> None:
    history = kept(run(started_at="2020-01-01T00:00:00Z"), run(), run())
    assert run_here("history", "prune").code == 2
    aged = run_here("history", "prune", "--older-than", "365")
    assert aged.out == "reports/history.sqlite: 1 removed, 2 left\n"
    counted = run_here("history", "prune", "--keep", "1")
    assert counted.out == "reports/history.sqlite: 1 removed, 1 left\n"
    assert [entry.id for entry in history.entries().entries] == [3]


def test_nothing_kept_yet(tmp_path: Path) -> None:
    ran = run_here("history")
    assert (ran.code, ran.out) == (0, "")
    assert "no run is kept in reports/history.sqlite yet; `signoff` keeps one" in ran.err
    assert json.loads(run_here("history", "--format", "json").out) == []
    assert run_here("history", "prune", "--keep", "3").out == "reports/history.sqlite: 0 removed, 0 left\n"
    assert not list(tmp_path.iterdir()), "looking makes nothing"


def test_two_runs_of_the_history_are_compared() -> None:
    for fault in ((), ("--fault", "plan-gate:futures_supported_coins")):
        signoff(*fault)
    ran = run_here("drift", "1", "2", "--format", "json")
    assert ran.code == 1, ran.err
    told = json.loads(ran.out)
    assert told["target"]["kind"] == "sandbox"
    assert {row["rule"] for row in told["findings"]} == {"drift"}
    assert any("run 1 before, run 2 now" in reason for reason in told["decision"]["reasons"])
    assert run_here("drift", "2", "latest").code == 0
    assert "unknown run '9'; known: 2, 1" in run_here("drift", "1", "9").err


def test_a_file_with_a_number_for_a_name_is_a_file() -> None:
    kept(run(), run())
    Path("1").mkdir()
    ran = run_here("drift", "1", "2")
    assert ran.code == 2
    assert "run 1" not in ran.err
