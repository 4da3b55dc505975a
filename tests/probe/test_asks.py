"""The requests of a probe: their parameters, their names, and the intervals that are asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.model import Verdict
from audit.probe.asks import Ask, around_floor, ask, families, with_intervals
from audit.spec.catalog import Spec
from audit.spec.operations import Parameter
from audit.spec.widths import seconds

INTEREST = "futures_open_interest_history"
ORDERS = "futures_orderbook_large_limit_order_history"  # asks for a stretch of time
NOW = 1_760_000_000.75


def built(spec: Spec, name: str, plan: str = "standard", **other: object) -> Ask:
    return ask(spec, spec.operations[name], plan, **other)  # type: ignore[arg-type]


def test_parameters_come_from_the_examples_in_their_order(spec: Spec) -> None:
    row = built(spec, INTEREST)
    assert row.params == (
        ("exchange", "Binance"), ("symbol", "BTCUSDT"), ("interval", "1d"), ("limit", "100"), ("unit", "usd"),
    )  # fmt: skip
    assert (row.id, row.interval, row.expected, row.wrong) == (INTEREST, "1d", Verdict.AVAILABLE, None)


def test_optional_ones_without_an_example_are_left_out(spec: Spec) -> None:
    names = [name for name, _ in built(spec, INTEREST).params]
    assert "start_time" not in names
    assert "end_time" not in names


@pytest.mark.parametrize("plan", ["hobbyist", "startup", "standard", "professional", "enterprise"])
def test_every_required_parameter_of_every_operation_is_sent(spec: Spec, plan: str) -> None:
    for operation in spec.operations.values():
        sent = dict(ask(spec, operation, plan).request(NOW).params)
        documented = {parameter.name for parameter in operation.parameters}
        required = {parameter.name for parameter in operation.parameters if parameter.required}
        assert required <= sent.keys() <= documented, operation.id
        for parameter in operation.parameters:
            if parameter.choices and parameter.name in sent:
                assert sent[parameter.name] in parameter.choices, operation.id


def test_values_override_examples_but_never_the_interval(spec: Spec) -> None:
    values = {"symbol": "ETHUSDT", "interval": "1m", "start_time": "5", "nonsense": "x"}
    assert dict(built(spec, INTEREST, values=values).params) == {
        "exchange": "Binance", "symbol": "ETHUSDT", "interval": "1d", "limit": "100", "start_time": "5",
        "unit": "usd",
    }  # fmt: skip


def test_moments_are_filled_in_when_it_is_sent(spec: Spec) -> None:
    row = built(spec, ORDERS)
    names = {
        parameter.name: parameter.example_ago
        for parameter in row.operation.parameters
        if parameter.example_ago is not None
    }
    assert names
    assert not names.keys() & dict(row.params).keys()
    for now in (NOW, NOW + 3600):
        sent = dict(row.request(now).params)
        assert {name: sent[name] for name in names} == {
            name: str(int((now - ago) * 1000)) for name, ago in names.items()
        }


@pytest.mark.parametrize(
    ("unit", "text"), [("s", "1759996400"), ("ms", "1759996400750"), (None, "1759996400750")]
)
def test_a_moment_is_in_the_unit_of_its_parameter(spec: Spec, unit: str | None, text: str) -> None:
    moment = Parameter("t", True, "integer", "", None, None, 3600, unit, {})
    operation = replace(spec.operations[INTEREST], parameters=(moment,))
    assert ask(spec, operation, "standard").request(NOW).params == (("t", text),)


@pytest.mark.parametrize(
    ("plan", "interval", "sent", "expected"),
    [
        ("hobbyist", None, "1d", Verdict.AVAILABLE),
        ("hobbyist", "4h", "4h", Verdict.AVAILABLE),
        ("hobbyist", "1h", "1h", Verdict.INTERVAL_GATED),
        ("startup", "30m", "30m", Verdict.AVAILABLE),
        ("startup", "15m", "15m", Verdict.INTERVAL_GATED),
        ("standard", "1m", "1m", Verdict.AVAILABLE),
    ],
)
def test_what_is_expected_follows_plan_and_interval(
    spec: Spec, plan: str, interval: str | None, sent: str, expected: Verdict
) -> None:
    row = built(spec, INTEREST, plan, interval=interval)
    assert (row.interval, dict(row.params)["interval"], row.expected) == (sent, sent, expected)


def test_an_ordinary_request_is_never_finer_than_the_plan(spec: Spec) -> None:
    for plan in spec.ladder.names:
        for operation in spec.operations.values():
            row = ask(spec, operation, plan)
            wanted = Verdict.AVAILABLE if operation.allowed(spec.ladder, plan) else Verdict.PLAN_GATED
            assert row.expected is wanted, (plan, operation.id)


def test_each_request_has_a_name_of_its_own(spec: Spec) -> None:
    assert built(spec, INTEREST).id == INTEREST
    assert built(spec, INTEREST, interval="4h", purpose="floor").id == f"{INTEREST}@4h"
    assert built(spec, INTEREST, interval="1h", purpose="below").id == f"{INTEREST}@1h"


# ------------------------------------------------------------------ intervals

AROUND = [
    ("hobbyist", [("below", "1h"), ("floor", "4h")]),
    ("startup", [("below", "15m"), ("floor", "30m")]),
    ("standard", [("floor", "1m")]),
    ("professional", [("floor", "1m")]),
    ("enterprise", [("floor", "1m")]),
]


@pytest.mark.parametrize(("plan", "chosen"), AROUND)
def test_the_floor_and_the_step_below_it_are_asked(
    spec: Spec, plan: str, chosen: list[tuple[str, str]]
) -> None:
    assert around_floor(spec.operations["futures_price_history"], plan) == chosen


@pytest.mark.parametrize("plan", ["hobbyist", "startup", "standard", "professional", "enterprise"])
def test_around_the_floor_of_every_operation(spec: Spec, plan: str) -> None:
    for operation in with_intervals(spec.operations.values(), spec, plan):
        floor, found = operation.floors[plan], dict(around_floor(operation, plan))
        if "below" in found:
            assert floor is not None
            assert seconds(found["below"]) < seconds(floor) <= seconds(found["floor"])
            place = operation.intervals.index(found["below"])
            assert operation.intervals[place + 1] == found["floor"]
        else:
            assert found["floor"] == operation.intervals[0]


@pytest.mark.parametrize("plan", ["hobbyist", "startup", "standard", "professional", "enterprise"])
def test_a_family_is_a_group_with_a_gate_that_the_plan_may_call(spec: Spec, plan: str) -> None:
    found = families(spec.operations.values(), spec, plan)
    assert found
    for group, members in found.items():
        assert all(row.group == group and row.gates_intervals for row in members)
        assert all(row.allowed(spec.ladder, plan) and len(row.intervals) > 1 for row in members)
    everyone = [row for members in found.values() for row in members]
    assert len({row.id for row in everyone}) == len(everyone)
    assert {row.id for row in everyone} == {
        row.id for row in with_intervals(spec.operations.values(), spec, plan) if row.gates_intervals
    }


def test_no_family_mixes_different_floors(spec: Spec) -> None:
    """One member stands for all in the search, so all must promise the same."""
    for plan in spec.ladder.names:
        for group, members in families(spec.operations.values(), spec, plan).items():
            assert len({row.floors[plan] for row in members}) == 1, (plan, group)


def test_an_operation_above_the_plan_has_no_intervals_to_probe(spec: Spec) -> None:
    above = [row for row in spec.operations.values() if row.min_plan != "hobbyist" and row.intervals]
    assert above
    assert not with_intervals(above, spec, "hobbyist")
    assert with_intervals(above, spec, "enterprise")
