"""The file of a history: locked, damaged, somebody else's, or in a place that cannot be."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from audit.errors import HistoryError
from audit.history.sqlite import Sqlite
from audit.history.store import History, open_history
from tests.report.factory import no_go, run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The place of a history with one run."""
    path = tmp_path / "history.sqlite"
    History(Sqlite(path)).keep(run())
    return path


def test_a_locked_file_is_said_and_left_as_it_is(file: Path) -> None:
    before = file.read_bytes()
    history = History(Sqlite(file, patience=0.05))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for work in (lambda: history.keep(run()), history.entries, lambda: history.run("1")):
            with pytest.raises(HistoryError, match=r"history\.sqlite: locked by another process for 0\.05 s"):
                work()
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert history.keep(run()).id == 2


def test_one_who_reads_does_not_keep_others_from_writing_later(file: Path) -> None:
    history = History(Sqlite(file))
    assert len(history.entries().entries) == 1
    assert History(Sqlite(file, patience=0.0)).keep(no_go()).id == 2


@pytest.mark.parametrize("harm", ["overwritten", "truncated", "head gone"])
def test_a_damaged_file_is_set_aside_whole_and_a_new_one_begun(file: Path, harm: str) -> None:
    whole = file.read_bytes()
    spoilt = {"overwritten": b"x" * 5000, "truncated": whole[:-4096], "head gone": b"\0" * 100 + whole[100:]}[
        harm
    ]
    file.write_bytes(spoilt)
    history = History(Sqlite(file))
    with pytest.raises(HistoryError, match=r"history\.sqlite: damaged .*restore a copy"):
        history.entries()
    assert file.read_bytes() == spoilt, "a reader moves nothing"
    kept = history.keep(no_go())
    assert kept.id == 1
    assert kept.set_aside is not None
    assert re.fullmatch(r"history\.sqlite\.damaged-\d{8}T\d+Z", kept.set_aside.name)
    assert kept.set_aside.read_bytes() == spoilt
    assert history.run("1") == no_go()
    assert sorted(path.name for path in file.parent.iterdir()) == [file.name, kept.set_aside.name]


def test_an_empty_file_becomes_a_history(tmp_path: Path) -> None:
    (tmp_path / "history.sqlite").touch()
    history = History(Sqlite(tmp_path / "history.sqlite"))
    assert history.entries().entries == ()
    assert history.keep(run()).set_aside is None


def test_somebody_elses_files_stay_as_they_are(tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("mine " * 400)
    theirs = tmp_path / "theirs.sqlite"
    with closing(sqlite3.connect(theirs)) as other:
        other.execute("CREATE TABLE things (name TEXT)")
    for path, words in ((notes, "not a history"), (theirs, "a database of something else")):
        before = path.read_bytes()
        history = History(Sqlite(path))
        for work in (lambda: history.keep(run()), history.entries):  # noqa: B023 - called at once
            with pytest.raises(HistoryError, match=rf"{path.name}: {words}.*name another file"):
                work()
        assert path.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.md", "theirs.sqlite"]


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_followed_only_where_the_user_named_it(there: bool, tmp_path: Path) -> None:
    target, link = tmp_path / "theirs.sqlite", tmp_path / "history.sqlite"
    if there:
        History(Sqlite(target)).keep(run())
    before = target.read_bytes() if there else None
    link.symlink_to(target)
    planted = open_history(None, tmp_path)
    assert planted is not None
    with pytest.raises(HistoryError) as caught:
        planted.keep(run())
    assert str(caught.value) == f"{link}: a link; name the file it leads to with --history"
    assert (target.read_bytes() if target.exists() else None) == before
    named = open_history(str(link))
    assert named is not None
    assert named.keep(run()).id == 1 + there


def test_places_where_no_file_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HistoryError, match="its folder cannot be made"):
        History(Sqlite(tmp_path / "file" / "history.sqlite")).keep(run())
    with pytest.raises(HistoryError, match="cannot be used as a history"):
        History(Sqlite(tmp_path)).keep(run())


def test_a_name_that_looks_like_part_of_a_url(tmp_path: Path) -> None:
    file = tmp_path / "a?mode=ro#b%20c.sqlite"
    History(Sqlite(file)).keep(run())
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_removed_runs_give_their_room_back(file: Path) -> None:
    history = History(Sqlite(file))
    for number in range(40):
        history.keep(run(commit=f"{number:040}" * 200))
    before = file.stat().st_size
    history.prune(keep=1)
    assert file.stat().st_size < before / 2
