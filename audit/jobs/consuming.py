"""A consumer contract as a job: each need held against the promise, then against what answers; a Run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from audit.checks.seen import Seen
from audit.client.http import Client
from audit.client.virtual_time import run_virtual
from audit.contract import consumer_promise, consumer_seen
from audit.contract.consumer import Need
from audit.contract.consumer_file import Stated
from audit.contract.consumer_promise import Broken, interval_of, spread
from audit.contract.consumer_seen import SILENT, differences, nearest
from audit.contract.observing import observe
from audit.contract.replay import Library
from audit.errors import UsageError
from audit.jobs.about import TOOL, stamp
from audit.jobs.asking import careful, connect, own_sandbox
from audit.jobs.clock import clock
from audit.jobs.fuzzing import FuzzAsk
from audit.jobs.settings import Aim, Settings
from audit.model import (
    Decision,
    Finding,
    Observation,
    Outcome,
    PlanFacts,
    Run,
    Severity,
    Target,
    TargetKind,
    sort_findings,
)
from audit.probe.asker import Asker, BrokenOffError
from audit.probe.asks import Ask
from audit.probe.reading import Reading
from audit.spec.catalog import Spec
from audit.spec.expectations import expect
from audit.spec.plans import Plan


class State(StrEnum):
    """What became of a need; ``unproven`` is one that nothing was seen of."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Held:
    """One need after it was held against everything: its ``state``, why, and by what that is known.

    ``place`` is the need's number in the contract, from 0.
    """

    place: int
    need: Need
    state: State
    by: str
    findings: tuple[Finding, ...] = ()
    observation: Observation | None = None


def plan_of(spec: Spec, stated: Stated, named: str | None = None) -> Plan:
    """Return the plan to hold a contract against: the named one, else its own."""
    if named is not None:
        return spec.ladder.get(named)
    try:
        return spec.ladder.get(stated.consumer.plan)
    except UsageError as error:
        place = stated.at("plan")
        raise UsageError(f"{place.file}:{place.line}: {error}" if place else str(error)) from None


def hold_recorded(spec: Spec, stated: Stated, plan: Plan, folder: Path) -> Run:
    """Hold a contract against cassettes; raises CassetteError where there are none of the plan."""
    started = datetime.now(UTC)
    library = Library(folder, plan.name, spec)
    origin = library.origin
    source = f"recorded from {origin.target.kind} ({origin.target.base_url}) on {origin.recorded_at:%Y-%m-%d}"
    target = Target(kind=TargetKind.CASSETTE, base_url=f"{folder / plan.name}, {source}")
    held = [
        broken or _recorded(spec, stated, plan, place, need, library)
        for place, need, broken in _promised(spec, stated, plan)
    ]
    return _to_run(spec, stated, plan, target, held, started)


def hold_answered(spec: Spec, stated: Stated, plan: Plan, settings: Settings, target: Aim) -> Run:
    """Hold a contract against a target, one request for each need that can hold at all."""
    started = datetime.now(UTC)
    rows = [*_promised(spec, stated, plan)]
    asks = {
        str(number): _Asked(place, need)
        for number, (place, need, broken) in enumerate(rows)
        if broken is None
    }
    asking = _asking(spec, stated, plan, settings, target, asks)
    answered = run_virtual(asking) if target.in_process else asyncio.run(asking)
    held = [broken or answered[str(number)] for number, (_, _, broken) in enumerate(rows)]
    return _to_run(spec, stated, plan, target.target, held, started)


def _promised(spec: Spec, stated: Stated, plan: Plan) -> Iterable[tuple[int, Need, Held | None]]:
    """Yield every need, one for each interval; with what becomes of it where it cannot hold."""
    for place, one in enumerate(stated.consumer.needs):
        for need in spread(spec, one):
            found = _findings(stated, place, need, consumer_promise.check(spec, plan, need))
            by = "the description"
            yield place, need, Held(place, need, State.BROKEN, by, found) if found else None


def _recorded(spec: Spec, stated: Stated, plan: Plan, place: int, need: Need, library: Library) -> Held:
    operation = spec.operation(need.operation)
    row = nearest(spec, plan, need, operation, library.interactions(operation))
    origin = library.origin_of(operation)
    if row is None or origin is None:
        return Held(place, need, State.UNPROVEN, f"nothing that answers it is recorded in {library.folder}")
    seen = observe(spec, plan, row, origin.recorded_at)
    found = _findings(stated, place, need, consumer_seen.check(spec, need, seen))
    other = differences(need, row)
    by = f"the recording with {other}" if other else "the recording"
    return _held(place, need, seen.observation, found, by)


