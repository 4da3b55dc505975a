"""What the rows of a channel show together: order, age, repetition, and whether they are what was asked for.

Nothing here grows with the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audit.checks import field_type, series_order, stale_data
from audit.checks.field_missing import rows as in_rows
from audit.checks.heard import Heard
from audit.checks.mismatches import show
from audit.checks.moments import moment_of, span
from audit.model import Finding, Severity
from audit.spec.channels import Channel
from audit.spec.strictness import MOMENTS

# A row is held against at least this many before it to see whether it comes again.
WINDOW = 4096

_EARLIEST, _LATEST = MOMENTS["s"]
_CHOOSES = ("exchange", "pair", "coin")


@dataclass(frozen=True)
class Shape:
    """Where a row carries what: its moment with the unit, and the parameters of the name.

    ``carriers`` is the field by parameter: for an exchange, a pair or a coin the field that shows the same
    example; for a number with a unit the only field in that unit, of which it is the least value.
    ``time`` is empty where a row carries no moment.
    """

    time: str
    unit: str
    carriers: Mapping[str, str]


def shape(channel: Channel) -> Shape:
    """Read from the description of a channel how its rows look."""
    rows = channel.schema.get("properties", {}).get(channel.data_field, {}).get("items", {})
    properties: Mapping[str, Any] = rows.get("properties", {})
    time = next((name for name, field in properties.items() if "x-time" in field), "")
    carriers = {}
    for one in channel.parameters:
        fits = [
            name
            for name, field in properties.items()
            if (one.role in _CHOOSES and one.example in map(str, field.get("examples", ())))
            or (one.role is None and one.unit is not None and one.unit == field.get("x-unit"))
        ]
        if len(fits) == 1:
            carriers[one.name] = fits[0]
    return Shape(time, properties[time]["x-time"] if time else "", carriers)


@dataclass
class Under:
    """The rows under one name: what they must carry, and the newest moment so far in epoch seconds."""

    equal: tuple[tuple[str, str], ...] = ()
    least: tuple[tuple[str, float], ...] = ()
    newest: float = _EARLIEST


def under(channel: Channel, shape: Shape, values: Mapping[str, str]) -> Under:
    """Return what the parameters of a name ask of its rows."""
    equal, least = [], []
    for one in channel.parameters:
        carrier = shape.carriers.get(one.name)
        if carrier is None:
            continue
        if one.role is not None:
            equal.append((carrier, values[one.name]))
        elif (bound := _number(values[one.name])) is not None:
            least.append((carrier, bound))
    return Under(tuple(equal), tuple(least))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@dataclass
class _Tally:
    """How many rows were seen of one sort, and the worst of them in seconds."""

    count: int = 0
    worst: float = 0.0

    def note(self, size: float) -> None:
        self.count += 1
        self.worst = max(self.worst, size)


@dataclass
class _Misfit:
    """A field without what was asked for: what that was, the first other value, and in how many rows."""

    expected: str
    found: str
    severity: Severity
    count: int = 0


class Rows:
    """Takes the rows of every message, and says at the end what was wrong with them."""

    def __init__(self, shape: Shape) -> None:
        self.count = 0
        self._shape = shape
        self._back, self._old, self._ahead = _Tally(), _Tally(), _Tally()
        self._again = 0
        self._misfits: dict[str, _Misfit] = {}
        self._young: set[int] = set()
        self._elder: set[int] = set()

    def take(self, rows: list[Any], under: Under, now: float) -> None:
        """Look at the rows of one message, which came at ``now`` in epoch seconds."""
        self.count += len(rows)
        prints = set()
        for row in rows:
            if not isinstance(row, dict):
                continue
            self._look_at_wish(row, under)
            one = _print(row)
            prints.add(one)
            # Two rows of one message may happen to be alike; one of an earlier message was sent again.
            if one in self._young or one in self._elder:
                self._again += 1
            else:
                self._look_at_time(row, under, now)
        self._young |= prints
        if len(self._young) > WINDOW:
            self._young, self._elder = set(), self._young

    def _look_at_time(self, row: dict[str, Any], under: Under, now: float) -> None:
        moment = moment_of(row.get(self._shape.time), self._shape.unit)
        if moment is None or not _EARLIEST <= moment < _LATEST:
            return  # in another unit: the field checks have a word for it
        age = now - moment
        if age < -stale_data.GRACE:
            self._ahead.note(-age)
            return  # whatever comes after it would look late
        if moment < under.newest:
            self._back.note(under.newest - moment)
        else:
            under.newest = moment
        if age > stale_data.GRACE:
            self._old.note(age)

    def _look_at_wish(self, row: dict[str, Any], under: Under) -> None:
        for carrier, value in under.equal:
            found = row.get(carrier, value)
            if found != value:
                self._note(carrier, f"{show(value)} as asked for", found, Severity.ERROR)
        for carrier, least in under.least:
            found = row.get(carrier)
            if isinstance(found, int | float) and found < least:
                # No document says what the bound is counted in, or that it is kept.
                self._note(carrier, f"at least {least:g} as asked for", found, Severity.WARNING)

    def _note(self, carrier: str, expected: str, found: Any, severity: Severity) -> None:
        misfit = self._misfits.get(carrier)
        if misfit is None:
            misfit = self._misfits[carrier] = _Misfit(expected, show(found), severity)
        misfit.count += 1

    def findings(self, heard: Heard) -> Iterator[Finding]:
        """Say what was wrong, each sort once with its number of rows."""
        place = f"{heard.operation.data_field}[]"
        for carrier, misfit in self._misfits.items():
            told = f"{place}.{carrier}: expected {misfit.expected}, found {misfit.found}"
            remedy = "Drop rows that were not asked for, and tell the provider."
            yield heard.finding(field_type.RULE, told + in_rows(misfit.count), misfit.severity, remedy)
        if self._ahead.count:
            told = f"{place}.{self._shape.time}: expected a moment that has been, found one "
            told += f"{span(self._ahead.worst)} ahead{in_rows(self._ahead.count)}"
            remedy = "Set this machine's clock; if it is right, tell the provider."
            yield heard.finding(field_type.RULE, told, Severity.ERROR, remedy)
        if self._back.count:
            told = f"{self._of_all(self._back.count)} older than one before; "
            told += f"the largest step back is {_short(self._back.worst)}"
            yield heard.finding(series_order.RULE, told, Severity.WARNING)
        if self._again:
            told = f"{self._of_all(self._again)} the same as one of an earlier message"
            yield heard.finding(series_order.RULE, told, Severity.WARNING)
        if self._old.count:
            told = f"{self._of_all(self._old.count)} more than {span(stale_data.GRACE)} old on arrival, "
            told += f"the oldest {span(self._old.worst)}"
            most = 2 * self._old.count > self.count
            yield heard.finding(stale_data.RULE, told, Severity.ERROR if most else Severity.WARNING)

    def _of_all(self, count: int) -> str:
        return f"{count} of {self.count} rows {'is' if count == 1 else 'are'}"


def _print(row: dict[str, Any]) -> int:
    """The hash and not the row, which may be of any length; the order of fields does not matter."""
    try:
        return hash(frozenset(row.items()))
    except TypeError:
        return hash(repr(row))  # a list or an object in it


def _short(seconds: float) -> str:
    return (
        f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s" if seconds < 120 else span(seconds)
    )
