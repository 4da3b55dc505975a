"""How exchange, pair and coin are chosen: against the API's own lists where there are any."""

from __future__ import annotations

from typing import Any

import pytest

from audit.probe.symbols import Wish, choose, read_table, source_for
from audit.spec.catalog import Spec

PAIRED = "futures_open_interest_history"  # exchange and pair
COINED = "futures_open_interest_aggregated_history"  # coin alone
TABLE = {
    "Binance": {"BTCUSDT": "BTC", "ETHUSDT": "ETH", "SOLUSDT": "SOL"},
    "OKX": {"BTC-USDT-SWAP": "BTC", "ETH-USDT-SWAP": "ETH"},
    "Empty": {},
}
OTHER = {"OKX": {"BTC-USDT-SWAP": "BTC"}}

PAIRS: list[tuple[str, dict[str, Any], Wish, dict[str, str], str | None]] = [
    ("the examples", TABLE, Wish(), {"exchange": "Binance", "symbol": "BTCUSDT"}, None),
    ("a pair", TABLE, Wish("ETHUSDT"), {"exchange": "Binance", "symbol": "ETHUSDT"}, None),
    ("a coin where a pair is due", TABLE, Wish("SOL"), {"exchange": "Binance", "symbol": "SOLUSDT"}, None),
    ("an exchange", TABLE, Wish(exchange="OKX"), {"exchange": "OKX", "symbol": "BTC-USDT-SWAP"}, None),
    ("its own spelling", TABLE, Wish("ETHUSDT", "OKX"), {"exchange": "OKX", "symbol": "ETH-USDT-SWAP"}, None),
    ("a coin there", TABLE, Wish("ETH", "OKX"), {"exchange": "OKX", "symbol": "ETH-USDT-SWAP"}, None),
    ("spelled as elsewhere", TABLE, Wish("BTC-USDT-SWAP"), {"exchange": "Binance", "symbol": "BTCUSDT"},
     None),
    ("an unknown exchange", TABLE, Wish(exchange="Binanse"), {"exchange": "Binanse"},
     "exchange 'Binanse' is not listed; listed there: Binance"),
    ("another letter case", TABLE, Wish(exchange="binance"), {"exchange": "binance"},
     "exchange 'binance' is not listed; listed there: Binance"),
    ("the example's exchange is gone", OTHER, Wish(), {"exchange": "Binance"},
     "exchange 'Binance' is not listed; listed there: OKX"),
    ("an unknown pair", TABLE, Wish("BTCUSD"), {"exchange": "Binance", "symbol": "BTCUSD"},
     "pair 'BTCUSD' is not listed on Binance; listed there: BTCUSDT"),
    ("a coin not there", TABLE, Wish("SOL", "OKX"), {"exchange": "OKX", "symbol": "SOL"},
     "pair 'SOL' is not listed on OKX; listed there: "),
    ("an exchange without pairs", TABLE, Wish("XYZ", "Empty"), {"exchange": "Empty", "symbol": "XYZ"}, None),
    ("no list to check with", {}, Wish("XYZ", "Nowhere"), {"exchange": "Nowhere", "symbol": "XYZ"}, None),
    ("no list, no wish", {}, Wish(), {"exchange": "Binance", "symbol": "BTCUSDT"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("what", "table", "wish", "values", "wrong"), PAIRS, ids=[row[0] for row in PAIRS])
def test_an_exchange_and_its_pair(
    spec: Spec, what: str, table: Any, wish: Wish, values: dict[str, str], wrong: str | None
) -> None:
    chosen = choose(spec.operations[PAIRED], table, wish)
    assert dict(chosen.values) == values
    if wrong is None:
        assert chosen.wrong is None
    else:
        assert chosen.wrong is not None
        assert chosen.wrong.startswith(wrong)


COINS: list[tuple[str, dict[str, Any], Wish, dict[str, str], str | None]] = [
    ("no wish leaves the example to the request", TABLE, Wish(), {}, None),
    ("a coin", TABLE, Wish("ETH"), {"symbol": "ETH"}, None),
    ("a pair where a coin is due", TABLE, Wish("ETHUSDT"), {"symbol": "ETH"}, None),
    ("another exchange's pair", TABLE, Wish("BTC-USDT-SWAP"), {"symbol": "BTC"}, None),
    ("an unknown coin", TABLE, Wish("ETHX"), {"symbol": "ETHX"},
     "coin 'ETHX' is not listed; listed there: ETH"),
    ("no list to check with", {}, Wish("ETHX"), {"symbol": "ETHX"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("what", "table", "wish", "values", "wrong"), COINS, ids=[row[0] for row in COINS])
def test_a_coin(
    spec: Spec, what: str, table: Any, wish: Wish, values: dict[str, str], wrong: str | None
) -> None:
    assert spec.operations[COINED].parameter("pair") is None
    chosen = choose(spec.operations[COINED], table, wish)
    assert (dict(chosen.values), chosen.wrong) == (values, wrong)


def test_a_wish_outside_the_choices_of_an_operation_leaves_its_example(spec: Spec) -> None:
    limited = [
        row
        for row in spec.operations.values()
        for role in ("exchange", "coin")
        if (parameter := row.parameter(role)) is not None and parameter.choices
    ]
    assert limited, "no operation limits its exchanges or coins"
    for operation in limited:
        chosen = choose(operation, {}, Wish("NOSUCHCOIN", "NoSuchExchange"))
        assert chosen.wrong is None
        for role in ("exchange", "coin"):
            parameter = operation.parameter(role)
            if parameter is not None and parameter.choices:
                assert chosen.values.get(parameter.name, parameter.example) == parameter.example


def test_an_operation_without_any_of_them_is_sent_as_it_is(spec: Spec) -> None:
    chosen = choose(spec.operations["index_fear_greed_history"], TABLE, Wish("XYZ", "Nowhere"))
    assert (dict(chosen.values), chosen.wrong) == ({}, None)


def test_what_is_said_about_a_hostile_list_is_one_short_line(spec: Spec) -> None:
    table = {"Binance": {"BTCUSDX\n\x1b[31m" + "x" * 10_000: "BTX"}}
    chosen = choose(spec.operations[PAIRED], table, Wish())
    assert chosen.wrong is not None
    assert chosen.wrong.isprintable()
    assert len(chosen.wrong) < 500


# ------------------------------------------------------------------ the list itself

ROW = {"instrument_id": "BTCUSDT", "base_asset": "BTC", "quote_asset": "USDT"}
LISTS: list[tuple[Any, dict[str, dict[str, str]]]] = [
    ({"Binance": [ROW]}, {"Binance": {"BTCUSDT": "BTC"}}),
    ({"Binance": []}, {"Binance": {}}),
    ({"Binance": None, "OKX": "text", "Bybit": {"a": 1}}, {"Binance": {}, "OKX": {}, "Bybit": {}}),
    ({"Binance": [ROW, None, "x", 1, [], {}, {"instrument_id": "A"}, {"instrument_id": 1, "base_asset": "B"},
                  {"instrument_id": "C", "base_asset": None}]}, {"Binance": {"BTCUSDT": "BTC"}}),
    ({}, {}), ([], {}), ([ROW], {}), (None, {}), ("text", {}), (7, {}),
]  # fmt: skip


@pytest.mark.parametrize(("data", "table"), LISTS)
def test_a_list_is_read_as_far_as_it_makes_sense(
    spec: Spec, data: Any, table: dict[str, dict[str, str]]
) -> None:
    assert read_table(data, spec.provider.pairs[0]) == table


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (PAIRED, "futures_supported_exchange_pairs"),
        (COINED, "futures_supported_exchange_pairs"),
        ("spot_orderbook_history", "spot_supported_exchange_pairs"),
        ("index_fear_greed_history", None),
        ("etf_bitcoin_flow_history", None),
    ],
)
def test_which_list_is_the_authority(spec: Spec, name: str, source: str | None) -> None:
    found = source_for(spec.operations[name], spec.provider)
    assert (found.operation if found else None) == source
