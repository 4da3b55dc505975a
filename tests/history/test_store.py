"""The history itself, in a file and in PostgreSQL alike."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from audit.errors import HistoryError, UsageError
from audit.history.entry import entry_of
from audit.history.store import History, open_history
from audit.model import Run
from tests.report.factory import CASES, no_go, observation, run
from tests.support.cli import REPOSITORY, environment

WRITER = """
import sys
from audit.history.store import open_history
from tests.report.factory import run
history = open_history(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(*(history.keep(run(commit=f"{sys.argv[2]}-{number}")).id for number in range(20)))
"""


def test_what_is_kept_is_what_comes_back(history: History) -> None:
    for number, made in enumerate(CASES.values(), start=1):
        assert history.keep(made()).id == number
    for number, made in enumerate(CASES.values(), start=1):
        assert history.run(str(number)) == made()
    assert history.run("latest") == list(CASES.values())[-1]()


def test_the_list_says_what_each_run_says(history: History) -> None:
    for made in CASES.values():
        history.keep(made())
    listed = history.entries()
    assert not listed.unreadable
    assert [entry.id for entry in listed.entries] == list(range(1, len(CASES) + 1))
    for entry, made in zip(listed.entries, CASES.values(), strict=True):
        assert entry == entry_of(made()).model_copy(update={"id": entry.id})


def test_the_list_can_be_of_one_series_and_short(history: History) -> None:
    for made in (run, no_go, run, no_go, run):
        history.keep(made())
    chosen = history.entries(entry_of(run()).series, limit=2).entries
    assert [entry.id for entry in chosen] == [3, 5]


def test_nothing_is_there_at_first(history: History) -> None:
    assert history.entries().entries == ()
    assert history.prune(keep=0).removed == 0
    for text in ("1", "latest"):
        with pytest.raises(UsageError, match="no run is kept there yet"):
            history.run(text)


def test_a_wrong_id_names_the_right_ones(history: History) -> None:
    history.keep(run())
    history.keep(run())
    with pytest.raises(UsageError, match="unknown run '7'; known: 2, 1"):
        history.run("7")
    with pytest.raises(UsageError, match="'-1' is no id"):
        history.run("-1")


def test_old_runs_go_by_number_and_by_age_and_ids_are_not_given_again(history: History) -> None:
    for year in (2021, 2022, 2023, 2024):
        history.keep(run(started_at=f"{year}-05-01T00:00:00Z"))
    history.keep(run(started_at="some day"))
    done = history.prune(before=datetime(2022, 6, 1, tzinfo=UTC))
    assert (done.removed, done.left) == (2, 3)
    done = history.prune(keep=2)
    assert (done.removed, done.left) == (1, 2)
    assert [entry.started_at for entry in history.entries().entries] == ["2024-05-01T00:00:00Z", "some day"]
    assert history.prune(keep=0).left == 0
    assert history.keep(run()).id == 6


def test_text_that_no_database_likes(history: History) -> None:
    nasty = run(
        observations=(observation("depth_book", message="a\0b'); DROP TABLE audit_runs; -- \ud83d ✓"),)
    )
    history.keep(nasty)
    (kept,) = history.run("latest").observations
    assert kept.message == "a\0b'); DROP TABLE audit_runs; -- ? ✓"
    assert len(history.entries().entries) == 1


def test_two_processes_that_write_at_once_lose_nothing(place: str, history: History) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, place, name],
            cwd=REPOSITORY, env=environment(), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for name in ("left", "right")
    ]  # fmt: skip
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    given: list[int] = []
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        out, err = writer.communicate(timeout=60)
        assert writer.returncode == 0, err
        given += map(int, out.split())
    assert sorted(given) == list(range(1, 41))
    commits = {entry.commit for entry in history.entries().entries}
    assert commits == {f"{name}-{number}" for name in ("left", "right") for number in range(20)}


@pytest.mark.parametrize("place", ["file"], indirect=True)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE audit_runs SET run = substr(run, 1, length(run) / 2)", "run 1: truncated"),
        ("UPDATE audit_runs SET run = x'ffff'", "run 1: damaged"),
        ("UPDATE audit_runs SET run = x'789c030000000001'", "run 1: not a run file"),
    ],
)
def test_a_run_that_cannot_be_read(history: History, place: str, change: str, words: str) -> None:
    history.keep(run())
    alter(place, change)
    with pytest.raises(UsageError, match=words):
        history.run("1")
    assert len(history.entries().entries) == 1


@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_a_line_that_cannot_be_read_is_told_and_the_others_are_listed(history: History, place: str) -> None:
    history.keep(run())
    history.keep(no_go())
    alter(place, "UPDATE audit_runs SET summary = '{\"outcome\": 1}' WHERE number = 1")
    listed = history.entries()
    assert [entry.id for entry in listed.entries] == [2]
    assert len(listed.unreadable) == 1
    assert listed.unreadable[0].startswith("run 1: its line cannot be read")
    assert history.run("1") == run()


def test_a_history_of_a_later_layout_is_left_alone(history: History, place: str) -> None:
    history.keep(run())
    alter(place, "UPDATE audit_history SET layout = 2")
    for work in (history.entries, lambda: history.keep(run()), lambda: history.run("1")):
        with pytest.raises(HistoryError, match="a history of layout 2, this tool knows 1; use a newer"):
            work()
    alter(place, "UPDATE audit_history SET layout = 1")
    assert len(history.entries().entries) == 1


def alter(place: str, statement: str) -> None:
    """Change a history behind the tool's back."""
    if "://" in place:
        import psycopg

        with psycopg.connect(place) as connection:
            connection.execute(statement.encode())
        return
    import sqlite3

    file = sqlite3.connect(place)
    with file:
        file.execute(statement)
    file.close()


def test_what_names_no_history() -> None:
    assert open_history("off") is None
    with pytest.raises(
        UsageError, match=r"a history at mysql: is not known; name a file, postgresql://"
    ) as caught:
        open_history("mysql://me:secretword@host/name")
    assert "secretword" not in str(caught.value)


def test_a_run_may_carry_keys_of_a_later_version(history: History) -> None:
    later = Run.model_validate({**run().model_dump(), "moon": {"phase": 3}})
    history.keep(later)
    assert history.run("1") == later
