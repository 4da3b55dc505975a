"""The cheapest plan that serves everything a program uses, and what cheaper ones would take. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.model import Advice, Alternative, Because
from audit.spec.catalog import Spec
from audit.spec.operations import Operation, StandIns
from audit.spec.plans import Plan
from audit.spec.widths import is_width, seconds

if TYPE_CHECKING:
    from audit.spec.channels import Channel


@dataclass(frozen=True)
class Need:
    """One operation or channel used at one place, with the interval where it is known."""

    operation: Operation | Channel
    interval: str | None
    file: str
    line: int


def needed(spec: Spec, name: str) -> Operation | Channel:
    """Return an operation, or a channel where none is called so; raises UsageError with the right names."""
    if name not in spec.operations and spec.stream is not None:
        return spec.stream.channel(name)
    return spec.operation(name)


def _floors(one: Operation | Channel) -> Mapping[str, str | None]:
    """Return the finest interval on each plan; a channel has none."""
    return one.floors if isinstance(one, Operation) else {}


def _instead(one: Operation | Channel) -> StandIns | None:
    return one.stand_ins if isinstance(one, Operation) else None


def cheapest(spec: Spec, need: Need) -> str:
    """Return the cheapest plan that may call the operation on the interval."""
    for plan in spec.ladder.plans:
        if need.operation.allowed(spec.ladder, plan.name) and not _too_fine(need, plan):
            return plan.name
    return spec.ladder.names[-1]


def _too_fine(need: Need, plan: Plan) -> bool:
    floor = _floors(need.operation).get(plan.name)
    wanted = need.interval if need.interval and is_width(need.interval) else None
    return floor is not None and wanted is not None and seconds(wanted) < seconds(floor)


def advise(spec: Spec, needs: Iterable[Need]) -> Advice | None:
    """Return the cheapest plan that serves all needs, with the ones that force it; None without needs."""
    plans = [(spec.ladder.get(cheapest(spec, need)), need) for need in needs]
    if not plans:
        return None
    top = max((plan for plan, _ in plans), key=lambda plan: plan.rank)
    if top.rank == 0:
        return Advice(minimum_plan=top.name)
    forcing = sorted(
        {(need.operation.id, need.file, need.line) for plan, need in plans if plan.rank == top.rank}
    )
    return Advice(
        minimum_plan=top.name,
        because=tuple(
            Because(operation=operation, file=file, line=line, plan=top.name)
            for operation, file, line in forcing
        ),
        alternatives=_alternatives(spec, top, plans),
    )


def _alternatives(spec: Spec, top: Plan, plans: Sequence[tuple[Plan, Need]]) -> tuple[Alternative, ...]:
    """What each cheaper plan would take; one that saves nothing over the next, and one that leaves
    nothing of the program, are left out."""
    found: list[Alternative] = []
    used = {need.operation.id for _, need in plans}
    for plan in spec.ladder.plans[: top.rank]:
        needs = [need for least, need in plans if least.rank > plan.rank]
        one = _alternative(spec, plan, needs)
        same = {"plan": plan.name}
        if found and found[-1].model_copy(update=same) == one:
            continue
        if one.stand_ins or used > set(one.without):
            found.append(one)
    return tuple(reversed(found))


def _alternative(spec: Spec, plan: Plan, needs: Sequence[Need]) -> Alternative:
    operations = {need.operation.id: need.operation for need in needs}
    refused = sorted(name for name in operations if not operations[name].allowed(spec.ladder, plan.name))
    stand_ins, lacks = {}, {}
    for name in refused:
        instead = _instead(operations[name])
        opened = tuple(
            other
            for other in (instead.operations if instead else ())
            if other in spec.operations and spec.operations[other].allowed(spec.ladder, plan.name)
        )
        if instead and opened:
            stand_ins[name], lacks[name] = opened, instead.lack
    wider = {
        name: _floors(operations[name]).get(plan.name) for name in sorted(operations.keys() - set(refused))
    }
    return Alternative(
        plan=plan.name,
        without=tuple(refused),
        stand_ins=stand_ins,
        lacks=lacks,
        wider={name: floor for name, floor in wider.items() if floor},
    )
