"""Exchange and pair spellings, resolved against the API's own lists before they are used. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from audit.probe.reading import clip
from audit.spec.operations import Operation
from audit.spec.provider import Pairs, Provider

if TYPE_CHECKING:
    from audit.spec.channels import Channel

Table = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Wish:
    """What to look at instead of the examples: a coin or pair, an exchange, and an interval."""

    symbol: str | None = None
    exchange: str | None = None
    interval: str | None = None


@dataclass(frozen=True)
class Chosen:
    """Parameter values to send, by name; ``wrong`` says what does not exist, if anything."""

    values: Mapping[str, str]
    wrong: str | None = None


def read_table(data: Any, source: Pairs) -> dict[str, dict[str, str]]:
    """Return exchange -> pair -> coin from the list operation's data; rows without both are left out."""
    table: dict[str, dict[str, str]] = {}
    if isinstance(data, dict):
        for exchange, rows in data.items():
            table[exchange] = {
                row[source.pair]: row[source.coin]
                for row in (rows if isinstance(rows, list) else ())
                if isinstance(row, dict)
                and isinstance(row.get(source.pair), str)
                and isinstance(row.get(source.coin), str)
            }
    return table


def source_for(operation: Operation | Channel, provider: Provider) -> Pairs | None:
    """Return the list that is the authority for the spellings of what is asked for, if one is."""
    return next((row for row in provider.pairs if operation.id.startswith(row.prefix)), None)


def choose(operation: Operation | Channel, table: Table, wish: Wish) -> Chosen:
    """Pick exchange, pair and coin for one operation or channel.

    ``table`` may be empty, where the list could not be had: then nothing can be checked, and the
    wished or example values are used as they stand.
    """
    values: dict[str, str] = {}
    exchange_parameter = operation.parameter("exchange")
    pair_parameter, coin_parameter = operation.parameter("pair"), operation.parameter("coin")
    exchange = None
    if exchange_parameter is not None:
        exchange = exchange_parameter.example
        if wish.exchange and (not exchange_parameter.choices or wish.exchange in exchange_parameter.choices):
            exchange = wish.exchange
        if exchange is not None:
            values[exchange_parameter.name] = exchange
        if exchange and table and pair_parameter is not None and exchange not in table:
            return Chosen(values, f"exchange {exchange!r} is not listed{_near(exchange, list(table))}")
    if pair_parameter is not None and exchange:
        pair, wrong = _pair(pair_parameter.example, exchange, table, wish)
        if pair is not None:
            values[pair_parameter.name] = pair
        if wrong:
            return Chosen(values, wrong)
    if coin_parameter is not None and wish.symbol:
        coin = _coin(wish.symbol, table)
        if not coin_parameter.choices or coin in coin_parameter.choices:
            values[coin_parameter.name] = coin
            coins = {coin for pairs in table.values() for coin in pairs.values()}
            if table and coin not in coins:
                return Chosen(values, f"coin {coin!r} is not listed{_near(coin, sorted(coins))}")
    return Chosen(values)


def _pair(example: str | None, exchange: str, table: Table, wish: Wish) -> tuple[str | None, str | None]:
    wanted = wish.symbol or example
    pairs = table.get(exchange)
    if wanted is None or not pairs or wanted in pairs:
        return wanted, None
    # Not spelled so on this exchange: take the exchange's own pair of the same coin.
    coin = _coin(wanted, table)
    same = [pair for pair, base in pairs.items() if base == coin]
    if same:
        return min(same, key=lambda pair: _likeness(pair, example, table)), None
    return wanted, f"pair {wanted!r} is not listed on {exchange}{_near(wanted, list(pairs))}"


def _likeness(pair: str, example: str | None, table: Table) -> tuple[bool, int, str]:
    """Order a coin's pairs: what is priced as the example is comes first, then the plainest name."""
    priced = (example or "").removeprefix(_coin(example or "", table))
    return priced not in pair, len(pair), pair


def _coin(symbol: str, table: Table) -> str:
    return next((pairs[symbol] for pairs in table.values() if symbol in pairs), symbol)


def _near(word: str, known: list[str]) -> str:
    near = get_close_matches(word, known, n=3, cutoff=0.4) or known[:3]
    return f"; listed there: {clip(', '.join(near))}" if near else ""
