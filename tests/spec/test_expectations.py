"""What is promised on each plan and interval."""

from __future__ import annotations

import dataclasses

import pytest

from audit.model import Verdict
from audit.spec.catalog import Spec
from audit.spec.expectations import expect, reach, usual_interval

DAY = 86_400
GATED, FINE, YES = Verdict.PLAN_GATED, Verdict.INTERVAL_GATED, Verdict.AVAILABLE
HISTORY = "futures_open_interest_history"


@pytest.mark.parametrize(
    ("operation", "hobbyist", "startup", "standard", "professional"),
    [
        ("user_account_subscription", YES, YES, YES, YES),
        ("futures_liquidation_coin_list", GATED, YES, YES, YES),
        ("futures_rsi_list", GATED, GATED, YES, YES),
        ("futures_liquidation_max_pain", GATED, GATED, GATED, YES),
    ],
)
def test_a_plan_opens_an_operation_and_every_dearer_plan_keeps_it(
    spec: Spec, operation: str, hobbyist: Verdict, startup: Verdict, standard: Verdict, professional: Verdict
) -> None:
    promised = [expect(spec.operation(operation), spec.ladder, plan) for plan in spec.ladder.names]
    assert promised == [hobbyist, startup, standard, professional, professional]


@pytest.mark.parametrize(
    ("interval", "promised"),
    [
        ("1m", [FINE, FINE, YES, YES, YES]),
        ("15m", [FINE, FINE, YES, YES, YES]),
        ("30m", [FINE, YES, YES, YES, YES]),
        ("1h", [FINE, YES, YES, YES, YES]),
        ("4h", [YES, YES, YES, YES, YES]),
        ("1w", [YES, YES, YES, YES, YES]),
    ],
)
def test_floors_gate_what_is_finer_and_let_through_what_is_equal(
    spec: Spec, interval: str, promised: list[Verdict]
) -> None:
    operation = spec.operation(HISTORY)
    assert [expect(operation, spec.ladder, plan, interval) for plan in spec.ladder.names] == promised


def test_an_operation_above_the_plan_is_plan_gated_whatever_the_interval(spec: Spec) -> None:
    """The plan is checked before the interval is."""
    operation = dataclasses.replace(spec.operation(HISTORY), min_plan="standard", floors={"standard": "4h"})
    assert expect(operation, spec.ladder, "hobbyist", "1m") is GATED
    assert expect(operation, spec.ladder, "standard", "1m") is FINE


def test_how_far_back_is_promised(spec: Spec) -> None:
    operation = spec.operation(HISTORY)

    def days(plan: str, interval: str | None) -> float | None:
        seconds = reach(operation, spec.ladder, plan, interval)
        return None if seconds is None else seconds / DAY

    assert days("hobbyist", "4h") == 180
    assert days("hobbyist", "1h") is None  # not in the table: nothing is promised
    assert days("startup", "30m") == 90
    assert days("standard", "1m") == 6
    assert days("professional", "1h") == 720
    assert days("standard", "1d") is None  # all there is
    assert days("standard", "1w") is None  # the published table has no such row
    assert days("enterprise", "1h") is None
    assert days("standard", None) is None
    own = dataclasses.replace(operation, history={"1m": 3 * DAY, "all": 150 * DAY})
    assert reach(own, spec.ladder, "hobbyist", "1m") == 3 * DAY
    assert reach(own, spec.ladder, "hobbyist", "4h") == 150 * DAY
    assert reach(dataclasses.replace(operation, history=None), spec.ladder, "standard", "1h") is None


def test_the_usual_interval_is_the_example_unless_the_plan_is_coarser(spec: Spec) -> None:
    operation = spec.operation(HISTORY)
    parameter = operation.parameter("interval")
    assert parameter is not None
    fine = dataclasses.replace(
        operation,
        parameters=tuple(
            dataclasses.replace(each, example="1m") if each.name == parameter.name else each
            for each in operation.parameters
        ),
    )
    assert [usual_interval(operation, plan) for plan in spec.ladder.names] == [parameter.example] * 5
    assert [usual_interval(fine, plan) for plan in spec.ladder.names] == ["4h", "30m", "1m", "1m", "1m"]
    assert usual_interval(spec.operation("user_account_subscription"), "hobbyist") is None
