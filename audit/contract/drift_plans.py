"""What moved in who may ask what, how fine and how fast: operations, plans, interval floors, limits. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.drift import Move, SetFloor, SetPlan
from audit.contract.drift_sides import PASSING, Answer, Side
from audit.model import Promise, Severity, Verdict
from audit.spec.catalog import Spec
from audit.spec.operations import Operation
from audit.spec.selecting import find
from audit.spec.widths import seconds

OPEN = (Verdict.AVAILABLE, Verdict.EMPTY)
_CLOSED = (*PASSING, Verdict.UNAUTHORIZED, Verdict.SERVER_ERROR)


def operations(before: Side, now: Side) -> Iterator[Move]:
    """Report operations that only one side knows, or that the API no longer (or only now) finds."""
    for name in sorted(before.operations - now.operations - now.unknown):
        told = "was recorded before and is not there now"
        yield Move(told, Severity.WARNING, before.label, f"nothing in {now.label}", name)
    for name in sorted(now.operations - before.operations - before.unknown):
        told = "is there now and was not recorded before"
        yield Move(told, Severity.NOTE, f"nothing in {before.label}", now.label, name)


def verdicts(spec: Spec, before: Answer, now: Answer, plan: str | None) -> Iterator[Move]:
    """Report what one request was answered with before and is not now; intervals are `floors`' business."""
    old, new = before.observation.verdict, now.observation.verdict
    operation = find(spec, now.observation.operation)
    if old is new or new in PASSING or old in PASSING:
        return
    interval_moved = Verdict.INTERVAL_GATED in (old, new) and (old in OPEN or new in OPEN)
    if interval_moved or operation is None:
        return
    sides = (before.told, now.told, operation.id)
    if old in OPEN and new in OPEN:
        if new is Verdict.EMPTY and not (isinstance(operation, Operation) and operation.may_be_empty):
            yield Move("has no rows where it had some", Severity.ERROR, *sides)
    elif old in OPEN and new is Verdict.PLAN_GATED:
        edit = _dearer(spec, operation, plan) if isinstance(operation, Operation) else None
        yield Move(f"is no longer open on {plan or 'the plan'}", Severity.ERROR, *sides, edit=edit)
    elif new in OPEN and old is Verdict.PLAN_GATED:
        edit = _cheaper(spec, operation, plan) if isinstance(operation, Operation) else None
        yield Move(f"is open on {plan or 'the plan'} now", Severity.WARNING, *sides, edit=edit)
    elif old in OPEN:
        told = "has vanished" if new is Verdict.NOT_FOUND else f"was answered, is {new} now"
        yield Move(told, Severity.WARNING if new is Verdict.SERVER_ERROR else Severity.ERROR, *sides)
    elif new in OPEN:
        told = "has appeared" if old is Verdict.NOT_FOUND else f"was {old}, is answered now"
        yield Move(told, Severity.NOTE, *sides)
    else:
        yield Move(f"was refused as {old}, is {new} now", Severity.ERROR, *sides)


def floors(spec: Spec, operation: str, before: Side, now: Side) -> Iterator[Move]:
    """Report that an operation's finest interval has moved, even where other intervals were asked.

    What is gated at one width is so at every finer one.
    """
    described = spec.operations.get(operation)
    old, new = _by_interval(before, operation), _by_interval(now, operation)
    was, begins, gated, gated_before = _finest(old), _finest(new), _coarsest(new), _coarsest(old)
    if described is None:
        return
    if was and gated and seconds(gated) >= seconds(was):
        told, weight, places = f"interval {gated} is gated now", Severity.ERROR, (was, gated)
    elif begins and gated_before and seconds(gated_before) >= seconds(begins):
        told, weight, places = f"interval {begins} is answered now", Severity.WARNING, (gated_before, begins)
    else:
        return
    yield Move(
        f"{told}; the finest answered was {was or 'none'}, is {begins or 'none of those asked'}",
        weight,
        before.answers[operation, places[0]].told,
        now.answers[operation, places[1]].told,
        operation,
        edit=_floor(described, now.plan, begins),
    )


def limits(before: Side, now: Side) -> Iterator[Move]:
    """Report another limit on requests: the one of most answers, then answers that differ from theirs."""
    # A Run file need not have it, and has no answer's own.
    runs = [side for side in (before, now) if not any(answer.shape for answer in side.answers.values())]
    if before.limit != now.limit and all(side.limit for side in runs):
        yield _limit(before.limit, now.limit, None, before.label, now.label)
    if runs:
        return
    told = {(before.limit, now.limit)}
    for place in sorted(before.answers.keys() & now.answers.keys(), key=str):
        old, new = before.answers[place], now.answers[place]
        if old.limit != new.limit and (old.limit, new.limit) not in told:
            told.add((old.limit, new.limit))
            yield _limit(old.limit, new.limit, place[0], old.told, new.told)


