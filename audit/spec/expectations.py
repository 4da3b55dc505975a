"""What the description expects an operation to answer on a plan and an interval. Pure."""

from __future__ import annotations

from audit.model import Verdict
from audit.spec.operations import Operation
from audit.spec.plans import Ladder
from audit.spec.widths import seconds


def expect(operation: Operation, ladder: Ladder, plan: str, interval: str | None = None) -> Verdict:
    """Return the promised verdict of a well-formed request."""
    if not operation.allowed(ladder, plan):
        return Verdict.PLAN_GATED
    floor = operation.floors.get(plan)
    if floor and interval and seconds(interval) < seconds(floor):
        return Verdict.INTERVAL_GATED
    return Verdict.AVAILABLE


def reach(operation: Operation, ladder: Ladder, plan: str, interval: str | None) -> int | None:
    """Return how many seconds of history are promised, or None where nothing (or all) is."""
    if operation.history is None or interval is None:
        return None
    table = ladder.get(plan).history if operation.history == "plan" else operation.history
    if table is None:
        return None
    return table.get(interval, table.get("all"))


def usual_interval(operation: Operation, plan: str, wish: str | None = None) -> str | None:
    """Return the interval of an ordinary request: the example, or the plan's floor if that is wider.

    ``wish`` stands for the example where the operation knows that interval.
    """
    parameter = operation.parameter("interval")
    if parameter is None:
        return None
    wanted = parameter.example or (operation.intervals[-1] if operation.intervals else None)
    if wish in operation.intervals:
        wanted = wish
    floor = operation.floors.get(plan)
    if wanted and floor and seconds(wanted) < seconds(floor):
        return floor
    return wanted
