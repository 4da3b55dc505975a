"""`scan` through the real command, on files nobody should have to read: it ends, and says what it left."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit.scan import search
from audit.spec.catalog import Spec
from audit.spec.legacy import load_legacy
from tests.support.cli import Ran, run_here, run_process

DEEP = 100_000


@pytest.fixture(scope="module")
def url(spec: Spec) -> str:
    """Where an earlier version was asked."""
    legacy = load_legacy(spec.folder)
    route = next(
        route
        for route in legacy.routes
        if route.current not in (None, route.path) and not legacy.versions[route.version].current
    )
    return f"{legacy.versions[route.version].url}{route.path}"


@pytest.fixture
def good(tmp_path: Path, url: str) -> Path:
    """A folder with one file as it should be; what is wrong beside it must not hide what it relies on."""
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "good.py").write_text(f'import requests\nrequests.get("{url}")\n', encoding="utf-8")
    return folder


def scanned(folder: Path, *more: str, timeout: float = 120) -> tuple[Ran, dict[str, Any]]:
    """Run the command, which must end by itself with findings in good.py and without a traceback."""
    ran = run_process("scan", ".", "--format", "json", *more, cwd=folder, timeout=timeout)
    assert ran.code == 1, ran
    assert "Traceback" not in ran.err
    run = json.loads(ran.out)
    assert "good.py" in {finding["location"]["file"] for finding in run["findings"]}
    return ran, run


def skipped(run: dict[str, Any]) -> dict[str, str]:
    return {row["file"]: row["reason"] for row in run["scanned"]["skipped_files"]}


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"# a text\n" * 10_000)
        file.truncate(200 * 1024 * 1024)


def test_what_is_no_text_is_skipped_and_named(good: Path, tmp_path: Path, url: str) -> None:
    (good / "binary.py").write_bytes(b"\0\1\2" + url.encode())
    (good / "empty.py").write_bytes(b"")
    sparse(good / "sparse.py")
    (good / "app.min.js").write_text(f'fetch("{url}");' * 2000, encoding="utf-8")
    os.mkfifo(good / "pipe.py")
    (good / "loop").symlink_to(good)
    (good / "itself.py").symlink_to("itself.py")
    (tmp_path / "outside.py").write_text(f'"{url}"', encoding="utf-8")
    (good / "out.py").symlink_to(tmp_path / "outside.py")
    (good / "nowhere.py").symlink_to("gone.py")
    ran, run = scanned(good)
    assert skipped(run) == {
        "binary.py": "binary",
        "sparse.py": "too large",
        "app.min.js": "minified",
        "pipe.py": "not a regular file",
        "itself.py": "link out of tree",
        "out.py": "link out of tree",
        "nowhere.py": "link out of tree",
    }
    assert sum(run["scanned"]["skipped"].values()) == 7
    assert {use["file"] for use in run["uses"]} == {"good.py"}
    assert "skipped, binary: binary.py" in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named(good: Path) -> None:
    (good / "locked.py").write_text("x", encoding="utf-8")
    (good / "locked.py").chmod(0)
    (good / "closed").mkdir(0)
    _, run = scanned(good)
    assert skipped(run) == {"locked.py": "unreadable", "closed": "unreadable"}


def test_every_encoding_is_read(good: Path, url: str) -> None:
    for name, encoding in (("latin.py", "latin-1"), ("wide.py", "utf-16"), ("marked.py", "utf-8-sig")):
        (good / name).write_bytes(f'# Größe\nimport requests\nrequests.get("{url}")\n'.encode(encoding))
    _, run = scanned(good)
    assert {use["file"] for use in run["uses"]} == {"good.py", "latin.py", "marked.py", "wide.py"}


def test_what_does_not_parse_is_read_as_text_and_said(good: Path, url: str) -> None:
    (good / "half.py").write_text(f'def f(:\n  ((((\nrequests.get("{url}"\n', encoding="utf-8")
    ran, run = scanned(good)
    assert run["scanned"]["read_as_text"] == ["half.py"]
    assert "half.py" in {use["file"] for use in run["uses"]}
    assert "read as plain text: half.py" in ran.err


BAIT: dict[str, Callable[[str], str]] = {
    "brackets.py": lambda url: "x = " + "[" * DEEP + f'\n"{url}"\n',
    "brackets.js": lambda url: "(\n" * DEEP + f'"{url}"',
    "brackets.json": lambda url: "[" * DEEP + f'"{url}"' + "]" * DEEP,
    "brackets.yaml": lambda url: "a: " + "[" * DEEP + f'"{url}"',
    "brackets.go": lambda url: "package a\n" + "{" * DEEP + f'"{url}"',
    "quotes.md": lambda url: "> " * DEEP + url + "\n" + "`" * DEEP,
    "sums.py": lambda url: "x = " + " + ".join(['"a"'] * 5_000) + f'\ny = "{url}"\n',
    "slashes.txt": lambda url: "/" * 1_000_000 + url,
    "escaped.txt": lambda url: "\\/" * 500_000 + url,
    "stems.txt": lambda url: (url.rpartition("/")[2] + "-") * 50_000,
    "spaces.env": lambda url: "KEY" + " " * 1_000_000 + f"= {url}",
    "braces.py": lambda url: 'f"' + "{" * DEEP + f'{url}"',
    "line.json": lambda url: '{"a": [' + f'{{"u": "{url}"}},' * 1000 + "0]}",
    "lines.sh": lambda url: "\\\n" * DEEP + f"curl {url}\n",
}


@pytest.mark.parametrize("name", BAIT)
def test_bait_is_read_or_left_but_never_hangs(good: Path, url: str, name: str) -> None:
    (good / name).write_text(BAIT[name](url), encoding="utf-8")
    _, run = scanned(good, "--jobs", "2")
    assert set(skipped(run).values()) <= {"timed out"}, run["scanned"]


def test_a_file_that_goes_while_it_is_looked_at(
    good: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (good / "brief.py").write_text(f'"{url}"', encoding="utf-8")
    real = search.search_ahead

    def then_gone(places: search.Places, *given: Any) -> Any:
        ready, found = real(places, *given)
        found = found or search.search(places, ready.known.stems)
        (good / "brief.py").unlink()
        return ready, found

    run_here("scan", str(good))
    monkeypatch.setattr(search, "search_ahead", then_gone)
    monkeypatch.chdir(good)
    ran = run_here("scan", ".", "--format", "json")
    assert ran.code == 1
    assert skipped(json.loads(ran.out)) == {"brief.py": "vanished"}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("known.json", "[" * DEEP, "not a baseline"),
        ("known.json", '{"format": "of/another"}', "expected the format"),
        ("known.json", "\x00\x01", "not a baseline"),
        ("run.json", "[" * DEEP, "not a run file"),
        ("run.json", '{"format": "coinglass-audit.run/1"}', "not a run file"),
        ("run.json", "", "not a run file"),
    ],
)
def test_a_file_given_beside_is_refused_in_one_line(good: Path, name: str, text: str, words: str) -> None:
    (good / name).write_text(text, encoding="utf-8")
    option = "--baseline" if name == "known.json" else "--run"
    ran = run_here("scan", str(good), option, str(good / name))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {good / name}: {words}"), ran.err
    assert ran.err.count("\n") == 1
