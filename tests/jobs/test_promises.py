"""What a Run says is promised: every operation, and every channel as a group of its own."""

from __future__ import annotations

from audit.jobs.probing import promises
from audit.spec.catalog import Spec, load
from tests.spec.conftest import SMALL


def test_channels_are_promised_beside_the_operations(spec: Spec) -> None:
    told = promises(spec)
    assert [one.operation for one in told[: len(spec.operations)]] == list(spec.operations)
    trades, orders = told[len(spec.operations) :]
    assert (trades.operation, trades.path) == (
        "futures_trades",
        "futures_trades@{exchange}_{symbol}@{minVol}",
    )
    assert (orders.operation, orders.path) == ("liquidationOrders", "liquidationOrders")
    for one in (trades, orders):
        assert (one.group, one.interval_floor, one.intervals) == ("channels", {}, ())
        assert [plan for plan, opens in one.plans.items() if opens] == [
            "standard",
            "professional",
            "enterprise",
        ]
    assert trades.title == "Trades of one futures pair"


def test_a_description_without_channels_promises_none() -> None:
    small = load(SMALL)
    assert [one.operation for one in promises(small)] == list(small.operations)
