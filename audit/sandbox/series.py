"""Which moments an answer holds: the grid of a series, or the times at which events happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from audit.sandbox.clock import DAY, is_weekend
from audit.sandbox.values import Moments, mix
from audit.spec.expectations import reach
from audit.spec.operations import Operation, Parameter, Role
from audit.spec.plans import Ladder
from audit.spec.widths import is_width, seconds

DEFAULT_ROWS = 100  # where neither the request nor the description gives a number
MAX_ROWS = 5000
_FURTHEST_ROW = 200_000  # no page reaches further back
# Nothing is older than this, as nothing was listed before.
ORIGIN = 1_356_998_400  # 2013-01-01
_STEADY = (1, 5, 10, 60, 300, 900, 1800, 3600, 14400, 43200, 86400)


def moments(
    operation: Operation, ladder: Ladder, plan: str, values: Mapping[str, str], now: float, key: int
) -> Moments:
    """Return the moments of a series as a request asks for them; empty for an answer that is none.

    ``values`` holds checked parameters by name, ``now`` is in epoch seconds, ``key`` stirs the times
    of events. Rows from before the promised history, the start asked for, or 2013 are left out.
    """
    series = operation.series
    if series is None:
        return Moments()
    step = series.step
    if step == "interval":
        step = interval_of(operation, values) or "1d"
    low, high = _range(operation, ladder, plan, values, now, step)
    if step is not None:
        rows = _grid(seconds(step), high, series.gaps)
    elif series.order == "ascending" and not series.repeats:
        rows = _steady(operation, values, high, now, series.gaps)
    else:
        rows = _events(operation, high, key)
    return _take(rows, low, _count(operation, values), _page(operation, values), series.order)


def wanted_rows(operation: Operation, values: Mapping[str, str]) -> int | None:
    """Return the limit that a request gives or the description presumes, or None.

    Where a request leaves it open and nothing is presumed, there are as many rows as there may be.
    """
    parameter = operation.parameter("limit")
    if parameter is None:
        return None
    most = parameter.schema.get("maximum")
    given = values.get(parameter.name) or parameter.schema.get("default", most)
    return None if given is None else min(int(given), int(MAX_ROWS if most is None else most))


def interval_of(operation: Operation, values: Mapping[str, str]) -> str | None:
    """Return the interval asked for, or the one presumed; None where the operation has none."""
    parameter = operation.parameter("interval")
    if parameter is None:
        return None
    given = values.get(parameter.name) or parameter.schema.get("default") or parameter.example
    return str(given) if given else (operation.intervals[-1] if operation.intervals else None)


def _range(
    operation: Operation, ladder: Ladder, plan: str, values: Mapping[str, str], now: float, step: str | None
) -> tuple[float, float]:
    start, end = _moment(operation, values, "start"), _moment(operation, values, "end")
    # The empty text is no interval of any table, so only a promise for all of them holds then.
    promised = reach(operation, ladder, plan, interval_of(operation, values) or step or "")
    low = min(ORIGIN, now - 5 * 365 * DAY) if promised is None else now - promised
    return (low if start is None else max(low, start)), (now if end is None else min(now, end))


def _moment(operation: Operation, values: Mapping[str, str], role: Role) -> float | None:
    parameter = operation.parameter(role)
    given = values.get(parameter.name) if parameter else None
    if parameter is None or not given:
        return None
    return int(given) / (1 if parameter.time == "s" else 1000)


def _count(operation: Operation, values: Mapping[str, str]) -> int:
    wanted = wanted_rows(operation, values)
    if wanted is not None:
        return wanted
    bounded = _moment(operation, values, "start") is not None
    return 1000 if bounded else DEFAULT_ROWS


def _page(operation: Operation, values: Mapping[str, str]) -> int:
    parameter = operation.parameter("page")
    given = values.get(parameter.name) if parameter else None
    return max(1, int(given)) if given else 1


def _grid(width: int, high: float, gaps: bool) -> Iterator[tuple[int, int]]:
    """Yield bucket numbers and times, newest first; with gaps, weekends are missing."""
    bucket = int(high // width)
    while True:
        if not (gaps and is_weekend(bucket * width)):
            yield bucket, bucket * width
        bucket -= 1


def _steady(
    operation: Operation, values: Mapping[str, str], high: float, now: float, gaps: bool
) -> Iterator[tuple[int, int]]:
    """Yield moments at a step that nobody promised, newest first, the newest as fresh as promised."""
    width = _spacing(operation, values)
    updates = operation.updates
    if updates is not None and high >= now and not gaps:
        # The last point of a chart moves with the clock until its bucket is over.
        fresh = int(now // max(updates, 1)) * max(updates, 1)
        if fresh > int(high // width) * width:
            yield int(high // width) + 1, fresh
    yield from _grid(width, high, gaps)


def _spacing(operation: Operation, values: Mapping[str, str]) -> int:
    span = _span(operation, values)
    fresh = operation.series.fresh if operation.series else None
    wanted = span / DEFAULT_ROWS if span else (fresh or 2 * (operation.updates or 300)) / 2
    if fresh:
        wanted = min(wanted, fresh / 2)
    return max((width for width in _STEADY if width <= wanted), default=1)


def _span(operation: Operation, values: Mapping[str, str]) -> int | None:
    """Return the seconds a chart is asked to reach back, where a parameter offers spans."""
    for parameter in operation.parameters:
        if parameter.role is None and any(is_width(choice) for choice in _offers(parameter)):
            given = values.get(parameter.name) or parameter.example
            if given:
                return seconds(given) if is_width(given) else DEFAULT_ROWS * DAY
    return None


def _offers(parameter: Parameter) -> tuple[str, ...]:
    return parameter.choices or ((parameter.example,) if parameter.example else ())


def _events(operation: Operation, high: float, key: int) -> Iterator[tuple[int, int]]:
    """Yield one moment in each slot of time, newest first."""
    fresh = operation.series.fresh if operation.series else None
    slot = max(1, min(300, (fresh or 600) // 2))
    number = int(high // slot)
    while True:
        time = number * slot + mix(number ^ key) % slot
        if time <= high:
            yield number, time
        number -= 1


def _take(rows: Iterator[tuple[int, int]], low: float, count: int, page: int, order: str) -> Moments:
    """Keep one page of the rows that are not too old, and one more to know what came before."""
    kept: list[tuple[int, int]] = []
    skip = (page - 1) * count
    if skip > _FURTHEST_ROW:
        return Moments()
    for place, (number, time) in enumerate(rows):
        if time < low or place >= skip + count:
            before = number
            break
        if place >= skip:
            kept.append((number, time))
    if order != "descending":
        kept.reverse()
    ids = [number for number, _ in kept]
    previous = [before, *ids[:-1]] if order != "descending" else [*ids[1:], before]
    return Moments(ids, previous[: len(ids)], [time for _, time in kept])
