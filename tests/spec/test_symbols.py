"""A coin and a pair are told apart by how the examples are written."""

from __future__ import annotations

import pytest

from audit.spec.catalog import default_folder, load
from audit.spec.symbols import Symbols


@pytest.fixture(scope="module")
def symbols() -> Symbols:
    return Symbols(load(default_folder()).operations.values())


@pytest.mark.parametrize("text", ["BTC", "ETH", "1000PEPE", "HYPE"])
def test_a_short_text_that_is_priced_in_nothing_is_a_coin(symbols: Symbols, text: str) -> None:
    assert symbols.is_coin(text)
    assert not symbols.is_pair(text)


@pytest.mark.parametrize("text", ["BTCUSDT", "ETHUSDT", "1000PEPEUSDT"])
def test_a_coin_with_what_it_is_priced_in_is_a_pair(symbols: Symbols, text: str) -> None:
    assert symbols.is_pair(text)
    assert not symbols.is_coin(text)


@pytest.mark.parametrize("text", ["BTC-USDT-SWAP", "XBTUSD", "BTC_USD", "btc", "USDTM", ""])
def test_what_no_example_shows_is_no_pair(symbols: Symbols, text: str) -> None:
    assert not symbols.is_pair(text)


@pytest.mark.parametrize("text", ["BTC-USDT-SWAP", "XBTUSD", "BTC_USD", "btc", ""])
def test_what_another_exchange_writes_is_no_coin(symbols: Symbols, text: str) -> None:
    assert not symbols.is_coin(text)
