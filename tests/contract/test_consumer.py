"""What a program needs, held against the promise: each way of being wrong has its own line."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from audit.contract.consumer import Consumer, Kind, Need, kinds
from audit.contract.consumer_file import find, read
from audit.contract.consumer_promise import Documented, check, documented, spread
from audit.spec.catalog import Spec
from tests.contract.needed import as_documented

CANDLES = "futures_open_interest_history"
SENT = {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "1h", "limit": "100"}


def told(spec: Spec, plan: str, **need: Any) -> list[tuple[str, tuple[str, ...], str]]:
    """Hold a need of the candles against a plan; rule, place and message of what is wrong."""
    stated = Need.model_validate({"operation": CANDLES, "params": SENT, **need})
    found = check(spec, spec.ladder.get(plan), stated)
    return [(one.finding.rule, one.at, one.finding.message) for one in found]


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in SENT.items() if key != name}


BROKEN: dict[str, tuple[str, dict[str, Any], str, tuple[str, ...], str]] = {
    "an operation nobody knows": (
        "startup", {"operation": "futures_open_intrest_history"}, "unknown-endpoint", ("operation",),
        "did you mean futures_open_interest_history"),
    "a plan that does not open it": (
        "standard", {"operation": "futures_liquidation_heatmap_model1",
                     "params": {"exchange": "Binance", "symbol": "BTCUSDT", "range": "3d"}},
        "plan-gated", ("operation",), "is promised from professional on; the plan is standard"),
    "an interval below the floor": (
        "hobbyist", {}, "interval-gated", ("params", "interval"),
        "interval 1h is finer than 4h, the floor of hobbyist"),
    "an interval nobody has": (
        "startup", {"params": {**SENT, "interval": "2h"}}, "wrong-param", ("params", "interval"),
        "one of 1m, 3m, 5m"),
    "a parameter nobody knows": (
        "startup", {"params": {**SENT, "simbol": "BTC"}}, "wrong-param", ("params", "simbol"),
        "did you mean symbol?"),
    "a required parameter left out": (
        "startup", {"params": without("exchange")}, "missing-required-param", ("params",),
        "requires exchange"),
    "a limit that is no number": (
        "startup", {"params": {**SENT, "limit": "many"}}, "wrong-param", ("params", "limit"),
        "limit is not a whole number"),
    "a coin where a pair is due": (
        "startup", {"params": {**SENT, "symbol": "BTC"}}, "wrong-param", ("params", "symbol"),
        "'BTC' is a coin; futures_open_interest_history takes a pair"),
    "a field nobody knows": (
        "startup", {"fields": {"closing": "number"}}, "field-missing", ("fields", "closing"),
        "did you mean close?"),
    "a type that is not documented": (
        "startup", {"fields": {"close": "number"}}, "field-type", ("fields", "close"),
        "close is documented as numeric-text, needed as number"),
    "a moment in another unit": (
        "startup", {"fields": {"time": "s"}}, "field-type", ("fields", "time"),
        "time is documented as ms, needed as s"),
    "a field that rows may lack": (
        "startup", {"operation": "futures_open_interest_exchange_history_chart",
                    "params": {"symbol": "BTC", "range": "all"}, "fields": {"data_map.Binance": "list"}},
        "field-missing", ("fields", "data_map.Binance"), "documented as optional; write data_map.Binance?"),
    "an age that one bucket exceeds": (
        "startup", {"max_age": "45m"}, "stale-data", ("max_age",),
        "a row carries the start of its bucket: up to 60 min old, needed within 45m"),
    "an age where rows carry no moment": (
        "startup", {"operation": "futures_supported_coins", "params": {}, "max_age": "1h"},
        "stale-data", ("max_age",), "carry no moment"),
    "more rows than the limit gives": (
        "startup", {"min_rows": 101}, "history-too-short", ("min_rows",),
        "limit gives at most 100 rows, 101 are needed"),
    "more rows than the plan reaches back": (
        "startup", {"operation": "futures_aggregated_cvd_history",
                    "params": {"exchange_list": "Binance", "symbol": "BTC", "interval": "4h",
                               "limit": "4500"}, "min_rows": 2000},
        "history-too-short", ("min_rows",), "startup reaches back 180 d: 1080 rows of the 2000 needed"),
    "intervals that are in the parameters already": (
        "startup", {"intervals": ["1h", "4h"]}, "wrong-param", ("intervals",), "in params already"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_the_promise_cannot_serve_is_told_where_it_is_said(spec: Spec, case: str) -> None:
    plan, need, rule, at, message = BROKEN[case]
    found = told(spec, plan, **need)
    assert len(found) == 1, found
    assert found[0][:2] == (rule, at)
    assert message in found[0][2]


def test_a_need_that_the_plan_serves_has_nothing_wrong(spec: Spec) -> None:
    fields = {"time": "ms", "close": "number | numeric-text", "open": "text"}
    for plan in spec.ladder.names[1:]:
        assert told(spec, plan, fields=fields, max_age="90m", min_rows=25) == []


def test_every_operation_serves_what_is_documented_of_it(spec: Spec) -> None:
    """The ordinary request of each operation is a need that holds, on the dearest plan."""
    plan = spec.ladder.plans[-1]
    for operation in spec.operations.values():
        params = {one.name: one.example for one in operation.parameters if one.example is not None}
        stamps = {one.name: "1795219200000" for one in operation.parameters if one.example_ago is not None}
        need = Need(operation=operation.id, params={**params, **stamps})
        assert [one.finding.message for one in check(spec, plan, need)] == []


def test_every_documented_field_can_be_stated_as_documented(spec: Spec) -> None:
    plan, count = spec.ladder.plans[-1], 0
    for operation in spec.operations.values():
        need = as_documented(spec, operation, now=0)
        assert [one for one in check(spec, plan, need) if one.at[0] == "fields"] == []
        count += len(need.fields)
    assert count > 1000


def test_every_reason_is_told_at_once(spec: Spec) -> None:
    found = told(spec, "hobbyist", fields={"close": "boolean", "nothing": "text"}, max_age="1m", min_rows=500)
    rules = [rule for rule, _, _ in found]
    assert rules == ["interval-gated", "field-type", "field-missing", "stale-data", "history-too-short"]


def test_each_interval_is_a_need_of_its_own(spec: Spec) -> None:
    need = Need(operation=CANDLES, params=without("interval"), intervals=("1h", "4h"))
    assert [one.params["interval"] for one in spread(spec, need)] == ["1h", "4h"]
    hobbyist = spec.ladder.get("hobbyist")
    assert [len([*check(spec, hobbyist, one)]) for one in spread(spec, need)] == [1, 0]


def test_paths_lead_through_lists_tuples_and_open_maps(spec: Spec) -> None:
    columns = spec.operation("futures_open_interest_exchange_history_chart")
    assert documented(spec, columns, "time_list[]") == Documented((Kind.MS,), False)
    assert documented(spec, columns, "data_map.Binance[]") == Documented((Kind.NUMBER, Kind.NULL), True)
    candles = spec.operation(CANDLES)
    assert documented(spec, candles, "time") == Documented((Kind.MS,), False)
    assert documented(spec, candles, "close.deeper") == []


@pytest.mark.parametrize(
    ("kind", "held", "refused"),
    [
        (Kind.NUMBER, [1, 1.5, -3], ["1", True, None]),
        (Kind.INTEGER, [1, 2.0, 10**400], [1.5, "1", float("nan"), float("inf"), False]),
        (Kind.MS, [1795219200000], [1795219200, 1795219200000 * 10**6, "1795219200000", True]),
        (Kind.S, [1795219200], [1795219200000]),
        (Kind.NS, [1795219200000 * 10**6], [1795219200000]),
        (Kind.NUMERIC_TEXT, ["1.5", "-2", "1e5"], ["", "1,5", 1.5, "٣"]),
        (Kind.TEXT, ["", "BTC"], [1, None]),
        (Kind.BOOLEAN, [True], [1, "true"]),
        (Kind.LIST, [[]], [{}]),
        (Kind.OBJECT, [{}], [[]]),
        (Kind.NULL, [None], [0, ""]),
    ],
)
def test_a_kind_holds_its_values_and_no_others(kind: Kind, held: list[Any], refused: list[Any]) -> None:
    assert [kind.holds(value) for value in held] == [True] * len(held)
    assert [kind.holds(value) for value in refused] == [False] * len(refused)


def test_kinds_are_spelled_with_bars() -> None:
    assert kinds("number | numeric-text|null") == (Kind.NUMBER, Kind.NUMERIC_TEXT, Kind.NULL)
    with pytest.raises(ValueError, match="did you mean number"):
        kinds("numbr")


def test_a_contract_in_code_cannot_be_changed_and_is_checked() -> None:
    stated = Consumer(consumer="bot", plan="startup", needs=(Need(operation="one", max_age="90m"),))
    assert stated.needs[0].age == 5400
    with pytest.raises(ValidationError):
        stated.plan = "standard"
    with pytest.raises(ValidationError, match="span of time"):
        Need(operation="one", max_age="soon")


def test_the_shipped_contract_is_served_from_the_plan_it_names_on(spec: Spec) -> None:
    consumer = read(find("derivatives-bot", spec.folder)).consumer
    served = [
        plan.name for plan in spec.ladder.plans
        if not any([*check(spec, plan, need)] for need in consumer.needs)
    ]  # fmt: skip
    assert served == spec.ladder.names[spec.ladder.get(consumer.plan).rank :]
    assert consumer.plan == "startup"
