"""Several coins in one probe: which they are, where each is traded, how its requests are called. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from audit.probe.symbols import Table, Wish
from audit.spec.operations import Operation
from audit.spec.presets import Ranking

LONGEST = 40  # characters; no coin is called like this


@dataclass(frozen=True)
class Watch:
    """The coins to ask for: those that are named, or the ``top`` ones of a ranking."""

    symbols: tuple[str, ...] = ()
    top: int = 0
    ranking: Ranking | None = None


def names_coin(operation: Operation) -> bool:
    """Whether an operation is asked once for each coin."""
    return operation.parameter("coin") is not None or operation.parameter("pair") is not None


def ask_id(operation: str, symbol: str) -> str:
    """Return the name of an operation's request for one coin."""
    return f"{operation}#{symbol}"


def symbol_of(ask: str) -> str | None:
    """Return the coin that a request is for; None where it is for none in particular."""
    return ask.partition("#")[2] or None


def ranked(data: Any, ranking: Ranking) -> list[str]:
    """Return the coins of a list, the largest first; rows without a name or a figure are left out."""
    rows = data if isinstance(data, list) else []
    sizes: dict[str, float] = {}
    for row in rows:
        coin, size = (row.get(ranking.coin), row.get(ranking.by)) if isinstance(row, dict) else (None, None)
        if isinstance(coin, str) and 0 < len(coin) <= LONGEST and isinstance(size, int | float):
            sizes[coin] = max(float(size), sizes.get(coin, float(size)))
    return sorted(sizes, key=lambda coin: (-sizes[coin], coin))


def most_listed(tables: Iterable[Table]) -> list[str]:
    """Return the coins of all exchanges: first those that most of them have, then those with most pairs."""
    exchanges: dict[str, set[str]] = {}
    pairs: dict[str, int] = {}
    for table in tables:
        for exchange, listed in table.items():
            for coin in listed.values():
                if 0 < len(coin) <= LONGEST:
                    exchanges.setdefault(coin, set()).add(exchange)
                    pairs[coin] = pairs.get(coin, 0) + 1
    return sorted(exchanges, key=lambda coin: (-len(exchanges[coin]), -pairs[coin], coin))


def spelled(symbol: str, tables: Iterable[Table]) -> str:
    """Return a coin as the lists spell it, whatever letters were typed; in capitals where none has it."""
    known = {coin for table in tables for pairs in table.values() for coin in pairs.values()}
    alike = sorted(coin for coin in known if coin.casefold() == symbol.casefold())
    return symbol if symbol in known else alike[0] if alike else symbol.upper()


def wish_for(symbol: str, table: Table, wish: Wish) -> Wish:
    """Wish for one coin, on the exchange asked for, or on the first that has it where that one has not."""
    having = [name for name, pairs in table.items() if symbol in pairs or symbol in pairs.values()]
    elsewhere = having and wish.exchange not in having
    return replace(wish, symbol=symbol, exchange=having[0] if elsewhere else wish.exchange)


def pairs_of(coin: str, tables: Mapping[str, Table]) -> dict[str, dict[str, list[str]]]:
    """Return each exchange's pairs of a coin, under the operation that lists them."""
    found: dict[str, dict[str, list[str]]] = {}
    for operation, table in sorted(tables.items()):
        rows = {name: sorted(p for p, base in pairs.items() if base == coin) for name, pairs in table.items()}
        found[operation] = {name: pairs for name, pairs in sorted(rows.items()) if pairs}
    return found
