"""The cheapest plan that serves everything a program uses, and what forces it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from audit.model import Advice, Because
from audit.spec.catalog import Spec
from audit.spec.operations import Operation
from audit.spec.widths import is_width, seconds


@dataclass(frozen=True)
class Need:
    """One operation used at one place, with the interval where it is known."""

    operation: Operation
    interval: str | None
    file: str
    line: int


def cheapest(spec: Spec, need: Need) -> str:
    """Return the cheapest plan that may call the operation on the interval."""
    for plan in spec.ladder.plans:
        if not need.operation.allowed(spec.ladder, plan.name):
            continue
        floor = need.operation.floors.get(plan.name)
        wanted = need.interval if need.interval and is_width(need.interval) else None
        if floor is None or wanted is None or seconds(wanted) >= seconds(floor):
            return plan.name
    return spec.ladder.names[-1]


def advise(spec: Spec, needs: Iterable[Need]) -> Advice | None:
    """Return the cheapest plan that serves all needs, with the ones that force it; None without needs."""
    plans = [(spec.ladder.get(cheapest(spec, need)), need) for need in needs]
    if not plans:
        return None
    top = max((plan for plan, _ in plans), key=lambda plan: plan.rank)
    forcing = sorted(
        {(need.operation.id, need.file, need.line) for plan, need in plans if plan.rank == top.rank}
    )
    because = (
        ()
        if top.rank == 0
        else tuple(Because(operation=operation, file=file, line=line) for operation, file, line in forcing)
    )
    return Advice(minimum_plan=top.name, because=because)