def _held(place: int, need: Need, observation: Observation, found: tuple[Finding, ...], by: str) -> Held:
    state = State.BROKEN if found else State.HOLDS
    if observation.verdict in SILENT:
        state, by = State.UNPROVEN, f"{by}: {observation.verdict}, {observation.message or 'no answer'}"
    return Held(place, need, state, by, found, observation)


def _findings(stated: Stated, place: int, need: Need, broken: Iterable[Broken]) -> tuple[Finding, ...]:
    """Put each reason where the contract says what is broken; whatever breaks a need is an error."""
    return tuple(
        one.finding.model_copy(
            update={
                "severity": Severity.ERROR,
                "operation": need.operation,
                "location": stated.at("needs", place, *one.at),
            }
        )
        for one in broken
    )


@dataclass(frozen=True)
class _Asked:
    """A need that is asked for, and its place in the contract."""

    place: int
    need: Need


async def _asking(
    spec: Spec, stated: Stated, plan: Plan, settings: Settings, target: Aim, asks: dict[str, _Asked]
) -> dict[str, Held]:
    def inspect(ask: Ask, observation: Observation, reading: Reading, now: float) -> tuple[Finding, ...]:
        asked = asks[ask.id]
        moment = reading.server_time or now
        seen = Seen(ask.operation, observation, reading.body, spec.ladder, plan, moment)
        return _findings(stated, asked.place, asked.need, consumer_seen.check(spec, asked.need, seen))

    wall = clock(target)
    app = own_sandbox(spec, settings, target, wall)
    async with connect(Client, spec, settings, target, app) as client:
        asker = careful(spec, settings, target, client, wall, inspect)
        return await _one_by_one(spec, plan, asker, asks)


async def _one_by_one(spec: Spec, plan: Plan, asker: Asker, asks: dict[str, _Asked]) -> dict[str, Held]:
    held: dict[str, Held] = {}
    for name, asked in asks.items():
        asker.pacer.plan(len(asks) - len(held))
        try:
            result = await asker.put(_ask(spec, plan, asked.need, name))
        except BrokenOffError as error:
            lost = f"{error.why} ({error})"
            rest = (key for key in asks if key not in held)
            held.update({key: Held(asks[key].place, asks[key].need, State.UNPROVEN, lost) for key in rest})
            break
        held[name] = _held(asked.place, asked.need, result.observation, result.findings, "the answer")
    return held


def _ask(spec: Spec, plan: Plan, need: Need, name: str) -> FuzzAsk:
    operation = spec.operation(need.operation)
    interval = interval_of(operation, need)
    return FuzzAsk(
        id=name,
        operation=operation,
        purpose="operation",
        params=tuple(need.params.items()),
        interval=interval,
        expected=expect(operation, spec.ladder, plan.name, interval),
    )


def _to_run(
    spec: Spec, stated: Stated, plan: Plan, target: Target, held: list[Held], started: datetime
) -> Run:
    return Run(
        tool=TOOL,
        started_at=stamp(started),
        finished_at=stamp(datetime.now(UTC)),
        target=target,
        plan=PlanFacts(declared=plan.name, requests_per_minute=plan.requests_per_minute),
        spec=spec.facts(),
        observations=tuple(row.observation for row in held if row.observation),
        findings=sort_findings([finding for row in held for finding in row.findings]),
        decision=_decide(held),
        consumer={  # type: ignore[call-arg]  # a Run keeps keys of its own
            "name": stated.consumer.consumer,
            "file": stated.file,
            "needs": [_row(stated, row) for row in held],
        },
    )


def _row(stated: Stated, held: Held) -> dict[str, object]:
    """One need for the Run: what was needed, whether it holds, why not, and how that is known."""
    place = held.findings[0].location if held.findings else stated.at("needs", held.place)
    return {
        "operation": held.need.operation,
        "params": dict(held.need.params),
        "line": place.line if place else None,
        "state": held.state.value,
        "why": [f"{finding.rule}: {finding.message}" for finding in held.findings],
        "by": held.by,
    }


def _decide(held: list[Held]) -> Decision:
    """No-go where a need is broken, incomplete where one could not be judged."""
    counts = {state: sum(row.state is state for row in held) for state in State}
    reasons = [f"{counts[State.HOLDS]} of {len(held)} needs hold."]
    outcome = Outcome.GO
    if counts[State.UNPROVEN]:
        outcome = Outcome.INCOMPLETE
        reasons.append(f"{counts[State.UNPROVEN]} could not be judged.")
    if counts[State.BROKEN]:
        outcome = Outcome.NO_GO
        rules = sorted({finding.rule for row in held for finding in row.findings})
        reasons.append(f"{counts[State.BROKEN]} broken: {', '.join(rules)}.")
    return Decision(outcome=outcome, reasons=tuple(reasons))
