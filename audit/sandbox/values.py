"""Numbers, texts and moments by hashing: the same question gets the same value, on every machine.

A column is a function of a Frame: it returns one value per row. Working in columns keeps the work
per value to a few machine-sized operations.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from audit.sandbox.clock import TIME_UNITS, day_text

MASK = 0xFFFFFFFF
_SLOW_BITS = 5  # the slow part of a walk bends every 32 buckets
_SLOW_STEP = 1 << _SLOW_BITS
_JITTER = 0.12


def text_key(*parts: object) -> int:
    """Return 32 bits that stand for some texts."""
    return zlib.crc32("\x1f".join(map(str, parts)).encode())


def mix(value: int) -> int:
    """Return 32 well-stirred bits of a number of any size."""
    value = (value ^ ((value >> 32) * 0x9E3779B1)) & MASK
    value = ((value >> 16) ^ value) * 0x45D9F3B & MASK
    value = ((value >> 16) ^ value) * 0x45D9F3B & MASK
    return (value >> 16) ^ value


def walk(key: int, ids: Sequence[int]) -> list[float]:
    """Return a smooth walk between -1 and 1 at the given bucket numbers; each depends on its own alone."""
    lines: dict[int, tuple[float, float]] = {}
    out = []
    for number in ids:
        stretch = number >> _SLOW_BITS
        line = lines.get(stretch)
        if line is None:
            left = mix(stretch * 0x9E3779B1 ^ key) / MASK
            right = mix((stretch + 1) * 0x9E3779B1 ^ key) / MASK
            scale = 2 - 2 * _JITTER
            line = lines[stretch] = (left * scale - 1, (right - left) * scale / _SLOW_STEP)
        noise = ((number & MASK) * 0x45D9F3B ^ key ^ (number >> 32)) & MASK
        noise = ((noise >> 16) ^ noise) * 0x45D9F3B & MASK
        out.append(
            line[0] + line[1] * (number & (_SLOW_STEP - 1)) + ((noise >> 8) & 0xFFFF) / 0xFFFF * 2 * _JITTER
        )
    return out


@dataclass(frozen=True, slots=True)
class Moments:
    """The rows of a series: bucket numbers, the number before each, and times in epoch seconds."""

    ids: list[int] = field(default_factory=list)
    previous: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for, as far as its data depend on it.

    ``key`` stands for seed, operation and the parameters that matter; ``values`` holds the
    parameters by name; ``limit`` and ``page`` cut lists that are not series.
    """

    key: int
    values: Mapping[str, str]
    moments: Moments
    limit: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows to be filled: ``ids`` feed the hash, ``ordinals`` count rows, ``times`` are epoch seconds.

    In a series (``series``) a moment of the row is its time; elsewhere it lies before it.
    """

    asked: Asked
    ids: list[int]
    previous: list[int]
    ordinals: list[int]
    times: list[int]
    series: bool
    depth: int = 0

    def rows(self, parent: int) -> Frame:
        """Return the rows of the series for one of the rows of this frame."""
        moments = self.asked.moments
        offset = 0 if len(self.ids) == 1 else (parent + 1) << 44
        return Frame(
            self.asked,
            [number + offset for number in moments.ids] if offset else moments.ids,
            [number + offset for number in moments.previous] if offset else moments.previous,
            moments.ids,
            moments.times,
            True,
            self.depth + 1,
        )

    def children(self, ordinals: Sequence[int], together: bool = False) -> Frame:
        """Return as many rows under each row as there are ordinals, laid end to end.

        ``together``: all rows under one row move as one.
        """
        shift = 36 + 6 * self.depth
        offsets = [(1 if together else ordinal + 1) << shift for ordinal in ordinals]
        ids = [number + offset for number in self.ids for offset in offsets]
        return Frame(
            self.asked,
            ids,
            [number - 1 for number in ids],
            list(ordinals) * len(self.ids),
            [time for time in self.times for _ in ordinals],
            False,
            self.depth + 1,
        )


Column = Callable[[Frame], list[Any]]


class Level(NamedTuple):
    """Where a number lives: a walk of -1 to 1 swings it around the centre, inside the bounds."""

    centre: float
    swing: float
    low: float | None
    high: float | None

    def apply(self, steps: list[float]) -> list[float]:
        """Turn steps of a walk into values."""
        centre, swing, low, high = self
        values = [centre + swing * step for step in steps]
        if low is not None and centre - swing < low:
            values = [max(low, value) for value in values]
        if high is not None and centre + swing > high:
            values = [min(high, value) for value in values]
        return values


Writer = Callable[[list[float]], list[Any]]


def writer(kind: str, decimals: int) -> Writer:
    """Return what turns floats into ``integer``, ``number`` or ``text`` with so many decimals."""
    if kind == "text":
        return lambda values: [f"{value:.{decimals}f}" for value in values]
    if kind == "integer" or decimals == 0:
        return lambda values: [round(value) for value in values]
    # Adding zero turns -0.0 into 0.0.
    return lambda values: [round(value, decimals) + 0.0 for value in values]


def numeric_examples(schema: Mapping[str, Any]) -> list[Decimal]:
    """Return the examples of a field that are numbers, written as numbers or as text."""
    found = []
    for example in schema.get("examples", ()):
        try:
            if not isinstance(example, bool):
                found.append(Decimal(str(example)))
        except InvalidOperation:
            continue
    return [number for number in found if number.is_finite()]


def decimals_of(examples: Sequence[Decimal], kind: str) -> int:
    """Return how many decimals values like the examples carry."""
    shown = max((max(0, -int(example.as_tuple().exponent)) for example in examples), default=2)
    if kind == "integer":
        return 0
    if kind == "number" and shown == 0 and any(examples):
        # A whole example of a small number is luck, not a rule.
        largest = max(abs(example) for example in examples)
        return 4 if largest < 10 else 2 if largest < 1000 else 0
    return min(shown, 12)


def level(examples: Sequence[Decimal], schema: Mapping[str, Any], joint: bool = False) -> Level:
    """Say where a field's values live, from examples, bounds and unit; ``joint`` averages the examples."""
    low, high = _bounds(schema)
    numbers = [float(example) for example in examples]
    if not numbers:
        centre = (low + high) / 2 if low is not None and high is not None else (low or 0.0) + 100.0
        numbers = [centre if high is None else min(centre, high)]
    largest = max(abs(number) for number in numbers)
    if min(numbers) < 0:
        return Level(0.0, largest * (1.0 if len(numbers) > 1 else 1.5), low, high)
    centre = sum(numbers) / len(numbers) if joint else next((number for number in numbers if number), 0.0)
    if low is not None and high is not None:
        return Level(centre, (high - low) * 0.15, low, high)
    whole = {"percent": 100.0, "fraction": 1.0}.get(str(schema.get("x-unit")))
    if high is None and whole is not None and largest <= whole:
        high = whole
    return Level(centre, centre * 0.2, low, high)


