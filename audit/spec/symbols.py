"""Tells a coin from a pair by how the operations' examples are written."""

from __future__ import annotations

import re
from collections.abc import Iterable

from audit.spec.operations import Operation

# What a coin is called: a few capital letters, perhaps with the number of units in front.
_COIN = re.compile(r"[0-9]{0,5}[A-Z]{2,5}")


class Symbols:
    """What the examples of coins and pairs come to: ``priced`` is what stands behind the coin in a pair."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        known = [*operations]
        self.coins = {coin.example for one in known if (coin := one.parameter("coin")) and coin.example}
        pairs = {pair.example for one in known if (pair := one.parameter("pair")) and pair.example}
        behind = {pair.removeprefix(coin) for pair in pairs for coin in self.coins if pair.startswith(coin)}
        self.priced = tuple(sorted(rest for rest in behind if rest.isalnum()))

    def is_coin(self, text: str) -> bool:
        """Whether a text can only be a coin: short, and not priced in anything."""
        return text in self.coins or (_COIN.fullmatch(text) is not None and not text.endswith(self.priced))

    def is_pair(self, text: str) -> bool:
        """Whether a text is a coin and what it is priced in; False also where it may be something else."""
        return any(text.endswith(rest) and len(text) > len(rest) + 1 for rest in self.priced)
