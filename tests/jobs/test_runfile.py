"""What a run saw of the intervals weighs more than the promise when code is judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audit.jobs.probing import promises
from audit.jobs.runfile import observed
from audit.model import IntervalFloor, Observation, PlanFacts, Run, Verdict
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
