"""Checks at the edges: limits exactly met, units, gaps, nonsense where numbers are due, hostile text."""

from __future__ import annotations

from typing import Any

import pytest

from audit.checks import check_answer
from audit.checks.mismatches import MAX_SHOWN, mismatches, show
from audit.checks.moments import columns, span, when
from audit.model import Verdict
from audit.spec.catalog import Spec
from tests.checks.bodies import (
    AHR,
    DAY,
    FEAR,
    FLOW,
    FOOTPRINT,
    HEATMAP,
    INTEREST,
    NOW,
    PRICE,
    TODAY,
    WHALES,
    ahr,
    answer,
    candle,
    days,
    fear,
    flow,
    footprint,
    heatmap,
    interest,
    price,
    refused,
    rules,
    seen,
    whales,
)

HOUR = 3600
HUGE = 10**400
# Whatever stands where a number is due: the field check has the word, and no check may fall over it.
NONSENSE = [None, True, "", "x", "NaN", [], {}, [1], {"a": 1}, HUGE, -HUGE, float("inf"), 1e308, -1, 0, 0.5]


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize("place", ["time", "open", "close", "volume_usd"])
def test_nonsense_in_a_field_is_a_finding_and_no_crash(spec: Spec, place: str, value: Any) -> None:
    body = price()
    body["data"][-1][place] = value
    assert "field-type" in rules(seen(spec, PRICE, body))


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: repr(value)[:12])
def test_nonsense_among_positional_and_column_moments_is_no_crash(spec: Spec, value: Any) -> None:
    grid, columned = heatmap(), fear()
    grid["data"]["price_candlesticks"][1][0] = value
    columned["data"][0]["time_list"][1] = value
    assert "field-type" in rules(seen(spec, HEATMAP, grid))
    assert "field-type" in rules(seen(spec, FEAR, columned))


@pytest.mark.parametrize("name", [INTEREST, PRICE, HEATMAP, FEAR, AHR, FLOW, FOOTPRINT, WHALES])
@pytest.mark.parametrize("data", [None, [], {}, [None], [[]], [{}], "text", 7, {"a": 1}, [[None, None]]])
def test_data_of_any_shape_is_no_crash(spec: Spec, name: str, data: Any) -> None:
    findings = check_answer(seen(spec, name, answer(data)))
    allowed = data == [] and spec.operations[name].may_be_empty
    assert bool(findings) is not allowed, "none of these is a good answer"


@pytest.mark.parametrize("body", [{}, {"code": "0"}, {"code": "0", "data": None, "msg": None}])
def test_a_body_without_data_is_a_finding(spec: Spec, body: Any) -> None:
    assert {"plan-mismatch"} < rules(seen(spec, INTEREST, body))


def test_a_decimal_of_many_digits_is_a_number(spec: Spec) -> None:
    body = price()
    for row in body["data"]:
        row["volume_usd"] = "9" * 200 + "." + "1" * 200
    assert rules(seen(spec, PRICE, body)) == set()


# ------------------------------------------------------------------ order and grid


def test_one_row_has_an_order_and_a_grid(spec: Spec) -> None:
    assert "series-order" not in rules(seen(spec, INTEREST, interest(1)))


