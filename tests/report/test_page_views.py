"""What the page counts, sorts and quotes before a template sees it."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from audit.model import Freshness, IntervalFloor, LimitUse, Severity, Verdict
from audit.report.page_findings import SHOWN, anchors, blocks
from audit.report.page_ladder import ladders
from audit.report.page_numbers import age_words, ages, fields, latency, limit, span
from audit.report.page_requests import MOST, Requests
from audit.report.rules import RuleText
from audit.report.summary import Kept, summarize
from tests.report.factory import SANDBOX, finding, key, observation, promise, run


def test_a_request_is_a_line_for_a_shell_without_the_key() -> None:
    row = observation("prices_list", params={"symbol": "BTC", "name": "a b&c'd\"$(x)"})
    line = Requests(run()).curl(row)
    assert line is not None
    words = shlex.split(line)
    assert words == [
        *("curl", "-H", "EXAMPLE-KEY: $EXAMPLE_KEY"),
        "https://api.example.test/api/prices/list?symbol=BTC&name=a+b%26c%27d%22%24%28x%29",
    ]


@pytest.mark.parametrize(
    ("header", "variable"),
    [(None, None), ("X: y' -o /tmp/x", "KEY"), ("X-Key", "KEY) $(reboot"), ("X-Key", "key"), ("", "KEY")],
)
def test_a_header_that_is_none_is_left_out(header: str | None, variable: str | None) -> None:
    given = run(key=key(header=header, variable=variable))
    assert Requests(given).curl(observation("prices_list")) == (
        "curl 'https://api.example.test/api/prices/list?symbol=BTC'"
    )


@pytest.mark.parametrize(
    "base", ["in-process sandbox", "https://x.test/$(reboot)", 'https://x"; reboot', None]
)
def test_a_base_that_is_none_is_left_to_a_variable(base: str | None) -> None:
    given = run(target=SANDBOX.model_copy(update={"base_url": base}), key=None)
    requests = Requests(given)
    assert requests.needs_base
    assert requests.curl(observation("prices_list")) == "curl \"$BASE_URL\"'/api/prices/list?symbol=BTC'"


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "SUBSCRIBE"},
        {"method": "GET; reboot"},
        {"path": "channel"},
        {"path": "/" + "x" * MOST},
        {"params": {"x": "\ud800"}},
    ],
)
def test_what_is_no_request_has_no_line(changes: dict[str, Any]) -> None:
    assert Requests(run()).curl(observation("prices_list", **changes)) is None


def test_the_method_is_named_where_it_is_another() -> None:
    line = Requests(run()).curl(observation("prices_list", method="POST", params={}))
    assert line is not None
    assert shlex.split(line)[3:] == ["-X", "POST", "https://api.example.test/api/prices/list"]


def test_evidence_comes_apart_into_request_and_answer() -> None:
    requests = Requests(run())
    quoted = finding("prices_list", evidence="GET /api/prices/list?symbol=BTC -> HTTP 200, code 7")
    grounds = requests.of(quoted)
    assert (grounds.answer, grounds.text) == ("HTTP 200, code 7", None)
    assert grounds.curl is not None
    bare = requests.of(finding("depth_map", evidence="GET /api/depth/map?symbol=BTC"))
    assert bare.answer == 'HTTP 200, code 401, "not in your plan"'
    other = requests.of(finding("prices_list", evidence="before: 3; now: 4"))
    assert other.text == "before: 3; now: 4"
    assert other.curl is not None
    assert requests.of(finding("unheard_of", evidence="x")).curl is None


def test_the_second_request_of_an_operation_is_found_by_its_own_words() -> None:
    rows = (
        observation("prices_history", params={"interval": "1d"}, interval="1d"),
        observation("prices_history", params={"interval": "15m"}, interval="15m"),
    )
    grounds = Requests(run(observations=rows)).of(
        finding("prices_history", evidence="GET /api/prices/history?interval=15m -> HTTP 200")
    )
    assert grounds.curl is not None
    assert grounds.curl.endswith("?interval=15m'")


def test_a_rule_of_any_name_has_a_place_of_its_own() -> None:
    rules = [RuleText(name, Severity.ERROR) for name in ("stale-data", '"><script>', "Ünder", "a--b")]
    named = anchors(rules)
    assert named["stale-data"] == "rule-stale-data"
    assert len(set(named.values())) == 4
    assert all(name.replace("-", "").isascii() and "<" not in name for name in named.values())


def test_what_a_rule_found_is_one_block_and_its_rest_is_folded() -> None:
    words = "abcdefghijklmnop"
    found = tuple(finding(message=f"field {letter} is absent") for letter in words)
    given = run(findings=(*found, finding(rule="stale-data", severity=Severity.NOTE)))
    requests = Requests(given)
    first, second = blocks(
        summarize(given).findings, requests, {"plan-mismatch": "rule-a", "stale-data": "rule-b"}
    )
    assert (first.rule, first.times, len(first.shown), first.folded_times) == (
        *("plan-mismatch", 16, SHOWN, 16 - SHOWN),
    )
    assert (second.severity, second.times, second.folded) == (Severity.NOTE, 1, ())


def test_a_ladder_holds_promise_and_observation_rung_by_rung() -> None:
    names = ("1m", "15m", "30m", "4h", "1d", "1w")
    given = run(
        promises=(
            promise(
                "prices_history",
                interval_floor={"small": "4h", "middle": "30m", "large": None},
                intervals=names,
            ),
        )
    )
    (ladder,) = ladders(given, "middle")
    assert tuple(rung.interval for rung in ladder.rungs) == names
    assert [rung.promised for rung in ladder.rungs] == [False, False, True, True, True, True]
    assert [rung.seen for rung in ladder.rungs] == [None, False, True, None, True, None]
    assert [(step.plan, step.audited, step.open) for step in ladder.steps] == [
        *(("small", False, 3), ("middle", True, 4), ("large", False, 6)),
    ]
    assert ladder.kept is Kept.YES


def test_broken_ladders_come_first_and_odd_intervals_last() -> None:
    floors = tuple(
        IntervalFloor(family=name, operation=name, promised="30m", observed=seen, settled=settled)
        for name, seen, settled in (("a", "30m", True), ("b", None, False), ("c", "fortnight", True))
    )
    built = ladders(run(interval_floors=floors), "middle")
    assert [one.floor.family for one in built] == ["c", "b", "a"]
    assert [rung.interval for rung in built[0].rungs] == ["30m", "fortnight"]


def test_every_answer_is_in_one_bar() -> None:
    times = [0.0, 5.0, 5.1, 99.0, 100.0, 2500.0, 60_000.0]
    rows = tuple(observation(f"o{index}", latency_ms=time) for index, time in enumerate(times))
    lost = observation("lost", Verdict.UNREACHABLE, http_status=None, latency_ms=30_000.0)
    counted = latency(run(observations=(*rows, lost)))
    assert counted is not None
    assert counted.answers == sum(bar.count for bar in counted.bars) == len(times)
    assert {bar.label: bar.count for bar in counted.bars if bar.count} == {
        "≤ 5 ms": 2,
        "≤ 10 ms": 1,
        "≤ 100 ms": 2,
        "≤ 5 s": 1,
        "> 10 s": 1,
    }
    assert (counted.half, counted.longest) == (99.0, 60_000.0)
    assert counted.slowest[0].operation == "o6"
    assert latency(run(observations=())) is None


def test_one_answer_is_its_own_median() -> None:
    counted = latency(run(observations=(observation("prices_list", latency_ms=40.0),)))
    assert counted is not None
    assert counted.half == counted.most == counted.longest == 40.0
    assert len(counted.bars) == 1


def test_fields_are_counted_by_operation_and_rule() -> None:
    given = run(
        findings=(
            finding("prices_list", rule="field-missing"),
            finding("prices_list", rule="field-missing", message="data[].y is absent"),
            finding("depth_book", rule="field-unknown", severity=Severity.NOTE),
            finding("depth_book"),
        )
    )
    told = fields(given)
    assert told is not None
    assert told.checked == 3
    assert [(row.operation, row.counts[:3]) for row in told.rows] == [
        *(("prices_list", (2, 0, 0)), ("depth_book", (0, 0, 1))),
    ]
    assert fields(run(observations=())) is None


def test_the_limit_keeps_its_highest_point() -> None:
    points = tuple(LimitUse(after_seconds=at, used=used, limit=80) for at, used in ((0, 1), (1, 70), (2, 3)))
    told = limit(run(limit_use=points))
    assert told is not None
    assert (told.highest, told.limit, told.seconds) == (70, 80, 2)
    assert limit(run()) is None


def test_the_series_nearest_to_its_bound_comes_first() -> None:
    rows = tuple(
        Freshness(operation=name, newest="2026-09-01T00:00:00Z", age_seconds=age, allowed_seconds=allowed)
        for name, age, allowed in (("a", 10, 100), ("b", 300, 200), ("c", 90, 100))
    )
    told = ages(run(freshness=rows))
    assert told is not None
    assert [one.row.operation for one in told.rows] == ["b", "c", "a"]
    assert (told.series, told.stale) == (3, 1)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (89, "89 s"), (90, "2 min"), (5400, "2 h"), (129_600, "2 d"), (-3, "-3 s")],
)
def test_ages_in_words(seconds: float, words: str) -> None:
    assert age_words(seconds) == words


@pytest.mark.parametrize(("ms", "words"), [(0, "0 ms"), (999, "999 ms"), (1500, "1.5 s"), (60_000, "60 s")])
def test_spans_in_words(ms: float, words: str) -> None:
    assert span(ms) == words
