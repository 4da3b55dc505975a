"""Which exchanges and pairs there are: what the operations that list them answer, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from audit.sandbox.params import Refusal
from audit.spec.catalog import Spec
from audit.spec.operations import Operation
from audit.spec.provider import Pairs

COIN = "@coin"  # the coin of the pair asked for, among a request's values
_MOST_COINS = 40


class Place(NamedTuple):
    """A pair on an exchange, and the coin that it trades."""

    exchange: str
    pair: str
    coin: str


class Market:
    """The pairs of each exchange, drawn from the description's examples.

    An exchange or coin that is an example anywhere in the operations of one authority is listed.
    """

    def __init__(self, spec: Spec) -> None:
        self._authorities = tuple(spec.provider.pairs)
        self._exchanges: dict[str, list[str]] = {}
        self._coins: dict[str, list[str]] = {}
        self._tables: dict[str, dict[str, dict[str, str]]] = {}
        for authority in self._authorities:
            operations = [one for one in spec.operations.values() if one.id.startswith(authority.prefix)]
            exchanges = _parameter_examples(operations, ("exchange", "exchange-list"))
            coins = _parameter_examples(operations, ("coin",)) | _field_examples(operations, authority.coin)
            self._exchanges[authority.operation] = _with_lists(
                operations, exchanges, spec.provider.envelope.data
            )
            self._coins[authority.operation] = _with_lists(operations, coins, spec.provider.envelope.data)[
                :_MOST_COINS
            ]

    def authority(self, operation: Operation) -> Pairs | None:
        """Return who says which pairs an operation knows, if anyone does."""
        return next((one for one in self._authorities if operation.id.startswith(one.prefix)), None)

    def listing(self, operation: Operation) -> Pairs | None:
        """Return the authority that this operation is, if it is one."""
        return next((one for one in self._authorities if one.operation == operation.id), None)

    def expand(self, authority: Pairs, data: Any, only: str | None) -> Any:
        """Add the exchanges and coins that are known to a made-up listing; ``only`` one exchange if given."""
        if not isinstance(data, dict) or not all(isinstance(rows, list) and rows for rows in data.values()):
            return data
        model = next(iter(data.values()), None)
        if model is None:
            return data
        listed = {
            exchange: _all_coins(rows, authority, self._coins[authority.operation])
            for exchange, rows in data.items()
        }
        rest = _all_coins(model, authority, self._coins[authority.operation])
        for exchange in self._exchanges[authority.operation]:
            listed.setdefault(exchange, rest)
        return {only: listed[only]} if only in listed else listed

    def learn(self, authority: Pairs, data: Any) -> None:
        """Take a listing as the truth about its authority's pairs."""
        rows = data.items() if isinstance(data, dict) else ()
        self._tables[authority.operation] = {
            exchange: {str(row[authority.pair]): str(row.get(authority.coin, "")) for row in listed}
            for exchange, listed in rows
            if isinstance(listed, list)
        }

    def places(self, name: str) -> list[Place]:
        """Return the pairs of the authority that speaks for a name, else of the first one."""
        named = [one for one in self._authorities if name.startswith(one.prefix)]
        tables = [self._tables.get(one.operation, {}) for one in (named or self._authorities)[:1]]
        return [
            Place(exchange, pair, coin)
            for table in tables
            for exchange, pool in table.items()
            for pair, coin in pool.items()
        ]

    def check(self, operation: Operation, values: dict[str, str]) -> Refusal | None:
        """Refuse an exchange or a pair that is not listed; note the coin of the pair among the values.

        Of a list of exchanges one has to be known.
        """
        authority = self.authority(operation)
        table = self._tables.get(authority.operation) if authority else None
        if not table:
            return None
        exchange, several, pair = (
            _value(operation, values, role) for role in ("exchange", "exchange-list", "pair")
        )
        if exchange and exchange not in table:
            return Refusal("pair")
        if several and not any(name.strip() in table for name in several.split(",")):
            return Refusal("pair")
        if pair:
            pools = [table[exchange]] if exchange else list(table.values())
            coin = next((pool[pair] for pool in pools if pair in pool), None)
            if coin is None:
                return Refusal("pair")
            values[COIN] = coin
        return None


def _value(operation: Operation, values: Mapping[str, str], role: Any) -> str | None:
    parameter = operation.parameter(role)
    return values.get(parameter.name) if parameter else None


def _parameter_examples(operations: list[Operation], roles: tuple[str, ...]) -> dict[str, None]:
    found: dict[str, None] = {}
    for operation in operations:
        for parameter in operation.parameters:
            if parameter.role in roles:
                for text in (*parameter.choices, *(parameter.example or "").split(",")):
                    found.update({text: None} if text else {})
    return found


def _field_examples(operations: list[Operation], name: str) -> dict[str, None]:
    return {
        str(example): None
        for operation in operations
        for schema in _objects(operation.schema)
        if name in schema["properties"]
        for example in schema["properties"][name].get("examples", ())
    }


def _with_lists(operations: list[Operation], known: dict[str, None], data: str) -> list[str]:
    """Add the texts of plain lists that hold a known name: such a list names its like."""
    found = dict(known)
    for operation in operations:
        items = operation.schema.get("properties", {}).get(data, {}).get("items", {})
        examples = items.get("examples", ()) if isinstance(items, dict) else ()
        if items and items.get("type") == "string" and any(example in known for example in examples):
            found.update({str(example): None for example in examples})
    return list(found)


def _objects(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every schema in a schema that has properties."""
    waiting: list[Any] = [schema]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict):
            continue
        properties = one.get("properties")
        if properties:
            yield one
            waiting.extend(properties.values())
        waiting.extend(one.get(name) for name in ("items", "additionalProperties"))
        for name in ("prefixItems", "anyOf", "oneOf"):
            waiting.extend(one.get(name, ()))


def _all_coins(rows: list[Any], authority: Pairs, coins: list[str]) -> list[Any]:
    """Repeat the first row for every coin that has none, its pair spelled alike."""
    first = rows[0]
    if not isinstance(first, dict) or authority.pair not in first or authority.coin not in first:
        return rows
    coin, pair = str(first[authority.coin]), str(first[authority.pair])
    if not coin or coin not in pair:
        return rows
    present = {row.get(authority.coin) for row in rows}
    added = [
        {**first, authority.coin: other, authority.pair: pair.replace(coin, other, 1)}
        for other in coins
        if other not in present and other not in pair.replace(coin, "", 1)
    ]
    return [*rows, *added]
