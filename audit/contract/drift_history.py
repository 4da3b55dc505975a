"""What moved in how far a series reaches: fewer rows, rows missing inside, rows later than now. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.drift import Move
from audit.checks.moments import span
from audit.checks.stale_data import GRACE
from audit.contract.drift_sides import Answer
from audit.model import Severity, Verdict
from audit.spec.operations import Operation

# The bucket at either end may be open or just leaving the window.
_ENDS = 2
# How many rows may fail to come, and how long a market may be closed, before a series counts as stopped.
_LATE = 20
_CLOSED = 5 * 86_400


def history(operation: Operation, before: Answer, now: Answer) -> Iterator[Move]:
    """Compare two answers to the same request for a series."""
    old, new = before.observation, now.observation
    series = operation.series
    if series is None or not old.verdict is new.verdict is Verdict.AVAILABLE:
        return
    limit = operation.parameter("limit")
    alike = limit is None or old.params.get(limit.name) == new.params.get(limit.name)
    if series.step and alike and not series.gaps and (new.rows or 0) + _ENDS < (old.rows or 0):
        told = f"history is shorter: {new.rows} rows, {old.rows} came before"
        yield Move(told, Severity.WARNING, before.told, now.told, operation.id)
    if now.gaps and not before.gaps:
        told = "rows are missing inside the series, none were before"
        yield Move(told, Severity.WARNING, before.told, now.told, operation.id)
    if now.ahead is None or before.ahead is None:
        return
    late = before.ahead - now.ahead
    if before.spacing is not None and late > max(_LATE * before.spacing, _CLOSED if series.gaps else GRACE):
        told = f"the newest row is {span(-now.ahead)} old, was {span(max(0.0, -before.ahead))} old"
        yield Move(told, Severity.WARNING, before.told, now.told, operation.id)
    if before.ahead <= GRACE < now.ahead:
        told = f"the newest row lies {span(now.ahead)} in the future"
        yield Move(told, Severity.ERROR, before.told, now.told, operation.id)
