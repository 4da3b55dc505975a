"""The probe as a job: target, client, pacer and checks wired together; a Run comes out."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.checks import key_expired, plan_mismatch, rate_limit_mismatch
from audit.client.http import App, Client
from audit.client.pacing import Pacer
from audit.client.virtual_time import run_virtual
from audit.errors import UsageError
from audit.jobs.about import TOOL, commit, stamp
from audit.jobs.asking import connect, own_sandbox
from audit.jobs.choosing import Chosen, choose
from audit.jobs.clock import clock
from audit.jobs.deciding import decide
from audit.jobs.inspection import Inspector, freshness, limit_use
from audit.jobs.settings import Aim, Settings
from audit.model import (
    CHANNEL_GROUP,
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

if TYPE_CHECKING:
    from audit.client.stream import Dial
    from audit.jobs.streaming import Listened
    from audit.probe.channel_ear import Tap
    from audit.spec.channels import Channel

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
    taps: Callable[[str], Tap] | None = None,
) -> Audited:
    """Ask the chosen operations and channels and judge the answers; ``listen`` hears each as it came.

    ``taps`` gives somebody to hear all that passes on a channel, by its name. Channels are not journaled:
    a run that is resumed asks them anew. Raises UsageError for names that do not exist, JournalError where
    ``resume`` finds another run, OutputError where the journal cannot be written.
    """
    chosen = choose(spec, settings, target)
    started = datetime.now(UTC)
    with ExitStack() as stack:
        journal = None
        if settings.out is not None:
            about = _about(spec, settings, target)
            path = settings.out / JOURNAL
            journal = stack.enter_context(Journal(path, about, resume=settings.resume, key=target.key))
        elif settings.resume:
            raise UsageError("--resume needs the folder of the unfinished run; name it with --out")
        asking = _asking(spec, settings, target, chosen, journal, on_progress, listen=listen, taps=taps)
        outcome, heard, resumed = run_virtual(asking) if target.in_process else asyncio.run(asking)
        key = key_facts(spec, {result.ask_id: result for result in outcome.results})
        run = _to_run(spec, settings, target, started, outcome, heard, key)
    return Audited(
        run=run,
        key=key,
        finished=outcome.stopped is None and not outcome.lost and (heard is None or heard.whole),
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


async def _asking(
    spec: Spec,
    settings: Settings,
    target: Aim,
    chosen: Chosen,
    journal: Journal | None,
    on_progress: Callable[[Progress], None],
    *,
    listen: Listen | None,
    taps: Callable[[str], Tap] | None,
) -> tuple[Outcome, Listened | None, int]:
    declared = spec.ladder.get(settings.plan) if settings.plan else None
    ranking = settings.watch.ranking if settings.watch else None
    inspector = Inspector(spec, declared or spec.ladder.plans[0], ranking)
    wall = clock(target, settings.moment)
    sandbox = own_sandbox(spec, settings, target, wall)
    app = _distant(sandbox) if sandbox else None
    rng = random.Random(settings.seed)  # noqa: S311 - jitter, not a secret
    began = asyncio.get_running_loop().time()
    async with connect(Client, spec, settings, target, app, settings.concurrency) as client:
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
            operations=chosen.operations,
            plan=declared,
            intervals=settings.intervals,
            wish=settings.wish,
            concurrency=settings.concurrency,
            on_progress=_before(chosen.channels, spec, settings, on_progress),
            on_plan=lambda plan: setattr(inspector, "plan", plan),
            time_limit=settings.total_timeout,
            watch=settings.watch,
        )
        outcome = await prober.run()
    if chosen.ws_url is None:
        return outcome, None, resumed
    from audit.jobs.streaming import Listened, Listening

    if outcome.stopped is not None or prober.plan is None:
        return outcome, Listened(left=len(chosen.channels)), resumed
    dial = _far(sandbox.dial) if sandbox else None
    listening = Listening(spec, settings, chosen, prober.plan, asker, dial, outcome.asked, on_progress, taps)
    return outcome, await listening.run(began), resumed


def _before(
    channels: tuple[Channel, ...], spec: Spec, settings: Settings, on_progress: Callable[[Progress], None]
) -> Callable[[Progress], None]:
    """Count the channels that come after the requests in what is said about the time to the end."""
    if not channels:
        return on_progress
    from audit.jobs.streaming import at_most

    plan = spec.ladder.get(settings.plan) if settings.plan else None
    later = at_most(spec, channels, plan, settings.concurrency)

    def show(progress: Progress) -> None:
        left = None if progress.seconds_left is None else progress.seconds_left + later
        total = progress.total + len(channels)
        on_progress(replace(progress, total=total, seconds_left=left, at_most=True))

    return show


def _distant(app: App) -> App:
    """Put the sandbox in this process as far away as a server is; on the simulated clock it costs nothing."""

    async def delayed(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(LATENCY)
        await app(scope, receive, send)

    return delayed


def _far(dial: Dial) -> Dial:
    """Put the sandbox's channels as far away as its answers are."""

    async def delayed() -> socket.socket:
        await asyncio.sleep(LATENCY)
        return await dial()

    return delayed


def _to_run(
    spec: Spec,
    settings: Settings,
    target: Aim,
    started: datetime,
    outcome: Outcome,
    heard: Listened | None,
    key: KeyFacts,
) -> Run:
    results = (*outcome.results, *outcome.lost)
    channels = heard.channels if heard else ()
    observations = (
        *(result.observation for result in sorted(results, key=lambda result: result.ask_id)),
        *(channel.observation for channel in channels),
    )
    findings = [finding for result in results for finding in result.findings]
    findings += [finding for channel in channels for finding in channel.findings]
    findings += _of_the_key(spec, settings, key, results)
    ordered = settings.waivers.mark(sort_findings(findings))
    decision = decide(
        observations,
        ordered,
        threshold=settings.threshold,
        not_asked=outcome.asked - len(outcome.results) - len(outcome.lost) + (heard.left if heard else 0),
        stopped=_stopped(outcome) or (heard.stopped if heard else None),
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
        streams=tuple(channel.facts for channel in channels),
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
    """What every operation and every channel promises on every plan, for the outputs."""
    return (
        *(
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
        ),
        *(
            Promise(
                operation=channel.id,
                path=channel.address,
                group=CHANNEL_GROUP,
                title=channel.title,
                plans={name: channel.allowed(spec.ladder, name) for name in spec.ladder.names},
            )
            for channel in (spec.stream.channels.values() if spec.stream else ())
        ),
    )
