"""The search finds what holds a stem; what is prepared meanwhile arrives, and fails in time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit.scan import search as searching
from audit.scan.files import Found, Reason, Skipped
from audit.scan.search import Places, Skips, recall, remember, search, search_ahead
from audit.spec import cache
from tests.support.cli import environment

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


@pytest.mark.parametrize("jobs", [1, None])
def test_nothing_is_searched_ahead_where_that_would_take_turns(
    tree: Path, monkeypatch: pytest.MonkeyPatch, jobs: int | None
) -> None:
    remember(None, STEMS)
    monkeypatch.setattr(searching, "can_fork", lambda: jobs == 1)
    assert search_ahead(Places((tree,), jobs=jobs), None, lambda: "ready") == ("ready", None)


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


AHEAD = """
import multiprocessing, os, sys
from pathlib import Path
from audit.errors import UsageError
from audit.scan import search as searching
here, real, tree = os.getpid(), searching.search, Path(sys.argv[1])
def broken_elsewhere(*given):
    if os.getpid() != here:
        os._exit(7)
    return real(*given)
def prepare():
    if "unready" in sys.argv:
        raise UsageError("a wrong name")
    return "ready"
searching.remember(None, ("needle-point",))
if "broken" in sys.argv:
    searching.search = broken_elsewhere
try:
    ready, found = searching.search_ahead(searching.Places((tree,)), None, prepare)
    print(ready, found.stems, [os.path.basename(one.path) for one in found.hits])
except UsageError as error:
    print(error)
print(multiprocessing.active_children())
"""
HITS = "ready ('needle-point',) " + str([f"f{number:03}.py" for number in range(0, MANY, 100)])


# In a process of its own: one with threads, as that of the tests may be, forks nothing.
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
@pytest.mark.parametrize("words", [[], ["broken"], ["unready"]], ids=" ".join)
def test_a_search_goes_on_while_this_process_prepares(tree: Path, words: list[str]) -> None:
    """Where it comes to nothing there it is made again; where the preparations fail it is given up."""
    done = subprocess.run(
        [sys.executable, "-c", AHEAD, str(tree), *words],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["a wrong name" if "unready" in words else HITS, "[]"]
    assert done.stderr == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_path_that_is_not_there_is_told_although_the_rest_is_ready(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AHEAD, str(tmp_path / "gone")],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "gone" in done.stdout
    assert done.stdout.endswith("[]\n")


def test_a_search_that_nobody_waits_for_any_more_ends(tree: Path) -> None:
    class Gone(searching.Asker):
        def __init__(self) -> None:
            self.told: list[str] = []

        def is_gone(self) -> bool:
            return True

        def tell(self, path: str) -> None:
            self.told.append(path)

    asker = Gone()
    assert search(Places((tree,), jobs=1), STEMS, asker).files == searching.ASKED_EVERY
    assert [os.path.basename(path) for path in asker.told] == ["f000.py", "f100.py", "f200.py"]
