"""The moments of a series in a body, in seconds, whatever unit they came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from audit.spec.operations import Operation
from audit.spec.paths import columns_at, steps

_PER_SECOND = {"s": 1, "ms": 1_000, "ns": 1_000_000_000}


@dataclass(frozen=True)
class Column:
    """The moments of one series, in epoch seconds, in the order they came."""

    moments: tuple[float, ...]


def columns(operation: Operation, body: Any) -> tuple[Column, ...]:
    """Return each series of a body; moments that cannot be read are left to the field checks."""
    if operation.series is None:
        return ()
    unit = time_unit(operation, operation.series.times)
    found = []
    for values in columns_at(body, operation.series.times):
        read = [moment for value in values if (moment := moment_of(value, unit)) is not None]
        found.append(Column(tuple(read)))
    return tuple(found)


def time_unit(operation: Operation, times: str) -> str:
    """Return the documented unit of the moments at ``times``: s, ms, ns, or date for a day as text."""
    schema: Any = operation.schema
    for step in steps(times):
        if step is None:
            schema = schema.get("items", {})
        elif isinstance(step, int):
            schema = (schema.get("prefixItems") or [{}])[step]
        else:
            schema = schema.get("properties", {}).get(step, {})
    return str(schema.get("x-time") or ("date" if schema.get("type") == "string" else "ms"))


def moment_of(value: Any, unit: str) -> float | None:
    """Return a moment in epoch seconds, None where it cannot be read."""
    if isinstance(value, str) and unit == "date":
        for form in ("%Y-%m-%d", "%Y/%m/%d"):
            try:
                return datetime.strptime(value, form).replace(tzinfo=UTC).timestamp()
            except ValueError:
                continue
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        moment = value / _PER_SECOND.get(unit, 1_000)
    except OverflowError:
        return None
    return moment if isfinite(moment) else None


def when(moment: float) -> str:
    """A moment as ISO 8601 in UTC, or the bare number where no calendar reaches it."""
    try:
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        return f"{moment:g} s"


def span(seconds: float) -> str:
    """A length of time for people: 90 s, 45 min, 26 h, 12 d."""
    for limit, unit, size in ((120, "s", 1), (7200, "min", 60), (172_800, "h", 3600)):
        if seconds < limit:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} d"