@pytest.mark.parametrize("interval", ["1m", "30m", "4h", "1d", "1w"])
def test_rows_one_interval_apart_are_on_the_grid(spec: Spec, interval: str) -> None:
    from audit.spec.widths import seconds

    step = seconds(interval)
    good, doubled = interest(100, step), interest(100, 2 * step)
    assert rules(seen(spec, INTEREST, good, interval=interval, now=TODAY)) == set()
    assert "series-order" not in rules(seen(spec, INTEREST, doubled, interval=interval)), "a gap is no fault"
    halved = interest(100, step // 2)
    assert "series-order" in rules(seen(spec, INTEREST, halved, interval=interval))


def test_where_the_grid_begins_is_not_promised(spec: Spec) -> None:
    body = answer([candle(moment + 17) for moment in days(100)])
    assert rules(seen(spec, INTEREST, body)) == set()


def test_descending_is_reported_once_with_its_rows(spec: Spec) -> None:
    body = interest()
    body["data"].reverse()
    (finding,) = check_answer(seen(spec, INTEREST, body))
    assert finding.rule == "series-order"
    assert finding.message == (
        "times are not ascending: row 1 is 2025-10-09T00:00:00Z, row 0 is 2025-10-10T00:00:00Z"
    )


def test_each_column_is_a_series_of_its_own(spec: Spec) -> None:
    body = fear()
    body["data"] *= 2
    assert rules(seen(spec, FEAR, body)) == set()
    assert [len(column.moments) for column in columns(spec.operations[FEAR], body)] == [4, 4]


def test_weekends_and_repeats_are_allowed_where_the_description_says_so(spec: Spec) -> None:
    assert spec.operations[FLOW].series.gaps  # type: ignore[union-attr]
    assert spec.operations[WHALES].series.repeats  # type: ignore[union-attr]
    assert rules(seen(spec, FLOW, flow())) == rules(seen(spec, WHALES, whales())) == set()


# ------------------------------------------------------------------ freshness

FRESH = [
    # operation, body, the age in seconds that is just allowed
    (INTEREST, interest, 2 * DAY + 120),  # two steps and the grace; updates are not promised
    (PRICE, price, 2 * DAY + 120),  # real time adds nothing
    (FEAR, fear, 3 * DAY + 120),  # two steps and the update frequency of a day
    (AHR, ahr, 3 * DAY + 120),  # the description's own word
    (FLOW, flow, 5 * DAY + 120),
    (WHALES, whales, DAY + 120),
]


@pytest.mark.parametrize(("name", "make", "limit"), FRESH, ids=[row[0] for row in FRESH])
def test_the_age_limit_may_be_met_and_not_passed(spec: Spec, name: str, make: Any, limit: int) -> None:
    assert rules(seen(spec, name, make(), now=TODAY + limit)) == set()
    assert rules(seen(spec, name, make(), now=TODAY + limit + 0.01)) == {"stale-data"}


def test_a_finer_interval_may_be_less_old(spec: Spec) -> None:
    body = interest(100, HOUR)
    limit = 2 * HOUR + 120
    assert rules(seen(spec, INTEREST, body, interval="1h", now=TODAY + limit)) == set()
    assert rules(seen(spec, INTEREST, body, interval="1h", now=TODAY + limit + 1)) == {"stale-data"}


def test_who_asks_for_the_past_gets_old_rows(spec: Spec) -> None:
    params = {"limit": "100", "end_time": str((TODAY - 50 * DAY) * 1000)}
    body = answer([candle(moment) for moment in days(100, last=TODAY - 50 * DAY)])
    assert rules(seen(spec, INTEREST, body, params=params)) == set()
    assert rules(seen(spec, INTEREST, body, params={"limit": "100"})) == {"stale-data"}


def test_times_at_zero_are_stale_and_out_of_range(spec: Spec) -> None:
    body = answer([candle(moment) for moment in days(100, last=0)])
    assert rules(seen(spec, INTEREST, body)) == {"stale-data", "field-type"}


# ------------------------------------------------------------------ history

HISTORY = [
    # plan, interval, limit, rows that are just enough; None: nothing is promised
    ("hobbyist", "4h", 2000, 180 * 6 - 2),
    ("hobbyist", "4h", 100, 98),
    ("hobbyist", "1d", 4000, 3998),
    ("startup", "30m", 10_000, 90 * 48 - 2),
    ("standard", "1m", 100_000, 6 * 1440 - 2),
    ("professional", "1m", 100_000, 12 * 1440 - 2),
    ("professional", "1w", 100, None),
    ("hobbyist", "30m", 100, None),
    ("enterprise", "1d", 100, None),
]


@pytest.mark.parametrize(("plan", "interval", "limit", "enough"), HISTORY)
def test_rows_are_compared_with_the_promised_reach(
    spec: Spec, plan: str, interval: str, limit: int, enough: int | None
) -> None:
    from audit.spec.widths import seconds

    def found(rows: int) -> set[str]:
        body = interest(rows, seconds(interval))
        params = {"limit": str(limit)}
        return rules(seen(spec, INTEREST, body, plan=plan, interval=interval, params=params, now=TODAY))

    if enough is None:
        assert found(1) == set()
        return
    assert found(enough) == set()
    assert found(enough - 1) == {"history-too-short"}


def test_an_operation_with_a_reach_of_its_own_is_held_to_that(spec: Spec) -> None:
    assert rules(seen(spec, FOOTPRINT, footprint(88), params={"limit": "4000"})) == set()
    assert rules(seen(spec, FOOTPRINT, footprint(87), params={"limit": "4000"})) == {"history-too-short"}


@pytest.mark.parametrize("params", [{}, {"limit": "many"}, {"limit": "100", "start_time": "1"}])
def test_without_a_plain_limit_there_is_nothing_to_compare(spec: Spec, params: dict[str, str]) -> None:
    assert "history-too-short" not in rules(seen(spec, INTEREST, interest(2), params=params))


def test_an_operation_that_promises_no_history_is_not_held_to_any(spec: Spec) -> None:
    name = next(
        row.id
        for row in spec.operations.values()
        if row.history is None and row.parameter("limit") and row.series and row.series.step
    )
    operation = spec.operations[name]
    body = answer([])
    checked = seen(spec, name, body, verdict=Verdict.AVAILABLE, interval=operation.intervals[-1])
    assert "history-too-short" not in rules(checked)


# ------------------------------------------------------------------ what a message may hold

HOSTILE = "a\nb\r\x1b[31m\u202e\u2028<script>" * 200


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.update(close=HOSTILE),
        lambda row: row.update({HOSTILE: 1}),
        lambda row: row.update(extra=HOSTILE),
        lambda row: row.update(close={HOSTILE: HOSTILE}),
        lambda row: row.update(close=[HOSTILE] * 50),
        lambda row: row.update(time=HOSTILE),
        lambda row: row.update(high="\n1\n"),
        lambda row: row.update(low="99." + "0" * 100_000),
    ],
)
def test_hostile_text_stays_one_bounded_line(spec: Spec, change: Any) -> None:
    body = interest()
    change(body["data"][-1])
    findings = check_answer(seen(spec, INTEREST, body))
    assert findings
    for finding in findings:
        for text in (finding.message, finding.evidence or ""):
            assert text.isprintable()
            assert len(text) < 600