def promises(spec: Spec, before: Side, now: Side) -> Iterator[Move]:
    """Report what the descriptions of two Run files promise differently."""
    if not before.promises or not now.promises:
        return
    for name in sorted(before.promises.keys() ^ now.promises.keys()):
        gone = name in before.promises
        told = "is no longer described" if gone else "is described now"
        sides = (before.label, f"nothing in {now.label}") if gone else ("nothing", now.label)
        yield Move(told, Severity.WARNING if gone else Severity.NOTE, *sides, name)
    for name in sorted(before.promises.keys() & now.promises.keys()):
        yield from _promised(spec, before.promises[name], now.promises[name])


def _promised(spec: Spec, old: Promise, new: Promise) -> Iterator[Move]:
    cheapest = [next((plan for plan, opened in one.plans.items() if opened), "none") for one in (old, new)]
    if cheapest[0] != cheapest[1]:
        names = [*spec.ladder.names, "none"]
        narrowed = _rank(names, cheapest[1]) > _rank(names, cheapest[0])
        told = f"is promised from {cheapest[1]} on, was from {cheapest[0]} on"
        weight = Severity.ERROR if narrowed else Severity.NOTE
        yield Move(told, weight, f"from {cheapest[0]}", f"from {cheapest[1]}", new.operation)
    for plan in sorted(old.interval_floor.keys() & new.interval_floor.keys()):
        was, floor = old.interval_floor[plan], new.interval_floor[plan]
        if was != floor:
            narrowed = (seconds(floor) if floor else 0) > (seconds(was) if was else 0)
            told = f"promises intervals from {floor or 'any width'} on {plan}, did from {was or 'any width'}"
            weight = Severity.ERROR if narrowed else Severity.NOTE
            yield Move(told, weight, str(was), str(floor), new.operation)


def _rank(names: list[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def _limit(old: str | None, new: str | None, operation: str | None, *sides: str) -> Move:
    if new is None:
        told, weight = f"the limit on requests, {old}, is no longer told", Severity.WARNING
    else:
        known = old is not None and old.isdecimal() and new.isdecimal()
        more = known and int(new) > int(old or 0)
        told = f"the limit on requests is {new}, was {old or 'not told'}"
        weight = Severity.NOTE if more or old is None else Severity.WARNING
    return Move(told, weight, f"{old} in {sides[0]}", f"{new} in {sides[1]}", operation)


def _dearer(spec: Spec, operation: Operation, plan: str | None) -> SetPlan | None:
    """The next dearer plan is the cheapest that may still open it, unless that is what is described."""
    names = spec.ladder.names
    if plan not in names or plan == names[-1]:
        return None
    wanted = names[names.index(plan) + 1]
    narrower = names.index(wanted) > names.index(operation.min_plan)
    return SetPlan(operation.id, wanted, narrowed=True) if narrower else None


def _cheaper(spec: Spec, operation: Operation, plan: str | None) -> SetPlan | None:
    names = spec.ladder.names
    wider = plan in names and names.index(plan) < names.index(operation.min_plan)
    return SetPlan(operation.id, plan, narrowed=False) if plan and wider else None


def _by_interval(side: Side, operation: str) -> dict[str, bool]:
    """Whether each interval that was asked was answered; other verdicts say nothing about it."""
    return {
        width: answer.observation.verdict in OPEN
        for (name, width), answer in side.answers.items()
        if name == operation
        and width is not None
        and (answer.observation.verdict in OPEN or answer.observation.verdict is Verdict.INTERVAL_GATED)
    }


def _finest(answered: dict[str, bool]) -> str | None:
    return min((width for width, opened in answered.items() if opened), key=seconds, default=None)


def _coarsest(answered: dict[str, bool]) -> str | None:
    """The widest interval that is gated."""
    return max((width for width, opened in answered.items() if not opened), key=seconds, default=None)


def _floor(operation: Operation, plan: str | None, begins: str | None) -> SetFloor | None:
    """The floor that the description lacks; None where it has it, or where nothing was answered."""
    if plan is None or plan not in operation.floors or begins is None:
        return None
    floor = None if begins == operation.intervals[0] else begins
    return None if floor == operation.floors[plan] else SetFloor(operation.id, plan, floor)
