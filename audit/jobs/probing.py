"""The probe as a job: target, client, pacer and checks wired together; a Run comes out."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audit.checks import key_expired, plan_mismatch, rate_limit_mismatch
from audit.client.http import App, Client
from audit.client.pacing import Pacer
from audit.client.virtual_time import run_virtual
from audit.errors import UsageError
from audit.jobs.about import TOOL, commit, stamp
from audit.jobs.clock import clock
from audit.jobs.deciding import decide
from audit.jobs.inspection import Inspector, freshness, limit_use
from audit.jobs.settings import Aim, Settings
from audit.model import (
    Finding,
    KeyFacts,
    PlanFacts,
    Promise,
    Run,
    sort_findings,
)
from audit.probe.asker import Asker, Listen, Result
from audit.probe.journal import Journal
from audit.probe.key import key_facts, key_operations
from audit.probe.runner import Outcome, Probe, Progress
from audit.spec.catalog import Spec
from audit.spec.operations import Operation

JOURNAL = "journal.jsonl"
# How long a request to the sandbox in this process takes to get there, seconds.
LATENCY = 0.05


@dataclass(frozen=True)
class Audited:
    """A finished job: the Run, the key, how it ended, and the journal it wrote.

    ``finished`` is false where --resume would find something left to ask. ``answers`` are what the Run
    was made from, by the name of the request.
    """

    run: Run
    key: KeyFacts
    finished: bool
    resumed: int = 0
    journal: Path | None = None
    set_aside: Path | None = None
    answers: tuple[Result, ...] = ()


def probe(
    spec: Spec,
    settings: Settings,
    target: Aim,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    listen: Listen | None = None,
) -> Audited:
    """Ask the chosen operations and judge the answers; ``listen`` hears each as it came.

    Raises UsageError for names that do not exist, JournalError where ``resume`` finds another run,
    OutputError where the journal cannot be written.
    """
    operations = _with_account(spec, spec.select(settings.only))
    started = datetime.now(UTC)
    with ExitStack() as stack:
        journal = None
        if settings.out is not None:
            about = _about(spec, settings, target)
            path = settings.out / JOURNAL
            journal = stack.enter_context(Journal(path, about, resume=settings.resume, key=target.key))
        elif settings.resume:
            raise UsageError("--resume needs the folder of the unfinished run; name it with --out")
        outcome, resumed = _run(spec, settings, target, operations, journal, on_progress, listen)
        key = key_facts(spec, {result.ask_id: result for result in outcome.results})
        run = _to_run(spec, settings, target, started, outcome, key)
    return Audited(
        run=run,
        key=key,
        finished=outcome.stopped is None and not outcome.lost,
        resumed=resumed,
        journal=journal.path if journal else None,
        set_aside=journal.set_aside if journal else None,
        answers=outcome.results,
    )


def check_key(spec: Spec, settings: Settings, target: Aim) -> Audited:
    """Ask only what tells a key's plan: the account, and a witness for each boundary."""
    names = tuple(operation.id for operation in key_operations(spec))
    only = replace(settings, only=names, intervals="none", out=None, resume=False)
    return probe(spec, only, target)


