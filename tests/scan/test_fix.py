"""What `scan --fix` promises: nothing else changes, nothing half is left behind, nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.checks.reliance import meaning
from audit.jobs.about import commit
from audit.jobs.rewriting import line_before
from audit.scan.atlas import Atlas
from audit.scan.facts import Span
from audit.scan.rewrite import Change, apply, plan_edits
from audit.scan.source import read_source
from audit.spec.catalog import default_folder, load
from audit.spec.legacy import load_legacy
from tests.support.cli import environment, run_here

SPEC = load(default_folder())
ATLAS = Atlas(SPEC, load_legacy(SPEC.folder))
OLD = (
    b'requests.get("https://open-api-v3.coinglass.com/api/futures/openInterest/ohlc-aggregated-history",\n'
    b"             params={'symbol': 'BTC', 'interval': 'h4'},  # four hours\n"
    b'             headers={"coinglassSecret": key}, timeout=9)\n'
)
NEW = (
    b'requests.get("https://open-api-v4.coinglass.com/api/futures/open-interest/aggregated-history",\n'
    b"             params={'symbol': 'BTC', 'interval': '4h'},  # four hours\n"
    b'             headers={"CG-API-KEY": key}, timeout=9)\n'
)
# Writes as the command does, and is killed when the new bytes are on the disk under another name.
KILLED = """
import os, signal, sys
from pathlib import Path
from audit.scan.rewrite import write
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
path = Path(sys.argv[1])
write(path, path.read_bytes(), b"new")
"""


def fixed(raw: bytes) -> bytes:
    source = read_source("a.py", raw, ATLAS)
    meant = [(use, meaning(use, SPEC)) for use in source.relied.uses]
    told = [(use, m.operation if m else None, m.route if m else None) for use, m in meant]
    return apply(raw, plan_edits(source, told).changes)


comments = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=40)


@settings(max_examples=60, deadline=None)
@given(
    before=comments,
    behind=comments,
    end=st.sampled_from([b"\n", b"\r\n"]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    last=st.booleans(),
    encoding=st.sampled_from(["utf-8", "latin-1"]),
)
def test_everything_else_stays_byte_for_byte(
    before: str, behind: str, end: bytes, mark: bytes, last: bool, encoding: str
) -> None:
    def around(code: bytes) -> bytes:
        first, final = (text.encode(encoding, "replace") for text in (before, behind))
        return mark + b"# " + first + end + code.replace(b"\n", end) + b"# " + final + (end if last else b"")

    assert fixed(around(OLD)) == around(NEW)
    assert fixed(around(NEW)) == around(NEW)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_bytes(OLD)
    return path


def git(folder: Path, *words: str) -> None:
    said = ["-c", "user.name=a", "-c", "user.email=a@b", *words]
    subprocess.run(["git", *said], cwd=folder, check=True)  # noqa: S607 - whichever git there is


def test_uncommitted_changes_are_not_mixed_with_the_fix(old: Path) -> None:
    git(old.parent, "init", "-q")
    git(old.parent, "add", "a.py")
    git(old.parent, "commit", "-qm", "a")
    changed = OLD + b"print(1)\n"
    old.write_bytes(changed)
    refused = run_here("scan", str(old.parent), "--fix")
    assert refused.code == 2
    assert "--force" in refused.err
    assert old.read_bytes() == changed
    assert run_here("scan", str(old.parent), "--fix", "--force").code == 0
    assert old.read_bytes() == NEW + b"print(1)\n"


def test_a_clean_tree_is_fixed_without_force_and_others_stay(old: Path) -> None:
    other = old.with_name("other.py")
    other.write_bytes(b'requests.get("https://example.test/api/futures/openInterest", timeout=9)\r\n')
    stays = (other.read_bytes(), other.stat().st_mtime_ns, other.stat().st_ino)
    git(old.parent, "init", "-q")
    git(old.parent, "add", ".")
    git(old.parent, "commit", "-qm", "a")
    assert run_here("scan", str(old.parent), "--fix").code == 0
    assert old.read_bytes() == NEW
    assert (other.read_bytes(), other.stat().st_mtime_ns, other.stat().st_ino) == stays
    assert run_here("scan", str(old.parent), "--diff").out == ""


def test_a_wide_encoding_is_not_touched(old: Path) -> None:
    wide = OLD.decode().encode("utf-16")
    old.write_bytes(wide)
    run_here("scan", str(old.parent), "--fix")
    assert old.read_bytes() == wide


def test_a_kill_halfway_leaves_the_file_as_it_was(old: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(old)], env=environment(), timeout=60, check=False
    )
    assert done.returncode < 0
    assert old.read_bytes() == OLD
    assert run_here("scan", str(old.parent), "--fix").code == 0
    assert old.read_bytes() == NEW


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("core.fsmonitor", None),
        ("filter.spy.clean", "spy"),
        ("filter.spy.process", "spy"),
        ("filter.a=b.clean", "a=b"),
    ],
)
def test_nothing_that_a_repository_names_is_run(name: str, attribute: str | None, old: Path) -> None:
    spy, ran = old.with_name("spy.sh"), old.with_name("ran")
    spy.write_text(f"#!/bin/sh\ntouch '{ran}'\ncat\n")
    spy.chmod(0o755)
    git(old.parent, "init", "-q")
    git(old.parent, "add", "a.py")
    git(old.parent, "commit", "-qm", "a")
    git(old.parent, "config", name, str(spy))
    if attribute:
        git(old.parent, "config", f"filter.{attribute}.required", "true")
        (old.parent / ".git" / "info" / "attributes").write_text(f"*.py filter={attribute}\n")
    old.touch()  # so that Git reads it again
    subprocess.run(["git", "status"], cwd=old.parent, capture_output=True, check=False)  # noqa: S607 - the developer's own
    assert ran.exists(), "it would be run by Git itself"
    ran.unlink()
    old.touch()
    assert run_here("scan", str(old), "--fix").code == 0
    assert old.read_bytes() == NEW
    assert str(commit(old.parent)).endswith("+")
    assert not ran.exists()


def test_a_repository_within_is_not_asked(old: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("outside")
    spy, ran = folder / "spy.sh", folder / "ran"
    spy.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    spy.chmod(0o755)
    within = old.parent / "within"
    within.mkdir()
    (within / "a.py").write_text("a = 1\n")
    for place in (within, old.parent):
        git(place, "init", "-q")
        git(place, "add", ".")
        git(place, "commit", "-qm", "a")
    git(within, "config", "core.fsmonitor", str(spy))
    git(old.parent, "status")
    assert ran.exists(), "Git itself would look into it"
    ran.unlink()
    assert commit(old.parent)
    assert not ran.exists()


def test_git_fetches_nothing_for_a_question(old: Path) -> None:
    ran = old.with_name("ran")
    git(old.parent, "init", "-q")
    git(old.parent, "add", "a.py")
    git(old.parent, "commit", "-qm", "a")
    for setting in (
        ("remote.origin.url", f"ext::sh -c touch% '{ran}'"),
        ("remote.origin.promisor", "true"),
        ("protocol.ext.allow", "always"),
        ("extensions.partialClone", "origin"),
        ("core.repositoryFormatVersion", "1"),
    ):
        git(old.parent, "config", *setting)
    tree = subprocess.run(
        ["git", "rev-parse", "HEAD^{tree}"], cwd=old.parent, capture_output=True, text=True, check=True  # noqa: S607 - the developer's own
    ).stdout.strip()  # fmt: skip
    (old.parent / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    subprocess.run(["git", "status"], cwd=old.parent, capture_output=True, check=False)  # noqa: S607 - the same
    assert ran.exists(), "Git itself would ask for what is missing"
    ran.unlink()
    assert commit(old.parent) is None
    assert not ran.exists()


def test_a_file_name_writes_no_line_of_a_patch_and_no_command_for_a_ci(tmp_path: Path) -> None:
    file = tmp_path / "a\n::error::b\n+++ b/c.py"
    file.parent.mkdir()
    file.write_bytes(OLD)
    made = run_here("scan", str(tmp_path), "--diff")
    assert [line[:6] for line in made.out.splitlines() if line.startswith(("---", "+++", "::"))] == [
        '--- "a',
        '+++ "b',
    ]
    fixed = run_here("scan", str(tmp_path), "--fix")
    assert "fixed: " in fixed.err
    assert not any(line.lstrip().startswith("::") for line in fixed.err.splitlines())


FUNDING = "https://open-api-v3.coinglass.com/api/futures/fundingRate/ohlc-history"
ASKED = "?exchange=Binance&symbol=BTCUSDT&interval=h8"


def test_what_no_edit_resolves_is_named_once_with_its_place(tmp_path: Path) -> None:
    python, script = tmp_path / "a.py", tmp_path / "b.ts"
    python.write_text(
        f'r = requests.get("{FUNDING}{ASKED}", timeout=9)\n'
        'rows = [(row["t"], row["c"]) for row in r.json()["data"]]\n'
        'requests.get("https://open-api-v4.coinglass.com/api/futures/nothing/likeit", timeout=9)\n'
    )
    script.write_text(
        f'const body = await (await fetch("{FUNDING}{ASKED}")).json();\n'
        "const out = body.data.map((row) => ({ time: row.t, close: row.c }));\n"
    )
    for how in ("--diff", "--fix"):
        ran = run_here("scan", str(tmp_path), how)
        left = [line for line in ran.err.splitlines() if line.startswith("left to you: ")]
        assert len(left) == len(set(left))
        for place in (
            f"{python}:2: legacy-field: the field t is time today",
            f"{python}:3: unknown-endpoint: ",
            f"{script}:2: legacy-field: the field t is time today",
        ):
            assert sum(line.startswith(f"left to you: {place}") for line in left) == 1, ran.err
        assert not any("the field c " in line for line in left), "the edit resolves it"
    assert 'row["t"], row["close"]' in python.read_text()
    assert not run_here("scan", str(tmp_path), "--fix", "--quiet").err


def test_an_inserted_line_does_not_move_what_is_left() -> None:
    raw = b"a\nb\nc\n"
    changes = (Change(Span(2, 3), b"b", b"b\nx\ny", "two lines more"),)
    assert [line_before(line, raw, changes) for line in range(1, 6)] == [1, 2, 2, 2, 3]


def test_a_fix_says_that_the_baseline_knows_other_lines(old: Path) -> None:
    known = old.with_name("known.json")
    assert run_here("scan", str(old), "--baseline", str(known), "--write-baseline").code == 0
    ran = run_here("scan", str(old), "--fix", "--baseline", str(known))
    assert f"lines that {known} may know have changed" in ran.err
    again = run_here("scan", str(old), "--fix", "--baseline", str(known))
    assert "have changed" not in again.err
