"""A good answer has no finding; one change in it is found by the one rule that is meant for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from audit.checks import ANSWER_CHECKS, RULES, check_answer, key_expired, rate_limit_mismatch
from audit.model import Finding, KeyFacts, Proof, Severity, Verdict
from audit.spec.catalog import Spec
from tests.checks import bodies
from tests.checks.bodies import (
    AHR,
    DAY,
    FEAR,
    FLOW,
    FOOTPRINT,
    GOOD,
    HEATMAP,
    INTEREST,
    NEWS,
    NOW,
    PRICE,
    TODAY,
    WHALES,
    refused,
    rules,
    seen,
)

Change = Callable[[Any], object]


def put(*path: str | int, value: Any) -> Change:
    """A change that sets one place below ``data``."""

    def change(body: Any) -> None:
        place = body["data"]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def drop(*path: Any) -> Change:
    """A change that takes one place below ``data`` away."""

    def change(body: Any) -> None:
        place = body["data"]
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


def swap(*path: str | int) -> Change:
    """A change that exchanges the first two rows at a place below ``data``."""

    def change(body: Any) -> None:
        rows = body["data"]
        for step in path:
            rows = rows[step]
        rows[0], rows[1] = rows[1], rows[0]

    return change


def copy_last(body: Any) -> None:
    body["data"].append(dict(body["data"][-1]))


def nothing(body: Any) -> None:
    """Leave the body as it is."""


def numeric_code(body: Any) -> None:
    body["code"] = 0


CHANGES: list[tuple[str, str, Change, set[str]]] = [
    ("a field gone", INTEREST, drop(3, "close"), {"field-missing"}),
    ("a field gone from a nested row", FLOW, drop(0, "etf_flows", 0, "etf_ticker"), {"field-missing"}),
    ("a column gone", FEAR, drop(0, "price_list"), {"field-missing"}),
    ("text became a number", INTEREST, put(3, "close", value=11), {"field-type"}),
    ("a number became text", FLOW, put(3, "flow_usd", value="655300000"), {"field-type"}),
    ("null for a value", PRICE, put(3, "volume_usd", value=None), {"field-type"}),
    ("the text NaN", PRICE, put(3, "close", value="NaN"), {"field-type"}),
    ("the text Infinity", PRICE, put(3, "high", value="Infinity"), {"field-type"}),
    ("no positional number", HEATMAP, put("price_candlesticks", 1, 5, value="n/a"), {"field-type"}),
    ("a short positional row", FOOTPRINT, drop(4, 1, 0, 9), {"field-type"}),
    ("out of its range", FEAR, put(0, "data_list", 1, value=101), {"field-type"}),
    ("not one of the choices", WHALES, put(2, "position_action", value=3), {"field-type"}),
    ("the code as a number", INTEREST, numeric_code, {"field-type"}),
    ("a field more", INTEREST, put(3, "colour", value="red"), {"field-unknown"}),
    ("a field more in a nested row", FLOW, put(0, "etf_flows", 1, "x", value=1), {"field-unknown"}),
    ("rows swapped", INTEREST, swap(), {"series-order"}),
    ("positional candles swapped", HEATMAP, swap("price_candlesticks"), {"series-order"}),
    ("moments of a column swapped", FEAR, swap(0, "time_list"), {"series-order"}),
    ("days as text swapped", AHR, swap(), {"series-order"}),
    ("newest no longer first", NEWS, swap(), {"series-order"}),
    ("the last row twice", INTEREST, copy_last, {"series-order"}),
    ("a day as text twice", AHR, put(1, "date_string", value="2025/10/08"), {"series-order"}),
    ("off the grid", INTEREST, put(3, "time", value=(TODAY - DAY * 96 + 3600) * 1000), {"series-order"}),
    ("off the grid of footprints", FOOTPRINT, put(3, 0, value=TODAY - DAY * 86 + 60), {"series-order"}),
    ("low above close", PRICE, put(3, "low", value="11.5"), {"ohlc-range"}),
    ("high below open", INTEREST, put(3, "high", value="9.5"), {"ohlc-range"}),
    ("low above high, by position", HEATMAP, put("price_candlesticks", 1, 3, value="13"), {"ohlc-range"}),
    ("half the rows", INTEREST, drop(slice(0, 50)), {"history-too-short"}),
    ("few footprints", FOOTPRINT, drop(slice(0, 3)), {"history-too-short"}),
    ("no rows", INTEREST, drop(slice(None)), {"plan-mismatch"}),
    ("seconds for milliseconds", FLOW, put(7, "timestamp", value=TODAY), {"field-type", "series-order"}),
]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_answer_has_no_finding(spec: Spec, name: str) -> None:
    assert check_answer(seen(spec, name, GOOD[name]())) == ()


@pytest.mark.parametrize(("what", "name", "change", "expected"), CHANGES, ids=[row[0] for row in CHANGES])
def test_one_change_is_found_by_its_own_rule(
    spec: Spec, what: str, name: str, change: Change, expected: set[str]
) -> None:
    body = GOOD[name]()
    change(body)
    assert rules(seen(spec, name, body)) == expected


@pytest.mark.parametrize("name", [name for name in GOOD if name != NEWS])
def test_the_same_answer_three_weeks_later_is_only_stale(spec: Spec, name: str) -> None:
    assert rules(seen(spec, name, GOOD[name](), now=NOW + 20 * DAY)) == {"stale-data"}


# verdict, what was promised, the one rule that speaks
VERDICTS = [
    (Verdict.PLAN_GATED, Verdict.AVAILABLE, {"plan-mismatch"}),
    (Verdict.PLAN_GATED, Verdict.PLAN_GATED, set()),
    (Verdict.PLAN_GATED, Verdict.INTERVAL_GATED, set()),
    (Verdict.INTERVAL_GATED, Verdict.AVAILABLE, {"interval-mismatch"}),
    (Verdict.INTERVAL_GATED, Verdict.INTERVAL_GATED, set()),
    (Verdict.INTERVAL_GATED, Verdict.PLAN_GATED, set()),
    (Verdict.AVAILABLE, Verdict.PLAN_GATED, {"plan-mismatch"}),
    (Verdict.EMPTY, Verdict.PLAN_GATED, {"plan-mismatch"}),
    (Verdict.AVAILABLE, Verdict.INTERVAL_GATED, {"interval-mismatch"}),
    (Verdict.EMPTY, Verdict.AVAILABLE, {"plan-mismatch"}),
    (Verdict.BAD_REQUEST, Verdict.AVAILABLE, {"wrong-param"}),
    (Verdict.BAD_REQUEST, Verdict.PLAN_GATED, {"wrong-param"}),
    (Verdict.NOT_FOUND, Verdict.AVAILABLE, {"unknown-endpoint"}),
    (Verdict.NOT_FOUND, Verdict.PLAN_GATED, {"unknown-endpoint"}),
    (Verdict.SERVER_ERROR, Verdict.AVAILABLE, {"server-fault"}),
    (Verdict.UNREACHABLE, Verdict.PLAN_GATED, {"server-fault"}),
    (Verdict.UNREADABLE, Verdict.AVAILABLE, {"unreadable-answer"}),
]


@pytest.mark.parametrize(("verdict", "expected", "found"), VERDICTS)
def test_a_verdict_against_the_promise(
    spec: Spec, verdict: Verdict, expected: Verdict, found: set[str]
) -> None:
    assert rules(refused(spec, INTEREST, verdict, expected)) == found


def test_more_than_promised_is_a_warning_and_less_an_error(spec: Spec) -> None:
    more = check_answer(refused(spec, INTEREST, Verdict.AVAILABLE, Verdict.PLAN_GATED))
    less = check_answer(refused(spec, INTEREST, Verdict.PLAN_GATED))
    finer = check_answer(refused(spec, INTEREST, Verdict.AVAILABLE, Verdict.INTERVAL_GATED))
    wider = check_answer(refused(spec, INTEREST, Verdict.INTERVAL_GATED))
    assert [row.severity for row in (*more, *less, *finer, *wider)] == [
        Severity.WARNING, Severity.ERROR, Severity.WARNING, Severity.ERROR,
    ]  # fmt: skip


def test_an_operation_that_may_be_empty_may_be_empty(spec: Spec) -> None:
    name = next(
        row.id
        for row in spec.operations.values()
        if row.may_be_empty and row.schema["properties"]["data"].get("type") == "array"
    )
    assert rules(seen(spec, name, bodies.answer([]))) == set()


# ------------------------------------------------------------ rules about the key and the whole run

SOON = datetime(2026, 1, 1, tzinfo=UTC)


def key(expires: timedelta | None = None, *, expired: bool | None = False) -> KeyFacts:
    text = (SOON + expires).strftime("%Y-%m-%dT%H:%M:%SZ") if expires is not None else None
    return KeyFacts(plan="standard", proofs=(), agree=False, expires_at=text, expired=expired)


@pytest.mark.parametrize(
    ("facts", "severity"),
    [
        (key(timedelta(days=8)), None),
        (key(timedelta(days=7)), None),
        (key(timedelta(days=7, seconds=-1)), Severity.WARNING),
        (key(timedelta(seconds=1)), Severity.WARNING),
        (key(timedelta(0)), Severity.ERROR),
        (key(timedelta(days=-1)), Severity.ERROR),
        (key(None), None),
        (key(None, expired=None), None),
        (key(None, expired=True), Severity.ERROR),
        (key(timedelta(days=300), expired=True), Severity.ERROR),
    ],
)
def test_key_expired_looks_at_the_date_and_at_the_word(facts: KeyFacts, severity: Severity | None) -> None:
    assert [row.severity for row in key_expired.check(facts, SOON)] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("plan", "stated", "verdicts", "severities"),
    [
        ("standard", 300, [Verdict.AVAILABLE], []),
        ("standard", None, [], []),
        ("standard", 80, [], [Severity.WARNING]),
        ("standard", 301, [], [Severity.WARNING]),
        ("enterprise", 6000, [], []),
        ("standard", 300, [Verdict.RATE_LIMITED, Verdict.AVAILABLE], [Severity.WARNING]),
        ("enterprise", None, [Verdict.RATE_LIMITED], [Severity.WARNING]),
    ],
)
def test_rate_limit_mismatch_compares_header_and_plan(
    spec: Spec, plan: str, stated: int | None, verdicts: list[Verdict], severities: list[Severity]
) -> None:
    observations = [refused(spec, INTEREST, verdict).observation for verdict in verdicts]
    found = rate_limit_mismatch.check(spec.ladder.get(plan), stated, observations)
    assert [row.severity for row in found] == severities


def test_every_rule_has_been_seen_to_speak(spec: Spec) -> None:
    """Together the tables above hold a failing case for each rule; the good answers are the passing ones."""
    spoken = set().union(*(row[3] for row in CHANGES), *(row[2] for row in VERDICTS))
    judged = {check.__module__.rpartition(".")[2].replace("_", "-") for check in ANSWER_CHECKS}
    assert spoken | {"stale-data"} == judged
    assert {"key-expired", "rate-limit-mismatch"} <= set(RULES) - judged


def test_proofs_that_disagree_are_a_warning(spec: Spec) -> None:
    from audit.checks import plan_mismatch

    def facts(*plans: str, agree: bool) -> KeyFacts:
        account, rate, witness = plans
        proofs = (
            Proof(way="subscription", plan=account, evidence="e"),
            Proof(way="rate-limit", plan=rate, evidence="e"),
            Proof(way="witness", plan=witness, evidence="e"),
        )
        return KeyFacts(plan=plans[0], proofs=proofs, agree=agree)

    def told(declared: str | None, key: KeyFacts) -> list[Finding]:
        plan = spec.ladder.get(declared) if declared else None
        return list(plan_mismatch.check_key(spec.ladder, plan, key))

    whole = facts("standard", "standard", "standard", agree=True)
    assert told("standard", whole) == told(None, whole) == []
    assert [row.severity for row in told("startup", whole)] == [Severity.WARNING]
    assert [row.severity for row in told("professional", whole)] == [Severity.ERROR]
    torn = facts("standard", "startup", "standard", agree=False)
    assert [row.severity for row in told("standard", torn)] == [Severity.WARNING]
