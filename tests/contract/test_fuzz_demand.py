"""What a generated request has a right to, case by case, on parameters as they go over the wire."""

from __future__ import annotations

import pytest

from audit.contract.fuzz_demand import Demand, rule
from audit.spec.catalog import Spec

GOOD = (("exchange", "Binance"), ("symbol", "BTCUSDT"), ("interval", "1d"))
HISTORY = "futures_open_interest_history"
START = ("start_time", "1790000000000")


def demand(spec: Spec, *pairs: tuple[str, str], operation: str = HISTORY) -> tuple[Demand, str]:
    ruling = rule(spec.operations[operation], pairs)
    return ruling.demand, ruling.why


def test_an_ordinary_request_has_a_right_to_rows(spec: Spec) -> None:
    ruling = rule(spec.operations[HISTORY], (*GOOD, ("limit", "7"), ("unit", "coin")))
    assert ruling.demand is Demand.ANSWER
    assert ruling.rows


@pytest.mark.parametrize("pair", [START, ("end_time", "1790000000000")])
def test_a_range_may_hold_no_rows(spec: Spec, pair: tuple[str, str]) -> None:
    ruling = rule(spec.operations[HISTORY], (*GOOD, pair))
    assert ruling.demand is Demand.ANSWER
    assert not ruling.rows


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        (GOOD[1:], "exchange is missing"),
        ((*GOOD[:2], ("interval", "2d")), "interval is not one of the documented"),
        ((*GOOD[:2], ("interval", "1D")), "interval is not one of the documented"),
        ((*GOOD[:2], ("interval", "")), "interval is not one of the documented"),
        ((*GOOD, ("limit", "0")), "limit is below 1"),
        ((*GOOD, ("limit", "-3")), "limit is below 1"),
        ((*GOOD, ("limit", "1.5")), "limit is not a whole number"),
        ((*GOOD, ("limit", "ten")), "limit is not a whole number"),
        ((*GOOD, ("limit", "1_0")), "limit is not a whole number"),
        ((*GOOD, ("limit", "٣")), "limit is not a whole number"),
        ((*GOOD, ("limit", "inf")), "limit is not a whole number"),
        ((*GOOD, ("start_time", "yesterday")), "start_time is not a whole number"),
        ((*GOOD, ("unit", "eur")), "unit is not one of the documented"),
        # One forbidden value outweighs whatever else is only odd.
        ((("exchange", "Nowhere"), *GOOD[1:], ("unit", "eur")), "unit is not one of the documented"),
    ],
)
def test_what_the_description_forbids_must_be_refused(
    spec: Spec, pairs: tuple[tuple[str, str], ...], why: str
) -> None:
    assert demand(spec, *pairs) == (Demand.REFUSAL, why)


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        ((GOOD[0], ("symbol", "BTC"), GOOD[2]), "symbol need not exist"),
        ((("exchange", ""), *GOOD[1:]), "exchange is empty"),
        ((("exchange", " Binance"), *GOOD[1:]), "exchange has blanks around it"),
        ((*GOOD, ("limit", "")), "limit is empty"),
        ((*GOOD, ("limit", "1001")), "limit is above 1000"),
        ((*GOOD, ("limit", "1e2")), "limit is an odd spelling of a number"),
        ((*GOOD, ("limit", "1"), ("limit", "2")), "limit is given more than once"),
        ((*GOOD, ("start_time", "-1")), "start_time is far from anything that is documented"),
        ((*GOOD, START, ("end_time", "1780000000000")), "the range ends before it begins"),
    ],
)
def test_where_nothing_is_promised_both_will_do(
    spec: Spec, pairs: tuple[tuple[str, str], ...], why: str
) -> None:
    assert demand(spec, *pairs) == (Demand.EITHER, why)


def test_an_exchange_need_not_have_the_pair_of_another(spec: Spec) -> None:
    pairs = (("exchange", "OKX"), *GOOD[1:])
    told = demand(spec, *pairs, operation="futures_net_position_history")
    assert told == (Demand.EITHER, "the exchange need not have the pair")


def test_a_parameter_that_is_not_documented_is_ignored(spec: Spec) -> None:
    assert demand(spec, *GOOD, ("exName", "OKX"), ("", "x"))[0] is Demand.ANSWER