def _bounds(schema: Mapping[str, Any]) -> tuple[float | None, float | None]:
    low, high = schema.get("minimum"), schema.get("maximum")
    step = 1 if schema.get("type") == "integer" else 1e-6
    if schema.get("exclusiveMinimum") is not None:
        low = schema["exclusiveMinimum"] + step
    if schema.get("exclusiveMaximum") is not None:
        high = schema["exclusiveMaximum"] - step
    return (None if low is None else float(low), None if high is None else float(high))


def number_column(schema: Mapping[str, Any], kind: str, key: int) -> Column:
    """Return the column of a number; in a list that is no series each row has its own example."""
    examples = numeric_examples(schema)
    write = writer(kind, decimals_of(examples, kind))
    common = level(examples, schema)
    levels = [level([example], schema) for example in examples] or [common]

    def column(frame: Frame) -> list[Any]:
        steps = walk(key ^ frame.asked.key, frame.ids)
        if frame.series or len(levels) == 1:
            return write(common.apply(steps))
        count = len(levels)
        return write(
            [levels[row % count].apply([step])[0] for row, step in zip(frame.ordinals, steps, strict=True)]
        )

    return column


def ohlc_columns(
    fields: Mapping[str, Mapping[str, Any]], kinds: Mapping[str, str], key: int
) -> Callable[[Frame], dict[str, list[Any]]]:
    """Return what fills open, high, low and close together, each by its role, in order.

    low <= open, close <= high; open is the close of the bucket before.
    """
    examples = [example for schema in fields.values() for example in numeric_examples(schema)]
    any_schema = next(iter(fields.values()))
    decimals = max(decimals_of(numeric_examples(schema), kinds[role]) for role, schema in fields.items())
    writers = {role: writer(kinds[role], decimals) for role in fields}
    place = level(examples, any_schema, joint=True)
    wick = place.swing * 0.1

    def columns(frame: Frame) -> dict[str, list[Any]]:
        own = key ^ frame.asked.key
        close = place.apply(walk(own, frame.ids))
        if frame.series and frame.ids[:-1] == frame.previous[1:]:
            opening = place.apply(walk(own, frame.previous[:1])) + close[:-1]
        else:
            opening = place.apply(walk(own, frame.previous))
        up = [mix(number ^ own ^ 0x5BD1E995) / MASK * wick for number in frame.ids]
        down = [mix(number ^ own ^ 0x27D4EB2F) / MASK * wick for number in frame.ids]
        high = [max(a, b) + more for a, b, more in zip(opening, close, up, strict=True)]
        low = [min(a, b) - less for a, b, less in zip(opening, close, down, strict=True)]
        if place.low is not None:
            low = [max(place.low, value) for value in low]
        if place.high is not None:
            high = [min(place.high, value) for value in high]
        made = {"open": opening, "high": high, "low": low, "close": close}
        return {role: write(made[role]) for role, write in writers.items()}

    return columns