def _with_account(spec: Spec, chosen: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """The account is always asked: it is how a key is known to work at all."""
    account = spec.provider.account
    own = spec.operations.get(account.operation) if account else None
    return (own, *chosen) if own is not None and own not in chosen else chosen


def _about(spec: Spec, settings: Settings, target: Aim) -> dict[str, Any]:
    """What an unfinished run must have in common with its continuation."""
    return {
        "spec": spec.sha256,
        "target": target.target.base_url,
        "plan": settings.plan,
        "only": list(settings.only),
        "intervals": settings.intervals,
        "symbol": settings.wish.symbol,
        "exchange": settings.wish.exchange,
        "interval": settings.wish.interval,
        "watch": [*settings.watch.symbols, settings.watch.top] if settings.watch else None,
    }


def _run(
    spec: Spec,
    settings: Settings,
    target: Aim,
    operations: tuple[Operation, ...],
    journal: Journal | None,
    on_progress: Callable[[Progress], None],
    listen: Listen | None,
) -> tuple[Outcome, int]:
    asking = _asking(spec, settings, target, operations, journal, on_progress, listen)
    return run_virtual(asking) if target.in_process else asyncio.run(asking)


async def _asking(
    spec: Spec,
    settings: Settings,
    target: Aim,
    operations: tuple[Operation, ...],
    journal: Journal | None,
    on_progress: Callable[[Progress], None],
    listen: Listen | None,
) -> tuple[Outcome, int]:
    declared = spec.ladder.get(settings.plan) if settings.plan else None
    ranking = settings.watch.ranking if settings.watch else None
    inspector = Inspector(spec, declared or spec.ladder.plans[0], ranking)
    wall, app = clock(target, settings.moment), None
    if target.in_process:
        from audit.sandbox.app import Sandbox
        from audit.sandbox.faults import parse

        faults = tuple(parse(text) for text in settings.faults)
        app = _distant(Sandbox(spec, now=wall, seed=settings.seed, faults=faults))
    client = Client(
        target.base_url,
        key=target.key,
        key_header=spec.provider.key_header,
        user_agent=f"{TOOL.name}/{TOOL.version}",
        timeout=settings.timeout,
        concurrency=settings.concurrency,
        app=app,
    )
    rng = random.Random(settings.seed)  # noqa: S311 - jitter, not a secret
    async with client:
        asker = Asker(
            spec=spec,
            client=client,
            pacer=Pacer(window=spec.provider.rate_limit.window, rng=rng, concurrency=settings.concurrency),
            secret=target.key,
            journal=journal,
            inspect=inspector.inspect,
            extract=inspector.extract,
            wall=wall,
            rng=rng,
            listen=listen,
            moment=settings.moment,
        )
        resumed = asker.resume()
        prober = Probe(
            spec=spec,
            asker=asker,
            operations=operations,
            plan=declared,
            intervals=settings.intervals,
            wish=settings.wish,
            concurrency=settings.concurrency,
            on_progress=on_progress,
            on_plan=lambda plan: setattr(inspector, "plan", plan),
            time_limit=settings.total_timeout,
            watch=settings.watch,
        )
        return await prober.run(), resumed


def _distant(app: App) -> App:
    """Put the sandbox in this process as far away as a server is; on the simulated clock it costs nothing."""

    async def delayed(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(LATENCY)
        await app(scope, receive, send)

    return delayed


def _to_run(
    spec: Spec, settings: Settings, target: Aim, started: datetime, outcome: Outcome, key: KeyFacts
) -> Run:
    results = (*outcome.results, *outcome.lost)
    observations = tuple(result.observation for result in sorted(results, key=lambda result: result.ask_id))
    findings = [finding for result in results for finding in result.findings]
    findings += _of_the_key(spec, settings, key, results)
    ordered = settings.waivers.mark(sort_findings(findings))
    decision = decide(
        observations,
        ordered,
        threshold=settings.threshold,
        not_asked=outcome.asked - len(outcome.results) - len(outcome.lost),
        stopped=_stopped(outcome),
        key=key,
    )
    return Run(
        tool=TOOL,
        started_at=stamp(started),
        finished_at=stamp(datetime.now(UTC)),
        target=target.target,
        plan=PlanFacts(
            declared=spec.ladder.get(settings.plan).name if settings.plan else None,
            detected=key.plan,
            requests_per_minute=key.requests_per_minute,
            expires_at=key.expires_at,
        ),
        key=key,
        spec=spec.facts(),
        commit=commit(Path.cwd()),
        promises=promises(spec),
        observations=observations,
        interval_floors=outcome.floors,
        freshness=freshness(results),
        limit_use=limit_use(results),
        findings=ordered,
        decision=decision,
    )


def _of_the_key(spec: Spec, settings: Settings, key: KeyFacts, results: Sequence[Result]) -> list[Finding]:
    """Findings about the key itself, which no single answer shows."""
    found = list(key_expired.check(key, datetime.now(UTC)))
    plan = spec.ladder.get(settings.plan) if settings.plan else spec.ladder.by_level(key.plan)
    if plan is not None:
        found += plan_mismatch.check_key(spec.ladder, plan if settings.plan else None, key)
        observations = [result.observation for result in results]
        found += rate_limit_mismatch.check(plan, key.requests_per_minute, observations)
    return found


def _stopped(outcome: Outcome) -> str | None:
    if outcome.stopped and outcome.detail:
        return f"{outcome.stopped} ({outcome.detail})"
    return outcome.stopped


def promises(spec: Spec) -> tuple[Promise, ...]:
    """What every operation promises on every plan, for the outputs."""
    return tuple(
        Promise(
            operation=operation.id,
            path=operation.path,
            group=operation.group,
            title=operation.title,
            plans={name: operation.allowed(spec.ladder, name) for name in spec.ladder.names},
            interval_floor={name: operation.floors.get(name) for name in spec.ladder.names}
            if operation.gates_intervals
            else {},
            intervals=operation.intervals if operation.gates_intervals else (),
        )
        for operation in spec.operations.values()
    )
