"""What a run saw of the intervals weighs more than the promise when code is judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audit.history.packed import pack, unpack
from audit.jobs.probing import promises
from audit.jobs.runfile import observed, read_run
from audit.model import IntervalFloor, Observation, PlanFacts, Run, Verdict
from audit.report.formats import render
from audit.spec.catalog import Spec
from tests.report import factory
from tests.support.cli import run_here

PRICE = "futures_price_history"
RATIO = "futures_taker_buy_sell_volume_history"
OPEN, FINE = Verdict.AVAILABLE, Verdict.INTERVAL_GATED
BOT = """import requests

PARAMS = {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "1h", "limit": 10}
requests.get("https://open-api-v4.coinglass.com/api/futures/price/history", params=PARAMS, timeout=5)
"""


def ran(*seen: tuple[str, Verdict], floors: tuple[IntervalFloor, ...] = (), **more: Any) -> Run:
    """A run on the cheapest plan, whose promised floor is 4h, with prices asked at some intervals."""
    rows = tuple(observation(width, verdict) for width, verdict in seen)
    facts = PlanFacts(declared="hobbyist", detected="hobbyist")
    return factory.run(plan=facts, observations=rows, interval_floors=floors, findings=(), **more)


def observation(width: str, verdict: Verdict) -> Observation:
    return factory.observation(PRICE, verdict, interval=width)


@pytest.mark.parametrize(
    ("seen", "gated"),
    [
        ([], None),
        ([("4h", OPEN)], None),
        ([("1h", OPEN), ("4h", FINE)], False),
        ([("30m", OPEN)], False),
        ([("30m", FINE)], None),
        ([("4h", FINE)], True),
        ([("1h", Verdict.SERVER_ERROR), ("4h", FINE)], True),
    ],
)
def test_what_was_asked_tells_of_other_intervals(
    spec: Spec, seen: list[tuple[str, Verdict]], gated: bool | None
) -> None:
    assert observed(ran(*seen), spec.ladder).gates(PRICE, "1h") is gated


@pytest.mark.parametrize(
    ("changes", "gated"),
    [({}, False), ({"settled": False}, None), ({"promised": "30m"}, None), ({"family": "other"}, None)],
)
def test_a_family_speaks_for_members_of_the_same_promise(
    spec: Spec, changes: dict[str, Any], gated: bool | None
) -> None:
    group = spec.operations[PRICE].group
    given = {"family": group, "operation": RATIO, "promised": "4h", "observed": "1h", "settled": True}
    run = ran(floors=(IntervalFloor(**{**given, **changes}),), promises=promises(spec))
    assert observed(run, spec.ladder).gates(PRICE, "1h") is gated


def test_what_was_seen_on_one_plan_is_not_held_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bot.py").write_text(BOT, encoding="utf-8")
    Path("run.json").write_text(ran(("1h", FINE)).model_dump_json(), encoding="utf-8")
    told = run_here("scan", "bot.py", "--run", "run.json", "--plan", "startup")
    assert (told.code, told.out) == (2, "")
    assert told.err == (
        "error: run.json: seen on the plan hobbyist, which says nothing about startup; "
        "leave out --plan or --run\n"
    )
    assert run_here("scan", "bot.py", "--run", "run.json", "--plan", "hobbyist").code == 1


@pytest.mark.parametrize(
    ("began", "words"),
    [
        ("2999-01-01T00:00:00Z", "began at 2999-01-01T00:00:00Z, still to come; a clock was wrong"),
        ("soon", "began at 'soon', which is no moment"),
    ],
)
def test_a_run_from_the_future_is_said(
    began: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bot.py").write_text(BOT, encoding="utf-8")
    for name, moment in (("before.json", "2026-09-01T10:00:00Z"), ("now.json", began)):
        Path(name).write_text(ran(("4h", OPEN), started_at=moment).model_dump_json(), encoding="utf-8")
    judged = run_here("scan", "bot.py", "--run", "now.json", "--format", "json")
    assert f"now.json: {words}\n" in judged.err
    compared = json.loads(run_here("drift", "before.json", "now.json", "--format", "json").out)
    assert f"before.json before, now.json ({words}) now." in " ".join(compared["decision"]["reasons"])
    assert "began at" not in run_here("scan", "bot.py", "--run", "before.json", "--format", "json").err


def test_keys_of_a_later_version_are_kept(tmp_path: Path) -> None:
    tree = json.loads(ran(("4h", OPEN)).model_dump_json())
    tree["of_tomorrow"] = {"deep": [1, None, "x"]}
    for part in ("target", "plan", "spec", "decision"):
        tree[part]["of_tomorrow"] = part
    tree["observations"][0]["of_tomorrow"] = 7
    (tmp_path / "run.json").write_text(json.dumps(tree), encoding="utf-8")
    read = read_run(tmp_path / "run.json")
    assert json.loads(render("json", read)) == tree
    assert unpack(pack(read), "here") == read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a run file: the file: Invalid JSON: EOF while parsing a value at line 1 column 0"),
        ('{"format": "coinglass-audit.run/1", "tool"', "not a run file: the file: Invalid JSON: EOF while"),
        ("[]", "not a run file: the file: Input should be an object"),
        (
            '{"format": "coinglass-audit.run/2"}',
            "written as coinglass-audit.run/2, this tool reads coinglass-",
        ),
        ('{"format": "coinglass-audit.run/1"}', "not a run file: tool: Field required"),
    ],
)
@pytest.mark.parametrize(
    "command", [("scan", "bot.py", "--run", "bad.json"), ("drift", "bad.json", "bad.json")]
)
def test_what_is_no_run_file_is_one_line(
    command: tuple[str, ...], text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bot.py").write_text(BOT, encoding="utf-8")
    Path("bad.json").write_text(text, encoding="utf-8")
    told = run_here(*command)
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith(f"error: bad.json: {words}")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ((), "is finer than 4h, the floor of hobbyist"),
        ((("1h", OPEN),), None),
        ((("1h", FINE),), "was refused as too fine in the run"),
        ((("4h", FINE),), "was refused as too fine in the run"),
    ],
)
def test_a_scan_beside_a_run_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: tuple[tuple[str, Verdict], ...], words: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bot.py").write_text(BOT, encoding="utf-8")
    Path("run.json").write_text(ran(*seen).model_dump_json(), encoding="utf-8")
    found = json.loads(run_here("scan", "bot.py", "--run", "run.json", "--format", "json").out)["findings"]
    (message,) = [one["message"] for one in found if one["rule"] == "interval-gated"] or [None]
    assert (words in message) if message and words else message is words
