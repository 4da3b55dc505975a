"""Faults inside a success: each spoils the tree of a body in one way that a check should notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audit.sandbox.clock import DAY, TIME_UNITS
from audit.sandbox.rows import steps_of
from audit.spec.operations import Series
from audit.spec.provider import Envelope
from audit.spec.widths import seconds

STALE = 400 * DAY


@dataclass(frozen=True)
class Spoil:
    """A body to be spoiled in place, and what is documented about it."""

    body: dict[str, Any]
    schema: Mapping[str, Any]
    series: Series | None
    envelope: Envelope
    interval: str | None


BodyFault = Callable[[Spoil], None]


@dataclass(frozen=True)
class Slot:
    """One value in a body: where it stands, and what is documented about it."""

    holder: Any
    place: Any
    schema: Mapping[str, Any]
    path: tuple[str, ...]

    @property
    def value(self) -> Any:
        """The value that stands there."""
        return self.holder[self.place]

    def put(self, value: Any) -> None:
        """Replace the value."""
        self.holder[self.place] = value


def seconds_for_milliseconds(spoil: Spoil) -> None:
    """Sends times in seconds where milliseconds are documented."""
    for slot in _slots(spoil):
        if slot.schema.get("x-time") == "ms" and isinstance(slot.value, int):
            slot.put(slot.value // 1000)


def missing_field(spoil: Spoil) -> None:
    """Leaves out one required field, from every row."""
    for row, schema in _objects(spoil):
        wanted = [name for name in schema.get("required", ()) if name in row]
        if wanted:
            del row[wanted[-1]]


def wrong_type(spoil: Spoil) -> None:
    """Sends numbers where text is documented, or the reverse, in the first field that has a type."""
    target: tuple[str, ...] | None = None
    for slot in _slots(spoil):
        if slot.value is None or isinstance(slot.value, (dict, list)):
            continue
        if "x-time" in slot.schema or target not in (None, slot.path):
            continue
        target = slot.path
        slot.put(_other_type(slot.value))


def extra_field(spoil: Spoil) -> None:
    """Adds a field that nobody documented to every row."""
    for row, _ in _objects(spoil):
        row["undocumented_field"] = 1


def stale(spoil: Spoil) -> None:
    """Moves the times of a series 400 days into the past."""
    shift(spoil, -STALE)


def shift(spoil: Spoil, seconds: int) -> None:
    """Move the times of a series by so many seconds."""
    for slot in _times(spoil):
        slot.put(slot.value + seconds * _factor(slot))


def shuffled(spoil: Spoil) -> None:
    """Puts the last row of a series first."""
    for rows in _series(spoil):
        rows.insert(0, rows.pop())


def duplicate(spoil: Spoil) -> None:
    """Gives the second row of a series the time of the first."""
    slots = _times(spoil)
    if len(slots) > 1:
        slots[1].put(slots[0].value)


def off_grid(spoil: Spoil) -> None:
    """Moves one time of a series off its grid, by a third of a bucket."""
    slots = _times(spoil)
    if slots:
        step = spoil.series.step if spoil.series else None
        width = seconds((spoil.interval if step == "interval" else step) or "1m")
        middle = slots[len(slots) // 2]
        middle.put(middle.value + width // 3 * _factor(middle))


def ohlc_broken(spoil: Spoil) -> None:
    """Puts one candle's high below its low."""
    for row, schema in _candles(spoil):
        names = schema["x-ohlc"]
        if "high" in names and "low" in names:
            low = row[names["low"]]
            wrong = float(low) - abs(float(low)) * 0.1 - 1
            row[names["high"]] = f"{wrong:.6f}" if isinstance(low, str) else wrong
            return


def empty_list(spoil: Spoil) -> None:
    """Answers a success without rows."""
    data = spoil.body.get(spoil.envelope.data)
    spoil.body[spoil.envelope.data] = _emptied(data) if isinstance(data, dict) else []


def numeric_code(spoil: Spoil) -> None:
    """Sends the code of success as a number."""
    code = spoil.envelope.success
    spoil.body[spoil.envelope.code] = int(code) if code.lstrip("-").isdigit() else 0


def _slots(spoil: Spoil) -> Iterator[Slot]:
    """Yield every documented value of the payload, rows in order."""
    name = spoil.envelope.data
    schema = spoil.schema.get("properties", {}).get(name, {})
    if name in spoil.body:
        yield from _walk(Slot(spoil.body, name, schema, (name,)))


def _walk(slot: Slot) -> Iterator[Slot]:
    value, schema = slot.value, slot.schema
    yield slot
    if isinstance(value, dict):
        properties, rest = schema.get("properties", {}), schema.get("additionalProperties")
        for key in list(value):
            known = properties.get(key, rest if isinstance(rest, dict) else {})
            yield from _walk(Slot(value, key, known, (*slot.path, key)))
    elif isinstance(value, list):
        places = schema.get("prefixItems")
        for number in range(len(value)):
            if places and number < len(places):
                yield from _walk(Slot(value, number, places[number], (*slot.path, f"[{number}]")))
            elif number < len(value):
                yield from _walk(Slot(value, number, schema.get("items") or {}, (*slot.path, "[]")))


def _objects(spoil: Spoil) -> list[tuple[dict[str, Any], Mapping[str, Any]]]:
    """Return the rows that are objects: those of the list, or the payload itself."""
    found = [slot for slot in _slots(spoil) if isinstance(slot.value, dict) and "properties" in slot.schema]
    rows = [slot for slot in found if slot.path[-1] == "[]"] or found
    least = min((len(slot.path) for slot in rows), default=0)
    return [(slot.value, slot.schema) for slot in rows if len(slot.path) == least]


def _candles(spoil: Spoil) -> list[tuple[Any, Mapping[str, Any]]]:
    return [(slot.value, slot.schema) for slot in _slots(spoil) if "x-ohlc" in slot.schema]


def _times(spoil: Spoil) -> list[Slot]:
    """Return the times of the series that are numbers; nothing for an answer that is no series."""
    if spoil.series is None:
        return []
    path = steps_of(spoil.series.times)
    slots = [slot for slot in _slots(spoil) if slot.path == path]
    return [slot for slot in slots if "x-time" in slot.schema and isinstance(slot.value, int)]


def _series(spoil: Spoil) -> list[list[Any]]:
    if spoil.series is None:
        return []
    path = steps_of(spoil.series.times)
    last = max(place for place, step in enumerate(path) if step == "[]")
    return [
        slot.value
        for slot in list(_slots(spoil))
        if slot.path == path[:last] and isinstance(slot.value, list) and slot.value
    ]


def _factor(slot: Slot) -> int:
    return TIME_UNITS.get(str(slot.schema["x-time"]), 1000)


def _other_type(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return 0
    return str(value)


def _emptied(data: dict[str, Any]) -> dict[str, Any]:
    return {
        key: [] if isinstance(value, list) else _emptied(value) if isinstance(value, dict) else value
        for key, value in data.items()
    }


BODY_KINDS: dict[str, BodyFault] = {
    "seconds": seconds_for_milliseconds,
    "missing-field": missing_field,
    "wrong-type": wrong_type,
    "extra-field": extra_field,
    "stale": stale,
    "shuffled": shuffled,
    "duplicate": duplicate,
    "off-grid": off_grid,
    "ohlc-broken": ohlc_broken,
    "empty-list": empty_list,
    "numeric-code": numeric_code,
}
