"""Which coins are watched, and where each is asked for."""

from __future__ import annotations

import pytest

from audit.probe.symbols import Wish, choose
from audit.probe.watch import ask_id, most_listed, pairs_of, ranked, spelled, symbol_of, wish_for
from audit.spec.catalog import Spec
from audit.spec.presets import Ranking

TABLE = {
    "One": {"BTCUSDT": "BTC", "ETHUSDT": "ETH", "BTCUSD_PERP": "BTC"},
    "Two": {"BTC-USD-261225": "BTC", "BTC-USD-SWAP": "BTC", "BTC-USDT-SWAP": "BTC", "XRP-USDT-SWAP": "XRP"},
    "Binance": {"BTCUSDT": "BTC"},
}
RANKING = Ranking(operation="list", coin="name", by="size")


def test_a_ranking_puts_the_largest_first_and_survives_any_row() -> None:
    rows = [{"name": "A", "size": 1}, {"name": "B", "size": 2.5}, {"name": "C"}, {"size": 9}, None, "x",
            {"name": "", "size": 9}, {"name": "D" * 41, "size": 9}, {"name": 7, "size": 9},
            {"name": "A", "size": 3}, {"name": "E", "size": 2.5}, {"name": "F", "size": "9"}]  # fmt: skip
    assert ranked(rows, RANKING) == ["A", "B", "E"]


@pytest.mark.parametrize("data", [None, {}, "rows", 3])
def test_a_ranking_of_another_shape_is_empty(data: object) -> None:
    assert ranked(data, RANKING) == []


def test_coins_of_most_exchanges_come_first() -> None:
    assert most_listed([TABLE]) == ["BTC", "ETH", "XRP"]
    assert most_listed([]) == []


@pytest.mark.parametrize(
    ("typed", "coin"),
    [("btc", "BTC"), ("BTC", "BTC"), ("KPEPE", "kPEPE"), ("kPEPE", "kPEPE"), ("nope", "NOPE")],
)
def test_a_coin_is_called_as_the_lists_call_it(typed: str, coin: str) -> None:
    assert spelled(typed, [TABLE, {"Three": {"kPEPE-USD": "kPEPE"}}]) == coin


@pytest.mark.parametrize(
    ("symbol", "wanted", "exchange"),
    [("BTC", "Two", "Two"), ("XRP", "One", "Two"), ("XRP-USDT-SWAP", "One", "Two"), ("NOPE", "One", "One")],
)
def test_a_coin_is_asked_for_where_it_is_traded(symbol: str, wanted: str, exchange: str) -> None:
    assert wish_for(symbol, TABLE, Wish(exchange=wanted, interval="1h")) == Wish(symbol, exchange, "1h")


def test_of_several_pairs_the_one_priced_like_the_example_is_taken(spec: Spec) -> None:
    operation = spec.operation("futures_funding_rate_history")
    assert choose(operation, TABLE, Wish("BTC", "Two")).values == {
        "exchange": "Two",
        "symbol": "BTC-USDT-SWAP",
    }


def test_the_pairs_of_a_coin_by_list_and_exchange() -> None:
    found = pairs_of("BTC", {"futures_list": TABLE, "spot_list": {"One": {"ETHUSDT": "ETH"}}})
    assert found == {
        "futures_list": {
            "Binance": ["BTCUSDT"],
            "One": ["BTCUSDT", "BTCUSD_PERP"],
            "Two": ["BTC-USD-261225", "BTC-USD-SWAP", "BTC-USDT-SWAP"],
        },
        "spot_list": {},
    }


def test_the_name_of_a_request_tells_its_coin() -> None:
    assert symbol_of(ask_id("prices_history", "BTC")) == "BTC"
    assert symbol_of("prices_history") is None
