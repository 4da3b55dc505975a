"""Fills the rows that a channel pushes, from the schema of its messages and the moments of the rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from audit.sandbox.clock import TIME_UNITS
from audit.sandbox.market import Market, Place
from audit.sandbox.rows import Compiler
from audit.sandbox.values import (
    MASK,
    Asked,
    Column,
    Frame,
    Moments,
    decimals_of,
    level,
    mix,
    numeric_examples,
    text_key,
    walk,
    writer,
)
from audit.spec.channels import Channel
from audit.spec.strictness import DECIMAL

_DRIFT = 6 * 3600 * 1000  # milliseconds from one level of a price to the next
_NOISE = 0.002
_HEAVIEST = 1000  # times the least value
_PARTS = ("exchange", "pair", "coin")  # of a place, and roles of parameters that ask for it


class RowMaker:
    """Makes the rows of one name of a channel.

    Where a field's examples are exchanges, pairs or coins of the market, the field tells those of the
    row's pair, which is one of those that the name asks for. A parameter without a role is the least
    value of the numbers of its unit.
    """

    def __init__(self, channel: Channel, values: Mapping[str, str], market: Market, key: int) -> None:
        """Raises LookupError where the market has nothing of that name, or a least value is no number."""
        properties: Mapping[str, Any] = channel.schema.get("properties", {})
        data: Mapping[str, Any] = properties.get(channel.data_field, {})
        listed = market.places(channel.id)
        compiler = _Compiler(channel, listed, _asked_for(channel, values, listed), _floors(channel, values))
        self._asked = Asked(key, values, Moments())
        self._row = compiler.compile(data.get("items", data), (channel.data_field, "[]"))
        self._beside = {
            field: compiler.compile(schema, (field,))
            for field, schema in properties.items()
            if field not in (channel.name_field, channel.data_field)
        }
        self.several = "items" in data
        """Whether a message holds a list of rows."""
        self.fine = compiler.finest > 1
        """Whether the time of a row is finer than a second."""

    def rows(self, moments: Sequence[int]) -> list[Any]:
        """Return a row for each moment (epoch milliseconds)."""
        return self._row(self._frame(moments))

    def beside(self, moment: int) -> dict[str, Any]:
        """Return what else stands in a message of that moment."""
        return {field: column(self._frame([moment]))[0] for field, column in self._beside.items()}

    def _frame(self, moments: Sequence[int]) -> Frame:
        ids = list(moments)
        return Frame(
            asked=self._asked,
            ids=ids,
            previous=[number - 1 for number in ids],
            ordinals=list(range(len(ids))),
            times=[number // 1000 for number in ids],
            series=True,
        )


class _Compiler(Compiler):
    """Fills rows whose number is their moment in epoch milliseconds."""

    def __init__(
        self, channel: Channel, listed: list[Place], asked: list[Place], floors: Mapping[str, float]
    ) -> None:
        super().__init__(channel)
        self._places = asked
        self._known = {part: {getattr(place, part) for place in listed} for part in _PARTS}
        self._floors = floors
        self.finest = 0

    def _place(self, frame: Frame, number: int) -> Place:
        return self._places[mix(number ^ frame.asked.key ^ 0x2545F491) % len(self._places)]

    def _value(
        self, schema: Mapping[str, Any], kinds: Sequence[str], path: tuple[str, ...], key: int, series: bool
    ) -> Column:
        factor = TIME_UNITS.get(str(schema.get("x-time")))
        if factor is None:
            return super()._value(schema, kinds, path, key, series)
        self.finest = max(self.finest, factor)
        spell = str if "string" in kinds else int
        return lambda frame: [spell(number * factor // 1000) for number in frame.ids]

    def _number(self, schema: Mapping[str, Any], kind: str, path: tuple[str, ...], key: int) -> Column:
        return self._of_unit(schema, kind, key) or super()._number(schema, kind, path, key)

    def _text(self, schema: Mapping[str, Any], path: tuple[str, ...], key: int) -> Column:
        if schema.get("format") == "decimal":
            return self._of_unit(schema, "text", key) or super()._text(schema, path, key)
        examples = {str(example) for example in schema.get("examples", ())}
        part = next((part for part, known in self._known.items() if examples and examples <= known), None)
        if part is None:
            return super()._text(schema, path, key)
        return lambda frame: [getattr(self._place(frame, number), part) for number in frame.ids]

    def _of_unit(self, schema: Mapping[str, Any], kind: str, key: int) -> Column | None:
        """Return the column of a price or of an amount that has a least value; None for other numbers."""
        unit = str(schema.get("x-unit"))
        if unit == "quote" and self._places:
            return self._price(schema, kind, key)
        return _heavy(schema, kind, key, self._floors[unit]) if unit in self._floors else None

    def _price(self, schema: Mapping[str, Any], kind: str, key: int) -> Column:
        """Return a price that drifts around the examples; a pair has one price on every exchange."""
        examples = numeric_examples(schema)
        write = writer(kind, decimals_of(examples, kind))
        around = level(examples, schema)

        def column(frame: Frame) -> list[Any]:
            steps = []
            for number in frame.ids:
                own = key ^ text_key(self._place(frame, number).pair)
                stretch, rest = divmod(number, _DRIFT)
                here, there = walk(own, [stretch, stretch + 1])
                steps.append(
                    here + (there - here) * rest / _DRIFT + (mix(number ^ own) / MASK - 0.5) * _NOISE
                )
            return write(around.apply(steps))

        return column


def _heavy(schema: Mapping[str, Any], kind: str, key: int, least: float) -> Column:
    """Return amounts of a least value, of which most are small and few are large."""
    write = writer(kind, decimals_of(numeric_examples(schema), kind))
    base = least if least > 0 else 1.0

    def column(frame: Frame) -> list[Any]:
        own = key ^ frame.asked.key
        shares = [mix(number ^ own) / MASK for number in frame.ids]
        return write([base * min((1 - share + 1e-9) ** -0.7, _HEAVIEST) for share in shares])

    return column


def _asked_for(channel: Channel, values: Mapping[str, str], listed: list[Place]) -> list[Place]:
    wanted = {one.role: values[one.name] for one in channel.parameters if one.role in _PARTS}
    found = [one for one in listed if all(getattr(one, role) == text for role, text in wanted.items())]
    if listed and not found:
        raise LookupError(channel.id)
    return found


def _floors(channel: Channel, values: Mapping[str, str]) -> dict[str, float]:
    floors = {}
    for one in channel.parameters:
        if one.role is None and one.unit is not None:
            if not re.fullmatch(DECIMAL, values[one.name], re.ASCII):
                raise LookupError(one.name)
            floors[one.unit] = float(values[one.name])
    return floors
