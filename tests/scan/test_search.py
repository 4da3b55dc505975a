"""The search finds what holds a stem; what is prepared meanwhile arrives, and fails in time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from audit.errors import UsageError
from audit.scan import search as searching
from audit.scan.files import Found, Reason, Skipped
from audit.scan.search import Meanwhile, Places, Skips, recall, remember, search, search_ahead
from audit.spec import cache

STEMS = ("needle-point",)
MANY = 600


@pytest.fixture(autouse=True)
def _no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """So many files that other processes read them; every hundredth holds a stem."""
    folder = tmp_path / "tree"
    folder.mkdir()
    for number in range(MANY):
        text = "NEEDLE-point" if number % 100 == 0 else "hay"
        (folder / f"f{number:03}.py").write_text(text, encoding="utf-8")
    return folder


def names(files: list[Found]) -> list[str]:
    return [os.path.basename(file.path) for file in files]


@pytest.mark.parametrize("jobs", [1, 2, None])
def test_it_finds_what_holds_a_stem_and_counts_the_rest(tree: Path, jobs: int | None) -> None:
    (tree / "image.png").write_bytes(b"\0\1\2")
    (tree / "link.py").symlink_to("/etc/hostname")
    found = search(Places((tree,), exclude=("f0*",), base=tree, jobs=jobs), STEMS)
    assert names(found.hits) == ["f100.py", "f200.py", "f300.py", "f400.py", "f500.py"]
    assert found.files == MANY - 100 + 1
    assert found.skips.counts == {Reason.BINARY: 1, Reason.LINK_OUT: 1, Reason.IGNORED: 100}
    assert [entry.reason for entry in found.skips.named] == [Reason.BINARY, Reason.LINK_OUT]


def test_a_file_reached_through_a_link_is_told_from_one_that_is_there(tree: Path) -> None:
    outside = tree.with_name("real.py")
    outside.write_text("needle-point", encoding="utf-8")
    (tree / "link.py").symlink_to(outside)
    found = search(Places((tree / "link.py", tree / "f000.py")), STEMS)
    assert [file.link for file in found.hits] == [True, False]


def test_only_the_first_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MAX_NAMED", 2)
    skips = Skips()
    for number in range(5):
        skips.add(Skipped(str(number), Reason.BINARY))
    assert skips.counts[Reason.BINARY] == 5
    assert [entry.path for entry in skips.named] == ["0", "1"]


def test_nothing_is_searched_before_the_stems_are_known(tree: Path) -> None:
    assert search_ahead(Places((tree,)), None, lambda: "ready") == ("ready", None)
    remember(None, STEMS)
    ready, found = search_ahead(Places((tree,)), None, lambda: "ready")
    assert ready == "ready"
    assert found is not None
    assert (found.stems, len(found.hits)) == (STEMS, 6)


def test_descriptions_are_remembered_apart(tmp_path: Path) -> None:
    remember(tmp_path, STEMS)
    assert recall(tmp_path) == STEMS
    assert recall(None) is None
    remember(tmp_path, ("other",))
    assert recall(tmp_path) == ("other",)


@pytest.mark.parametrize("value", [[], [1], "needle-point", {"needle-point": 1}, 7])
def test_what_is_no_list_of_texts_is_not_remembered(value: object) -> None:
    cache.put(searching._key(None), value)
    assert recall(None) is None


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_fails_meanwhile_ends_the_search(tree: Path, jobs: int) -> None:
    def fail() -> None:
        raise UsageError("a wrong name")

    remember(None, STEMS)
    with pytest.raises(UsageError, match="a wrong name"):
        search_ahead(Places((tree,), jobs=jobs), None, fail)


def test_a_failure_is_noticed_while_files_are_listed() -> None:
    broken = Meanwhile[None](lambda: (_ for _ in ()).throw(UsageError("a wrong name")))
    broken.start()
    broken._thread.join()
    with pytest.raises(UsageError, match="a wrong name"):
        search(Places((Path(),)), STEMS, broken)


def test_a_path_that_is_not_there_is_told_although_the_rest_is_ready(tmp_path: Path) -> None:
    remember(None, STEMS)
    with pytest.raises(UsageError, match="gone"):
        search_ahead(Places((tmp_path / "gone",)), None, lambda: "ready")
