"""Claims about plans: who may call what, how often, how fine, how far back, and how fresh it is."""

from __future__ import annotations

import re

from audit.checks.grounds import SERVED, Grounds, answer, confirmed, contradicted, either, silent
from audit.model import Against, Verdict
from audit.spec.expectations import expect
from audit.spec.operations import Operation
from audit.spec.statements import (
    CheapestPlan,
    Floor,
    History,
    Interval,
    Limit,
    Plan,
    PlanName,
    Updates,
    Width,
)
from audit.spec.widths import is_width, seconds


def plan(claim: Plan, grounds: Grounds) -> Against:
    """Whether the ladder opens the operation on the plan."""
    operation = grounds.spec.operation(claim.operation)
    opens = operation.allowed(grounds.spec.ladder, claim.plan)
    return either(opens is claim.opens, _promised(operation))


def plan_seen(claim: Plan, grounds: Grounds) -> Against:
    """What the operation answered to a key of that plan."""
    if not _is_of(claim.plan, grounds):
        return silent(_other_plan(grounds, claim.plan))
    for row in grounds.seen(claim.operation):
        if row.verdict in (*SERVED, Verdict.INTERVAL_GATED, Verdict.PLAN_GATED):
            opened = row.verdict is not Verdict.PLAN_GATED
            return either(opened is claim.opens, answer(row))
    return silent(f"{claim.operation} gave no answer that tells")


def cheapest_plan(claim: CheapestPlan, grounds: Grounds) -> Against:
    """Whether the operation begins at exactly this plan."""
    operation = grounds.spec.operation(claim.operation)
    wanted = grounds.spec.ladder.get(claim.plan).name
    return either(operation.min_plan == wanted, _promised(operation))


def cheapest_plan_seen(claim: CheapestPlan, grounds: Grounds) -> Against:
    """A key of one plan can contradict: served below, or refused from there on. It cannot confirm."""
    if grounds.plan is None:
        return silent("no plan is known of the key")
    ladder = grounds.spec.ladder
    above = ladder.get(grounds.plan).rank >= ladder.get(claim.plan).rank
    for row in grounds.seen(claim.operation):
        if row.verdict in SERVED and not above:
            return contradicted(f"on {grounds.plan}: {answer(row)}")
        if row.verdict is Verdict.PLAN_GATED and above:
            return contradicted(f"on {grounds.plan}: {answer(row)}")
    return silent(f"one key, of {grounds.plan}, does not tell where the other plans begin")


def plan_name(claim: PlanName, grounds: Grounds) -> Against:
    """Whether the ladder has a plan of this name."""
    return either(_named(claim.plan, grounds), f"the plans are {', '.join(grounds.spec.ladder.names)}")


def limit(claim: Limit, grounds: Grounds) -> Against:
    """Whether the plan has this rate."""
    ladder = grounds.spec.ladder
    rates = {row.name: row.requests_per_minute for row in ladder.plans}
    if not _named(claim.plan, grounds):
        told = ", ".join(f"{name} {rate}" for name, rate in rates.items() if rate is not None)
        return contradicted(f"no plan is called {claim.plan}; requests a minute are {told}")
    rate = rates[ladder.get(claim.plan).name]
    if rate is None:
        return silent(f"no rate is published for {claim.plan}")
    return either(rate == claim.per_minute, f"{claim.plan} promises {rate} requests a minute")


def limit_seen(claim: Limit, grounds: Grounds) -> Against:
    """What the answers state as the limit of a key of that plan."""
    stated = grounds.run.plan.requests_per_minute if grounds.run else None
    if not _is_of(claim.plan, grounds):
        return silent(_other_plan(grounds, claim.plan))
    if stated is None:
        return silent("no answer stated a limit")
    return either(stated == claim.per_minute, f"the answers state {stated} requests a minute")


def floor(claim: Floor, grounds: Grounds) -> Against:
    """Whether the plan begins at this interval."""
    found = grounds.spec.ladder.get(claim.plan).interval_floor
    return either(found == claim.floor, f"{claim.plan} begins at {found or 'any interval'}")


