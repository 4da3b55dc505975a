"""series-order: times out of order, given twice, or off the grid."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from audit.checks.moments import span, when
from audit.checks.rule import Rule
from audit.checks.seen import Seen
from audit.model import Finding, Severity
from audit.spec.widths import seconds

RULE = Rule(
    id="series-order",
    severity=Severity.ERROR,
    summary="Times are not in the promised order, repeat, or stand off the interval's grid.",
    why="`data[-1]` is taken for the newest row everywhere; a repeated bucket counts twice in every sum.",
    example="a 1h series whose rows stand at 10:00, 10:00 and 11:30.",
    remedy="Sort and de-duplicate by time before computing, and report it to the provider.",
)


def check(seen: Seen) -> Iterator[Finding]:
    """Report the first fault of each sort in each series."""
    series = seen.operation.series
    if series is None:
        return
    step = step_seconds(seen)
    for column in seen.columns:
        moments = column.moments
        for message in (
            _unordered(moments, series.order),
            None if series.repeats else _repeated(moments),
            _off_grid(moments, step),
        ):
            if message:
                yield RULE.finding(message, operation=seen.operation.id, evidence=seen.request)


def step_seconds(seen: Seen) -> int | None:
    """Return the width of one bucket in seconds, None for events."""
    series = seen.operation.series
    if series is None or series.step is None:
        return None
    width = seen.observation.interval if series.step == "interval" else series.step
    return seconds(width) if width else None


def _unordered(moments: tuple[float, ...], order: str) -> str | None:
    if order == "any":
        return None
    sign = -1 if order == "descending" else 1
    for row, (earlier, later) in enumerate(pairwise(moments), start=1):
        if (later - earlier) * sign < 0:
            return f"times are not {order}: row {row} is {when(later)}, row {row - 1} is {when(earlier)}"
    return None


def _repeated(moments: tuple[float, ...]) -> str | None:
    seen: set[float] = set()
    for row, moment in enumerate(moments):
        if moment in seen:
            return f"the time {when(moment)} is given twice, again in row {row}"
        seen.add(moment)
    return None


def _off_grid(moments: tuple[float, ...], step: int | None) -> str | None:
    """Rows must lie whole steps apart; where the grid itself is anchored is not promised."""
    if step is None or len(moments) < 2:
        return None
    anchor = moments[0]
    for row, moment in enumerate(moments):
        rest = (moment - anchor) % step
        if min(rest, step - rest) > 0.001:
            return (
                f"row {row} at {when(moment)} is off the grid: "
                f"{span(abs(moment - anchor))} from row 0 is no multiple of {span(step)}"
            )
    return None