def moment_column(unit: str, as_text: bool, key: int) -> Column:
    """Return the column of a moment in ``ms``, ``s`` or ``ns``: the row's own time, or minutes before it."""
    factor = TIME_UNITS.get(unit, 1000)

    def column(frame: Frame) -> list[Any]:
        times = frame.times
        if not frame.series:
            own = key ^ frame.asked.key
            times = [
                time - 60 * (1 + mix(number ^ own) % 29)
                for time, number in zip(times, frame.ids, strict=True)
            ]
        if as_text:
            return [str(time * factor) for time in times]
        return [time * factor for time in times]

    return column


_DAY = re.compile(r"\d{4}([-/.])\d\d\1\d\d\Z")


def text_column(schema: Mapping[str, Any], echo: Callable[[Asked], str | None], timed: bool) -> Column:
    """Return the column of a text: what was asked for, the row's day, or the examples in turn.

    ``timed`` says that the text is the time of its row.
    """
    examples = [str(example) for example in schema.get("examples", ()) if example is not None]
    day = _DAY.match(examples[0]) if examples else None
    separator = day[1] if day else "-"
    dated = schema.get("format") == "date" or day is not None or timed
    precise = schema.get("format") == "date-time"
    known = examples or [_plain(schema)]

    def column(frame: Frame) -> list[Any]:
        echoed = echo(frame.asked)
        if echoed is not None:
            return [echoed] * len(frame.ids)
        if precise or (dated and (frame.series or not day)):
            return [day_text(time, separator, precise) for time in frame.times]
        count = len(known)
        return [known[row % count] for row in frame.ordinals]

    return column


def choice_column(choices: Sequence[Any], key: int) -> Column:
    """Return the column of a field that holds one of a few values."""
    count = len(choices)
    if count == 1:
        return lambda frame: [choices[0]] * len(frame.ids)
    return lambda frame: [choices[mix(number ^ key ^ frame.asked.key) % count] for number in frame.ids]


def sometimes_null(column: Column, key: int) -> Column:
    """Return the column with about one value in sixty missing."""

    def holed(frame: Frame) -> list[Any]:
        own = key ^ frame.asked.key ^ 0x165667B1
        return [
            None if mix(number ^ own) % 61 == 0 else value
            for number, value in zip(frame.ids, column(frame), strict=True)
        ]

    return holed


def _plain(schema: Mapping[str, Any]) -> str:
    text = {"uri": "https://example.invalid/", "email": "user@example.invalid"}.get(
        str(schema.get("format")), "text"
    )
    return text.ljust(int(schema.get("minLength", 0)), "x")