def floor_seen(claim: Floor, grounds: Grounds) -> Against:
    """Where families of operations began to answer, as far as that was settled."""
    if not _is_of(claim.plan, grounds):
        return silent(_other_plan(grounds, claim.plan))
    # A family that promises another floor of its own says nothing about that of the plan.
    promised = grounds.spec.ladder.get(claim.plan).interval_floor
    rows = grounds.run.interval_floors if grounds.run else ()
    found = {row.observed for row in rows if row.settled and row.promised == promised and row.observed}
    if not found:
        return silent("no family's finest interval was settled")
    finest = sorted(found, key=seconds)
    told = f"families begin at {', '.join(finest)}"
    if claim.floor is None:
        return silent(f"{told}; that none is too fine cannot be seen from those that were asked")
    return either(finest == [claim.floor], told)


def interval(claim: Interval, grounds: Grounds) -> Against:
    """What is promised for the interval on the plan."""
    operation = grounds.spec.operation(claim.operation)
    if claim.interval not in operation.intervals:
        told = f"{operation.id} takes {', '.join(operation.intervals) or 'no interval'}"
        return either(not claim.answers, told)
    verdict = expect(operation, grounds.spec.ladder, claim.plan, claim.interval)
    at = f"{operation.id} at {claim.interval} on {claim.plan}"
    return either((verdict is Verdict.AVAILABLE) is claim.answers, f"{at}: {verdict} is promised")


def interval_seen(claim: Interval, grounds: Grounds) -> Against:
    """What the operation answered at that interval to a key of that plan."""
    if not _is_of(claim.plan, grounds):
        return silent(_other_plan(grounds, claim.plan))
    for row in grounds.seen(claim.operation):
        if row.interval == claim.interval and row.verdict in (*SERVED, Verdict.INTERVAL_GATED):
            return either((row.verdict in SERVED) is claim.answers, answer(row))
    return silent(f"{claim.operation} was not asked at {claim.interval}")


def width(claim: Width, grounds: Grounds) -> Against:
    """Whether the documents write an interval so; where they do not, that it fails is not proven."""
    known = grounds.spec.provider.intervals
    told = f"intervals are written {', '.join(known)}"
    word = re.compile(rf"\b{re.escape(claim.spelling)}\b")
    for operation in grounds.spec.operations.values():
        for note in operation.notes:
            if claim.spelling not in known and any(word.search(text) for text in note.says.values()):
                says = "; ".join(f"{source}: {text}" for source, text in note.says.items())
                return contradicted(f"{told}; of {operation.id} the sources say: {says}")
    return either(claim.spelling in known, told)


def width_seen(claim: Width, grounds: Grounds) -> Against:
    """Whether any request with that interval was answered."""
    for row in grounds.everything:
        if row.interval != claim.spelling:
            continue
        if row.verdict in SERVED:
            return confirmed(answer(row))
        if row.verdict is Verdict.BAD_REQUEST:
            return contradicted(answer(row))
    return silent(f"nothing was asked at {claim.spelling}")


def history(claim: History, grounds: Grounds) -> Against:
    """Whether the history table of the plans applies."""
    operation = grounds.spec.operation(claim.operation)
    if operation.history is None:
        return silent(f"nothing is promised of the history of {operation.id}")
    by_plan = operation.history == "plan"
    told = "the history table of the plans" if by_plan else "a history of its own"
    return either(by_plan, f"{operation.id} has {told}")


def updates(claim: Updates, grounds: Grounds) -> Against:
    """Whether new data is promised this often."""
    operation = grounds.spec.operation(claim.operation)
    if operation.updates is None:
        return silent(f"{operation.id}: the description does not say how often it has new data")
    wanted = seconds(claim.every) if is_width(claim.every) else 0
    told = f"every {operation.updates} s" if operation.updates else "in real time"
    return either(operation.updates == wanted, f"{operation.id}: new data is promised {told}")


def _promised(operation: Operation) -> str:
    file = f"groups/{operation.group.replace('/', '-')}.yaml"
    return f"{operation.id}: x-plan {operation.min_plan} ({file})"


def _is_of(plan: str, grounds: Grounds) -> bool:
    return grounds.plan == plan.strip().lower()


def _named(name: str, grounds: Grounds) -> bool:
    return name.strip().lower() in grounds.spec.ladder.names


def _other_plan(grounds: Grounds, wanted: str) -> str:
    if grounds.run is None or not grounds.run.observations:
        return "nothing was asked"
    return f"the key is of {grounds.plan or 'no known plan'}, not of {wanted}"
