"""A baseline knows findings again when lines move, counts equal ones, and is the same file each time."""

from __future__ import annotations

import json

import pytest

from audit.errors import OutputError, UsageError
from audit.model import Finding, Location, Severity
from audit.scan.baseline import Baseline, LineReader, load, write


def finding(rule="old", file="a.py", line: int | None = 1, message="m"):
    return Finding(
        rule=rule, severity=Severity.ERROR, message=message, location=Location(file=file, line=line)
    )


def lines_of(**files):
    """Lines by file name, with ``_`` for the dot."""

    def line(file: str, number: int) -> str | None:
        lines = files[file.removeprefix("./").replace(".", "_")].split("\n")
        return lines[number - 1] if number <= len(lines) else None

    return line


def test_lines_that_move_stay_known():
    known = Baseline.of([finding(line=1)], lines_of(a_py="get('/x')"))
    moved = finding(line=4, message="says another line number")
    new, again = known.filter([moved], lines_of(a_py="\n\n\n    get('/x')  "))
    assert (new, again) == ((), (moved,))


@pytest.mark.parametrize(
    "other", [finding(rule="other"), finding(file="b.py"), finding(line=2), finding(line=9, message="other")]
)
def test_another_rule_file_or_line_is_new(other):
    lines = lines_of(a_py="x\ny", b_py="x\ny")
    assert Baseline.of([finding()], lines).filter([other], lines) == ((other,), ())


def test_a_changed_line_is_new():
    changed = finding()
    known = Baseline.of([finding()], lines_of(a_py="get('/x')"))
    assert known.filter([changed], lines_of(a_py="get('/y')")) == ((changed,), ())


def test_equal_lines_are_counted():
    lines = lines_of(a_py="x\nx\nx")
    known = Baseline.of([finding(line=1), finding(line=2)], lines)
    three = [finding(line=1), finding(line=2), finding(line=3)]
    new, again = known.filter(three, lines)
    assert (len(new), len(again)) == (1, 2)
    assert known.filter(three, lines) == (new, again)
    assert known.gone(three[:1], lines) == 1
    assert known.gone(three, lines) == 0


def test_how_a_path_is_spelt_does_not_matter():
    lines = lines_of(a_py="x")
    assert Baseline.of([finding(file="./a.py")], lines).filter([finding()], lines)[0] == ()


def test_a_finding_without_a_line_is_known_by_its_message():
    without = Finding(rule="old", severity=Severity.NOTE, message="about all")
    lines = lines_of()
    known = Baseline.of([without, finding(line=None)], lines)
    assert known.filter([without, finding(line=None)], lines)[0] == ()
    assert len(known.filter([finding(line=None, message="other")], lines)[0]) == 1


def test_the_file_is_sorted_and_the_same_each_time(tmp_path):
    lines = lines_of(a_py="x\ny\nx", b_py="ü")
    found = [
        finding(file="b.py"),
        finding(line=2),
        finding(line=1),
        finding(line=3),
        finding(rule="a", line=2),
    ]
    write(tmp_path / "one.json", found, lines)
    write(tmp_path / "two.json", found[::-1], lines)
    raw = (tmp_path / "one.json").read_bytes()
    assert raw == (tmp_path / "two.json").read_bytes()
    assert raw.endswith(b"\n")
    rows = json.loads(raw)["findings"]
    keys = [(row["rule"], row["file"], row["line"]) for row in rows]
    assert keys == sorted(set(keys))
    assert sorted(row["count"] for row in rows) == [1, 1, 1, 2]
    assert load(tmp_path / "one.json").filter(found, lines) == ((), tuple(found))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.json", "two.json"]


def test_an_empty_baseline_knows_nothing(tmp_path):
    write(tmp_path / "b.json", [], lines_of())
    known = load(tmp_path / "b.json")
    assert len(known.filter([finding()], lines_of(a_py="x"))[0]) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not a baseline"),
        ("[]", "expected the format 'baseline/1', found 'list'"),
        ('{"format": "baseline/9"}', "found 'baseline/9'"),
        ('{"format": "baseline/1"}', "findings: expected a list"),
        ('{"format": "baseline/1", "findings": [3]}', r"findings\[0\]: expected an object"),
        ('{"format": "baseline/1", "findings": [{"rule": 1}]}', r"findings\[0\]: expected rule, file"),
        (
            '{"format": "baseline/1", "findings": [{"rule": "r", "file": "f", "line": "l", "count": 0}]}',
            "a number from 1",
        ),
        ("[" * 100_000, "not a baseline"),
        ("\x80", "expected|not a baseline"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, text, told):
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(UsageError, match=told) as caught:
        load(tmp_path / "b.json")
    assert "b.json" in str(caught.value)


def test_a_missing_file_and_a_place_that_cannot_be_written_are_named(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        load(tmp_path / "b.json")
    with pytest.raises(OutputError, match="No such file"):
        write(tmp_path / "gone" / "b.json", [], lines_of())


def test_lines_are_read_from_the_files(tmp_path):
    (tmp_path / "a.py").write_bytes(b"one\ntw\xff\n")
    read = LineReader(tmp_path)
    assert (read("a.py", 1), read("a.py", 9), read("gone.py", 1)) == ("one", None, None)
    assert read("a.py", 2) == "tw\ufffd"


@pytest.mark.parametrize("text", ["root:x:0:0", "", '{"name": "x"}', "[]", "\x80"])
def test_only_a_baseline_is_written_over(tmp_path, text):
    path = tmp_path / "precious"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match="no baseline; nothing was written"):
        write(path, [], LineReader())
    assert path.read_bytes() == text.encode("latin-1")


def test_a_link_beside_the_file_is_not_followed(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("stays")
    (tmp_path / "known.json.part").symlink_to(precious)
    write(tmp_path / "known.json", [], LineReader())
    assert precious.read_text() == "stays"
    assert load(tmp_path / "known.json").known == {}
