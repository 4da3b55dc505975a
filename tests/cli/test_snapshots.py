"""What each command prints for a newcomer: 80 columns, no colour, piped, as in the log of a CI.

Every case is a row of commands in a folder of its own; what they print stands in ``snapshots``, with
times, lengths of time and this machine's folders masked. After a wanted change:
``UPDATE_SNAPSHOTS=1 python -m pytest tests/cli/test_snapshots.py``, then read the difference.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.support.cli import REPOSITORY, Ran, run_here, run_process

FOLDER = Path(__file__).parent / "snapshots"
CORPUS = REPOSITORY / "tests" / "scan" / "corpus" / "python"
WIDTH = 80
LOG = {"COLUMNS": str(WIDTH), "CI": "true", "NO_COLOR": "1"}

FUNDING = ("--only", "futures_funding_*")
SANDBOX = ("--sandbox", "--plan", "standard")
CASES: dict[str, tuple[tuple[str, ...], ...]] = {
    "help": (("--help",),),
    "signoff-go": (("signoff", *SANDBOX),),
    "signoff-no-go": (
        (
            *("signoff", *SANDBOX, *FUNDING, "--code", "bot", "--fault", "plan-gate:*arbitrage"),
            *("--fault", "missing-field:*rate_history", "--fault", "html-200:*exchange_list"),
        ),
    ),
    "signoff-incomplete": (("signoff", *SANDBOX, "--only", "futures_rsi_list", "--fault", "reset"),),
    "probe": (("probe", "--sandbox", "--plan", "hobbyist", *FUNDING),),
    "key": (("key", *SANDBOX), ("key", "--sandbox", "--plan", "standard", "--fault", "plan-gate")),
    "contract": (("contract", *SANDBOX[1:], *FUNDING),),
    "contract-no-go": (
        ("record", "--sandbox", "--plan", "standard", *FUNDING, "--out", "cassettes"),
        ("contract", "--plan", "standard"),
    ),
    "consumer": (
        ("contract", "--consumer", "derivatives-bot", "--sandbox"),
        ("contract", "--consumer", "derivatives-bot", "--sandbox", "--plan", "hobbyist"),
    ),
    "drift": (
        ("drift", *SANDBOX, *FUNDING),
        ("drift", *SANDBOX, *FUNDING, "--fault", "wrong-type:*rate_history"),
    ),
    "scan": (("scan", "bot", "--plan", "standard"),),
    "scan-diff": (("scan", "bot", "--diff"),),
    "fuzz": (("fuzz", "--plan", "standard", *FUNDING, "--max-examples", "2"),),
    "spec-list": (("spec", "list", "--only", "futures_funding_*"),),
    "spec-show": (("spec", "show", "futures_funding_rate_history"),),
    "spec-lookup": (("spec", "lookup", "/api/futures/openInterest/ohlc-history"),),
    "spec-lint": (("spec", "lint"),),
    "explain": (("explain", "interval-mismatch"), ("explain",)),
    "history": (
        ("history",),
        ("probe", *SANDBOX, *FUNDING, "--quiet"),
        ("probe", *SANDBOX, *FUNDING, "--quiet", "--fault", "server-500:*arbitrage"),
        ("history",),
    ),
    "record": (
        ("record", *SANDBOX, *FUNDING, "--out", "cassettes"),
        ("record", "--check", "--out", "cassettes"),
    ),
    "preset-health-check": (("signoff", "--sandbox", "--preset", "health-check"),),
    "preset-watchlist": (("signoff", "--sandbox", "--preset", "watchlist", "--symbols", "BTC,NOPE"),),
    "init": (("init", "bot", "--plan", "startup"), ("init", "bot", "--plan", "startup")),
    "wrong-use": (
        ("signof",),
        ("signoff", "--plan", "whale"),
        ("explain", "stale"),
        ("spec", "show", "futures_funding"),
        ("scan", "nowhere"),
    ),
}
# These run as a user's do, in a process of its own with pipes; the others in this one, which is faster.
PIPED = ("help", "key", "explain", "scan")
# What is copied and run stays as it is: a command and its options.
COMMAND = re.compile(r"\s*(\$|curl|--\S+) ")
MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"), "yyyy-mm-dd hh:mm UTC"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "yyyy-mm-ddThh:mm:ssZ"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "yyyy-mm-dd"),
    # A channel pushes in real time: how much came, how soon, and so where the line breaks.
    (
        re.compile(
            r"first\s+message: .+?,\s+messages: .+?,\s+rows: .+?,\s+(heartbeats: .+?),\s+gap: .+?,\s+"
        ),
        r"first message: …, messages: …, rows: …,\n    \1, gap: …, ",
    ),
    # Of which cases a fuzzer thinks depends on everything else that is loaded.
    (
        re.compile(r"\d+ cases \(\d+ must.+?seed (\d)\nverdicts: .+?(?=\nfailures)", re.DOTALL),
        r"… cases (…), … requests, seed \1\nverdicts: …",
    ),
    (re.compile(r"(?<=promised\.) \d+ operations had no rows,.+?no field\.", re.DOTALL), ""),
    (re.compile(r"\d+ cases for (.+?at most) \d+"), r"… cases for \1 …"),
)
RECORDING = ("contract-no-go", "record")


def settle(folder: Path, name: str) -> None:
    """Lay out old code to be scanned and, beside it, the shipped cassettes, so that no path is long."""
    (folder / "bot").mkdir()
    for file in ("class_wrapper.py", "first_version.py"):
        shutil.copy(CORPUS / file, folder / "bot" / file)
    if name not in RECORDING:
        (folder / "cassettes").symlink_to(REPOSITORY / "cassettes", target_is_directory=True)


def masked(text: str, folder: Path) -> str:
    for path, name in ((folder, "FOLDER"), (REPOSITORY, "REPOSITORY")):
        text = text.replace(str(path), name)
    for mask, word in MASKS:
        text = mask.sub(word, text)
    return text


def run_case(name: str, folder: Path) -> list[tuple[str, Ran]]:
    """Run the commands of a case one after the other."""
    settle(folder, name)
    done = []
    for arguments in CASES[name]:
        ran = (
            run_process(*arguments, cwd=folder, timeout=60, **LOG)
            if name in PIPED
            else run_here(*arguments, **LOG)
        )
        done.append((" ".join(["coinglass-audit", *arguments]), ran))
    return done


def snapshot(done: list[tuple[str, Ran]], folder: Path) -> str:
    parts = []
    for command, ran in done:
        beside = f"--- standard error\n{ran.err}" if ran.err else ""
        parts.append(f"$ {command}\n{ran.out}{beside}--- exit code {ran.code}\n")
    return masked("\n".join(parts), folder)


@pytest.mark.parametrize("name", CASES)
def test_it_prints_what_it_printed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run_case(name, tmp_path)
    path = FOLDER / f"{name}.txt"
    got = snapshot(done, tmp_path)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(got, encoding="utf-8")
    assert got == path.read_text(encoding="utf-8")
    for _, ran in done:
        assert "\x1b" not in ran.out + ran.err


def test_every_snapshot_has_a_case() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(CASES)


@pytest.mark.parametrize("name", sorted(set(CASES) - {"scan-diff"}))
def test_no_result_is_wider_than_a_terminal(name: str) -> None:
    """On standard error each message is one line, to be found whole in a log; so results are measured."""
    told = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    results = re.sub(r"^--- standard error\n.*?(?=^--- exit)", "", told, flags=re.MULTILINE | re.DOTALL)
    wide = [line for line in results.splitlines() if cell_len(line) > WIDTH]
    # A word that is too long alone on its line could not be laid out better.
    assert [line for line in wide if not COMMAND.match(line) and len(line.split()) > 1] == []
