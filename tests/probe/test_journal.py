"""The journal: what a kill leaves behind, whose run it is, and what happens to an older one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audit.client.secret import Secret
from audit.errors import AuditError, Exit, JournalError, OutputError
from audit.probe.journal import FORMAT, Journal

ABOUT = {"spec": "abc", "target": "https://api.example.com", "plan": None, "only": ["a*"], "symbol": None}
ROWS: dict[str, dict[str, Any]] = {
    "one": {"facts": {"limit": 30}, "at": 1.5},
    "two": {"facts": {}, "at": 2.5},
    "drei ü": {"at": 3.0},
}


def written(folder: Path, rows: dict[str, dict[str, Any]] | None = None) -> Path:
    """A journal as a run leaves it that was ended in good order."""
    path = folder / "journal.jsonl"
    with Journal(path, ABOUT, resume=False) as journal:
        for name, row in (ROWS if rows is None else rows).items():
            journal.add(name, row)
    return path


def resumed(path: Path, **changed: Any) -> Journal:
    return Journal(path, {**ABOUT, **changed}, resume=True)


def test_what_was_written_is_there_again(tmp_path: Path) -> None:
    path = written(tmp_path)
    with resumed(path) as journal:
        assert journal.records == ROWS
        journal.add("three", {"at": 4.0})
    with resumed(path) as journal:
        assert list(journal.records) == [*ROWS, "three"]
    assert json.loads(path.read_bytes().splitlines()[0]) == {"format": FORMAT, **ABOUT}


def test_each_record_is_in_the_file_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path, ABOUT, resume=False) as journal:
        for number in range(3):
            journal.add(f"row {number}", {"at": number})
            lines = path.read_bytes().split(b"\n")
            assert len(lines) == number + 3
            assert json.loads(lines[-2])["ask"] == f"row {number}"
            assert lines[-1] == b""


def test_wherever_a_kill_tears_the_last_line_the_lines_before_it_stand(tmp_path: Path) -> None:
    path = written(tmp_path)
    raw = path.read_bytes()
    last = raw.rstrip(b"\n").rfind(b"\n") + 1
    for length in range(last, len(raw)):
        path.write_bytes(raw[:length])
        with resumed(path) as journal:
            assert list(journal.records) == ["one", "two"]
            journal.add("again", {"at": 9.0})
        with resumed(path) as journal:
            assert list(journal.records) == ["one", "two", "again"], "the torn line was not cut off"


def test_line_breaks_and_odd_signs_inside_a_record_do_not_tear_it(tmp_path: Path) -> None:
    odd = {"a\nb": {"text": "x\r\ny\u2028z\x85\x0b\x0c\x1c \0"}}
    path = written(tmp_path, odd)
    with resumed(path) as journal:
        assert journal.records == odd


NOT_A_JOURNAL = [
    b"hello\n",
    b"{\n",
    b"\n",
    b"\n\n",
    b"\xff\xfe\n",
    b"[]\n",
    b"7\n",
    b"null\n",
    b'"text"\n',
    b'{"a": 1}\n',
    b'{"format": "coinglass-audit.journal/0"}\n',
    b'{"format": "coinglass-audit.jour',  # killed while the very first line was written
]


@pytest.mark.parametrize("raw", NOT_A_JOURNAL)
def test_what_is_no_journal_is_refused_and_left_alone(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(raw)
    with pytest.raises(JournalError, match="start again without --resume") as caught:
        resumed(path)
    assert str(path) in str(caught.value)
    assert caught.value.exit_code is Exit.USAGE
    assert path.read_bytes() == raw


@pytest.mark.parametrize("line", [b"[]", b"7", b"null", b"{}", b'{"facts": {}}', b"nonsense", b'{"ask": []}'])
def test_a_damaged_line_in_the_middle_is_refused(tmp_path: Path, line: bytes) -> None:
    path = written(tmp_path)
    first, *others = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([first, line, *others, b""]))
    with pytest.raises(JournalError, match="not a journal"):
        resumed(path)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"spec": "xyz"}, "spec was 'abc', now 'xyz'"),
        ({"target": "http://127.0.0.1:1"}, "target was 'https://api.example.com', now 'http://127.0.0.1:1'"),
        ({"plan": "standard"}, "plan was None, now 'standard'"),
        ({"only": []}, "only was ['a*'], now []"),
        ({"symbol": "ETH", "plan": "startup"}, "plan was None, now 'startup', symbol was None, now 'ETH'"),
        ({"new": 1}, "new was None, now 1"),
    ],
)
def test_the_journal_of_another_run_is_refused_and_left_alone(
    tmp_path: Path, changed: dict[str, Any], words: str
) -> None:
    path = written(tmp_path)
    before = path.read_bytes()
    with pytest.raises(JournalError) as caught:
        resumed(path, **changed)
    assert words in str(caught.value)
    assert path.read_bytes() == before


KEY = Secret("fa4e" * 8)


def test_only_the_same_key_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path, ABOUT, resume=False, key=KEY) as journal:
        journal.add("one", {"at": 1.0})
    before = path.read_bytes()
    for other in (Secret("fa4f" * 8), Secret("sandbox-standard")):
        with pytest.raises(JournalError) as caught:
            Journal(path, ABOUT, resume=True, key=other)
        assert str(caught.value) == (
            f"{path}: belongs to a run with another key; set that key, or leave --resume out"
        )
        assert path.read_bytes() == before
    with Journal(path, ABOUT, resume=True, key=Secret(KEY.reveal())) as journal:
        assert list(journal.records) == ["one"]


@pytest.mark.parametrize("salt", [None, 7, "no hex", "", "00"])
def test_a_journal_that_does_not_tell_its_key_is_of_none(tmp_path: Path, salt: object) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text(json.dumps({"format": FORMAT, **ABOUT, "key_salt": salt, "key_print": ""}) + "\n")
    with pytest.raises(JournalError, match="another key"):
        Journal(path, ABOUT, resume=True, key=KEY)


def test_what_tells_the_key_is_not_the_key_and_differs_from_run_to_run(tmp_path: Path) -> None:
    prints = set()
    for number in range(2):
        with Journal(tmp_path / f"{number}.jsonl", ABOUT, resume=False, key=KEY) as journal:
            text = journal.path.read_text(encoding="utf-8")
        assert KEY.redact(text) == text
        assert KEY.reveal()[:8] not in text
        prints.add(json.loads(text)["key_print"])
    assert len(prints) == 2, "one table of keys would do for all journals"


@pytest.mark.parametrize("empty", [True, False])
def test_nothing_to_resume_is_said(tmp_path: Path, empty: bool) -> None:
    path = tmp_path / "journal.jsonl"
    if empty:
        path.touch()
    with pytest.raises(JournalError, match="no unfinished run"):
        resumed(path)
    assert path.exists() is empty


def test_a_new_run_sets_the_older_journal_aside(tmp_path: Path) -> None:
    path = written(tmp_path)
    before = path.read_bytes()
    for number in (1, 2):
        with Journal(path, ABOUT, resume=False) as journal:
            assert journal.records == {}
            assert journal.set_aside == tmp_path / f"journal.{number}.jsonl"
    assert (tmp_path / "journal.1.jsonl").read_bytes() == before
    assert len(path.read_bytes().splitlines()) == 1


def test_a_first_run_sets_nothing_aside_and_makes_its_folder(tmp_path: Path) -> None:
    with Journal(tmp_path / "a" / "b" / "journal.jsonl", ABOUT, resume=False) as journal:
        assert journal.set_aside is None
        assert journal.path.exists()


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("resume", [True, False])
def test_a_link_is_not_followed(there: bool, resume: bool, tmp_path: Path) -> None:
    target, path = tmp_path / "elsewhere.jsonl", tmp_path / "out" / "journal.jsonl"
    path.parent.mkdir()
    if there:
        written(tmp_path).rename(target)
    before = target.read_bytes() if there else None
    path.symlink_to(target)
    with pytest.raises(JournalError) as caught:
        Journal(path, ABOUT, resume=resume)
    assert str(caught.value) == f"{path}: a link; take it away, or name another folder with --out"
    assert (target.read_bytes() if target.exists() else None) == before


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "journal.jsonl").mkdir()
    for path in (tmp_path / "file" / "journal.jsonl", tmp_path / "journal.jsonl"):
        for resume in (False, True):
            with pytest.raises(AuditError, match="--out") as caught:
                Journal(path, ABOUT, resume=resume)
            assert isinstance(caught.value, OutputError | JournalError)
            assert str(path.parent) in str(caught.value)


def test_a_full_disk_is_said_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, raw: bytes) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            """Nothing is open."""

    journal = Journal(tmp_path / "journal.jsonl", ABOUT, resume=False)
    journal._file.close()
    monkeypatch.setattr(journal, "_file", Full())
    with pytest.raises(OutputError, match=r"No space left on device.*--resume"):
        journal.add("one", {})
