"""The intervals of each family of operations as a ladder: promised on each plan, and seen. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from audit.model import IntervalFloor, Observation, Promise, Run, Verdict
from audit.report.summary import Kept, group_floors
from audit.report.words import OPEN

_WIDTH = re.compile(r"(\d{1,6})([smhdwM])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_592_000}


@dataclass(frozen=True)
class Rung:
    """One interval: whether the audited plan promises it, and what was seen; None is not known."""

    interval: str
    promised: bool | None
    seen: bool | None


@dataclass(frozen=True)
class Step:
    """One plan's promise: how many of the rungs it opens, counted from the widest."""

    plan: str
    audited: bool
    open: int


@dataclass(frozen=True)
class Ladder:
    """A family: its rungs from finest to widest, the steps of all plans, and what the search found."""

    floor: IntervalFloor
    rungs: tuple[Rung, ...]
    steps: tuple[Step, ...]
    kept: Kept


def ladders(run: Run, plan: str | None) -> tuple[Ladder, ...]:
    """Return a ladder for each family that was searched; broken promises first."""
    promises = {promise.operation: promise for promise in run.promises}
    seen: dict[str, list[Observation]] = {}
    for row in run.observations:
        if row.interval:
            seen.setdefault(row.operation, []).append(row)
    built = [
        _ladder(floor, promises.get(floor.operation), seen.get(floor.operation, []), plan)
        for floor in run.interval_floors
    ]
    order = (Kept.NO, Kept.UNKNOWN, Kept.YES)
    return tuple(sorted(built, key=lambda one: order.index(one.kept)))


def _ladder(
    floor: IntervalFloor, promise: Promise | None, rows: list[Observation], plan: str | None
) -> Ladder:
    names = _names(floor, promise, rows)
    plans = promise.interval_floor if promise else {}
    start = names.index(floor.promised) if floor.promised else None
    verdicts = {row.interval: row.verdict for row in rows if row.attempts}
    rungs = tuple(
        Rung(
            interval=name,
            promised=index >= start if start is not None else None,
            seen=_answered(verdicts.get(name)),
        )
        for index, name in enumerate(names)
    )
    steps = tuple(Step(name, name == plan, _open(promise, name, names)) for name in plans)
    return Ladder(floor, rungs, steps, group_floors((floor,))[0].kept)


def _names(floor: IntervalFloor, promise: Promise | None, rows: list[Observation]) -> list[str]:
    """Return every interval that is spoken of, finest first."""
    if promise and promise.intervals:
        named = set(promise.intervals)
    else:
        named = {row.interval for row in rows if row.interval}
        named |= {name for name in (promise.interval_floor.values() if promise else ()) if name}
    named |= {name for name in (floor.promised, floor.observed) if name}
    return sorted(named, key=lambda name: (_seconds(name), name))


def _seconds(interval: str) -> float:
    match = _WIDTH.fullmatch(interval)
    return int(match[1]) * _SECONDS[match[2]] if match else float("inf")


def _answered(verdict: Verdict | None) -> bool | None:
    if verdict in OPEN:
        return True
    return False if verdict is Verdict.INTERVAL_GATED else None


def _open(promise: Promise | None, plan: str, names: list[str]) -> int:
    """Without a floor a plan that opens the operation opens every rung."""
    if promise is None or not promise.plans.get(plan):
        return 0
    floor = promise.interval_floor.get(plan)
    return len(names) - (names.index(floor) if floor in names else 0)
