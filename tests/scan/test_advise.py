"""The cheapest plan for a program, and what a cheaper one would take."""

from __future__ import annotations

import pytest

from audit.model import Advice
from audit.scan.advise import Need, advise, cheapest
from audit.spec.catalog import Spec

HEATMAP, LARGE = "futures_liquidation_heatmap_model1", "spot_orderbook_large_limit_order"
PRICES, ALERT = "futures_price_history", "hyperliquid_whale_alert"
WALLETS = "hyperliquid_wallet_pnl_distribution"


def needs(spec: Spec, *asked: tuple[str, str | None]) -> list[Need]:
    return [Need(spec.operation(name), every, "bot.py", 1 + at) for at, (name, every) in enumerate(asked)]


def told(spec: Spec, *asked: tuple[str, str | None]) -> Advice:
    advice = advise(spec, needs(spec, *asked))
    assert advice is not None
    return advice


@pytest.mark.parametrize(
    ("name", "every", "plan"),
    [
        (PRICES, "1d", "hobbyist"),
        (PRICES, "4h", "hobbyist"),
        (PRICES, "1h", "startup"),
        (PRICES, "1m", "standard"),
        (PRICES, None, "hobbyist"),
        (PRICES, "{every}", "hobbyist"),
        (ALERT, None, "startup"),
        (LARGE, None, "standard"),
        (HEATMAP, "1d", "professional"),
    ],
)
def test_the_cheapest_plan_of_one_use(name: str, every: str | None, plan: str, spec: Spec) -> None:
    assert [cheapest(spec, need) for need in needs(spec, (name, every))] == [plan]


def test_nothing_used_needs_no_advice(spec: Spec) -> None:
    assert advise(spec, []) is None


def test_what_the_cheapest_plan_serves_is_forced_by_nothing(spec: Spec) -> None:
    assert told(spec, (PRICES, "1d")) == Advice(minimum_plan="hobbyist")


def test_each_place_that_forces_the_plan_is_named_once_and_in_order(spec: Spec) -> None:
    heatmap = spec.operation(HEATMAP)
    given = [Need(heatmap, None, file, line) for file, line in (("b.py", 9), ("a.py", 2), ("b.py", 9))]
    advice = advise(spec, [*given, *needs(spec, (PRICES, "1d"))])
    assert advice is not None
    assert advice.minimum_plan == "professional"
    assert [(row.operation, row.file, row.line, row.plan) for row in advice.because] == [
        (HEATMAP, "a.py", 2, "professional"),
        (HEATMAP, "b.py", 9, "professional"),
    ]


def test_a_heatmap_on_standard_can_be_replaced_by_histories(spec: Spec) -> None:
    standard, hobbyist = told(spec, (HEATMAP, None)).alternatives
    assert (standard.plan, standard.without) == ("standard", (HEATMAP,))
    assert standard.stand_ins == {HEATMAP: ("futures_liquidation_order", "futures_liquidation_history")}
    assert "closed" in standard.lacks[HEATMAP]
    # The single orders need standard themselves; startup would give no more than hobbyist.
    assert hobbyist.plan == "hobbyist"
    assert hobbyist.stand_ins == {HEATMAP: ("futures_liquidation_history",)}


def test_an_interval_that_is_too_fine_needs_a_wider_one_and_no_stand_in(spec: Spec) -> None:
    startup, hobbyist = told(spec, (PRICES, "1m")).alternatives
    assert (startup.plan, startup.without, startup.wider) == ("startup", (), {PRICES: "30m"})
    assert (hobbyist.plan, hobbyist.without, hobbyist.wider) == ("hobbyist", (), {PRICES: "4h"})


def test_plans_stand_dearest_first_and_each_counts_all_that_is_above_it(spec: Spec) -> None:
    advice = told(spec, (HEATMAP, None), (LARGE, None), (ALERT, None), (PRICES, "1d"))
    assert [(one.plan, one.without) for one in advice.alternatives] == [
        ("standard", (HEATMAP,)),
        ("startup", (HEATMAP, LARGE)),
        ("hobbyist", (HEATMAP, ALERT, LARGE)),
    ]
    assert ALERT not in advice.alternatives[-1].stand_ins


def test_a_plan_that_would_leave_nothing_is_no_alternative(spec: Spec) -> None:
    assert told(spec, (WALLETS, None)).alternatives == ()


def test_a_stand_in_is_opened_by_the_plan_it_is_named_for(spec: Spec) -> None:
    everything = [Need(operation, None, "bot.py", 1) for operation in spec.operations.values()]
    advice = advise(spec, everything)
    assert advice is not None
    for one in advice.alternatives:
        for names in one.stand_ins.values():
            assert all(spec.operation(name).allowed(spec.ladder, one.plan) for name in names)