def test_hostile_exchange_names_stay_one_bounded_line(spec: Spec) -> None:
    name = "futures_supported_exchange_pairs"
    findings = check_answer(seen(spec, name, answer({HOSTILE: [{HOSTILE: 1}]})))
    assert findings
    assert all(row.message.isprintable() and len(row.message) < 600 for row in findings)


def test_hostile_parameters_stay_one_bounded_line(spec: Spec) -> None:
    params = {"symbol": HOSTILE, "limit": "100"}
    (finding,) = check_answer(refused(spec, INTEREST, Verdict.PLAN_GATED, params=params))
    assert finding.evidence is not None
    assert finding.evidence.isprintable()
    assert len(finding.evidence) < 900


def test_a_fault_in_every_row_is_told_once_with_the_count(spec: Spec) -> None:
    body = interest()
    for number, row in enumerate(body["data"]):
        row["close"] = 10 + number / 100
    (finding,) = check_answer(seen(spec, INTEREST, body))
    assert finding.message == "data[].close: expected text, found 10.0 in 100 rows"


def test_different_values_out_of_range_are_one_place(spec: Spec) -> None:
    body = fear()
    body["data"][0]["data_list"] = [-1, -2, 101, 102]
    found = mismatches(spec.operations[FEAR], body)
    assert [(row.path, row.expected, row.found, row.rows) for row in found] == [
        ("data[].data_list[]", "at least 0", "-1", 2),
        ("data[].data_list[]", "at most 100", "101", 2),
    ]


def test_a_wrong_day_is_not_called_a_number(spec: Spec) -> None:
    body = ahr()
    body["data"][0]["date_string"] = "08.10.2025"
    (finding,) = check_answer(seen(spec, AHR, body))
    assert "a number" not in finding.message
    assert '"08.10.2025"' in finding.message


def test_seconds_are_recognised(spec: Spec) -> None:
    body = answer([candle(moment) | {"time": moment} for moment in days(100)])
    found = {row.rule: row.message for row in check_answer(seen(spec, INTEREST, body))}
    assert "expected a moment in milliseconds" in found["field-type"]
    assert "(looks like seconds)" in found["field-type"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "null"), (True, "true"), (1, "1"), (0, "0"), (1.0, "1.0"), ("1", '"1"'),
        ([1, 2], "a list of 2"), ({}, "an object with nothing"), ({"b": 1, "a": 2}, "an object with a, b"),
    ],
)  # fmt: skip
def test_a_value_is_shown_with_its_type(value: Any, shown: str) -> None:
    assert show(value) == shown
    assert len(show("x" * 1000)) == MAX_SHOWN


def test_moments_beyond_any_calendar_are_shown_as_numbers() -> None:
    assert when(1e30) == "1e+30 s"
    assert [span(value) for value in (90, 2700, 93_600, 12 * DAY)] == ["90 s", "45 min", "26 h", "12 d"]
    assert when(NOW) == "2025-10-10T01:00:00Z"
