"""What one use is to become: its path, its parameters, and how today's values are told from earlier ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from audit.scan.uses import Use
from audit.spec.legacy import Route
from audit.spec.legacy_params import ParamChange
from audit.spec.operations import Operation, Parameter
from audit.spec.symbols import Symbols

PAIR = re.compile(r"[A-Z0-9]{2,}(USDT|USDC|USD|BUSD|FDUSD)(_[A-Z]+)?|[A-Z0-9]+[-_/][A-Z0-9_-]+")
# Nobody but the reader knows which coin is meant.
CHOOSING = frozenset({"coin", "pair"})


@dataclass(frozen=True)
class Job:
    """One use and what it is to become; ``route`` is None where its path is today's already.

    ``added`` holds values to begin with, ``moved`` what stood in the path and is a parameter today.
    """

    use: Use
    operation: Operation
    route: Route | None
    path: str
    params: dict[str, ParamChange]
    added: dict[str, str | None]
    bare: bool = False
    moved: Mapping[str, str] = field(default_factory=dict, hash=False)


def sent_as(params: Mapping[str, ParamChange], name: str) -> str:
    """Return the present name of a parameter, empty where it is not sent any more."""
    change = params.get(name)
    return change.to or "" if change is not None else name


def default(job: Job, parameter: Parameter) -> str | None:
    """Return the value to begin with; None where somebody has to choose."""
    if parameter.role == "exchange":
        for param in job.use.parameters.given:
            change = job.params.get(param.name)
            if change is not None and change.value is not None and change.value.name == "split-exchange-pair":
                # One text held exchange and pair; the pair stays behind.
                before, mark, _ = (param.value or "").partition("_")
                return before if mark and param.fixed else None
    value = job.added.get(parameter.name)
    told = job.route is None or parameter.name in job.added or parameter.role in CHOOSING
    value = value if told else parameter.example
    return value if value is None or not parameter.choices or value in parameter.choices else None


class Pairs:
    """Tells pairs and coins from each other, as far as the operations' examples show how."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        symbols = Symbols(operations)
        self._coins, self._priced = symbols.coins, symbols.priced

    def _second(self, pair: str) -> str:
        second = next((pair.removeprefix(coin) for coin in sorted(self._coins) if pair.startswith(coin)), "")
        return second if second.isalnum() else ""

    def at_example(self, job: Job) -> bool:
        """Whether a use asks the exchange that the operation's example is about."""
        exchange = job.operation.parameter("exchange")
        if exchange is None:
            return False
        given = job.use.parameters.given
        asked = next((param for param in given if sent_as(job.params, param.name) == exchange.name), None)
        return (asked.value if asked else default(job, exchange)) == exchange.example

    def of_coin(self, job: Job, wanted: Parameter, coin: str) -> str | None:
        """Return the example's pair for its coin, where the exchange is the example's too."""
        example = wanted.example or ""
        known = coin in self._coins and example.startswith(coin)
        return example if known and self.at_example(job) else None

    def instrument(self, job: Job, wanted: Parameter, text: str) -> str | None:
        """Return a pair as the example's exchange spells it; None where it is another exchange's.

        The example shows what stands between the coins and which coin comes second.
        """
        second = self._second(wanted.example or "")
        if not second or not self.at_example(job):
            return None
        plain = re.sub(r"[-_/]", "", text)
        known = re.fullmatch(r"[A-Z0-9]+", text) or (plain.isalnum() and plain.endswith(second))
        return plain if known else None

    def coin_of(self, pair: str) -> str | None:
        """Return the coin that a pair is about; a text that is a known coin is one."""
        if pair in self._coins:
            return pair
        found = {
            coin
            for second in self._priced
            if (coin := re.sub(rf"[-_/]?{second}\Z", "", pair)) and coin != pair
        }
        (only,) = found if len(found) == 1 else (None,)
        return only if only is not None and only.isalnum() else None

    def converted(self, job: Job, wanted: Parameter, change: ParamChange, text: str) -> str | None:
        """Return what becomes of a text that names a coin or a pair; None where that cannot be told."""
        name = change.value.name if change.value is not None else ""
        if name == "coin-to-pair":
            return text if PAIR.fullmatch(text) else self.of_coin(job, wanted, text)
        if name == "pair-to-instrument":
            return self.instrument(job, wanted, text)
        if name == "pair-to-coin":
            return self.coin_of(text)
        return change.value.apply(text) if change.value is not None else text
