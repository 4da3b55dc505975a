"""The channels of a probe: which they are, where they are asked, and what listening to them came to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from audit.checks.stream import StreamJudge
from audit.client.stream import Dial, Opened, connect
from audit.jobs.about import USER_AGENT
from audit.jobs.choosing import Chosen, stream_of
from audit.jobs.settings import Settings
from audit.model import Finding, Observation, StreamFacts, Verdict
from audit.probe.asker import Asker
from audit.probe.channel_asks import ChannelAsk, channel_ask
from audit.probe.channel_ear import Tap
from audit.probe.channels import Outlet, Step, ask_channel, steps
from audit.probe.runner import Progress, Stopped
from audit.spec.catalog import Spec

if TYPE_CHECKING:
    from audit.spec.channels import Channel
    from audit.spec.plans import Plan

EVERY = 1.0  # seconds between two looks at how far listening has come


@dataclass(frozen=True)
class HeardChannel:
    """One channel that was asked: what was seen, what it did, and what is wrong with it."""

    observation: Observation
    facts: StreamFacts
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Listened:
    """What all channels came to. ``left`` were not asked to the end, ``stopped`` says why."""

    channels: tuple[HeardChannel, ...] = ()
    left: int = 0
    stopped: Stopped | None = None

    @property
    def whole(self) -> bool:
        """Whether something is known of each of them."""
        lost = any(one.observation.verdict is Verdict.UNREACHABLE for one in self.channels)
        return not (lost or self.left)


def at_most(spec: Spec, channels: Collection[Channel], plan: Plan | None, concurrency: int) -> float:
    """Return how many seconds channels take at most that answer as the plan promises."""
    plan = plan or spec.ladder.plans[-1]
    spans = [
        sum(steps(stream_of(spec), one, one.allowed(spec.ladder, plan.name)).values()) for one in channels
    ]
    return max(spans, default=0.0) * -(-len(spans) // concurrency)


@dataclass
class Listening:
    """All channels of a probe being asked, side by side, once ``asker`` has asked everything else.

    ``asked`` counts the requests before them, for the progress. ``taps`` gives somebody to hear all that
    passes on a channel, by its name.
    """

    spec: Spec
    settings: Settings
    chosen: Chosen
    plan: Plan
    asker: Asker
    dial: Dial | None
    asked: int
    on_progress: Callable[[Progress], None]
    taps: Callable[[str], Tap] | None = None
    _doing: dict[str, Step] = field(default_factory=dict, init=False)
    _until: dict[str, float] = field(default_factory=dict, init=False)
    _heard: dict[str, HeardChannel] = field(default_factory=dict, init=False)

    async def run(self, began: float) -> Listened:
        """Ask all of them, within what is left of the run's time since it began (the loop's clock).

        An interruption ends it with what is known so far.
        """
        stopped: Stopped | None = None
        most = self.settings.total_timeout
        ticker = asyncio.create_task(self._show())
        gate = asyncio.Semaphore(self.settings.concurrency)
        try:
            async with (
                asyncio.timeout_at(None if most is None else began + most),
                asyncio.TaskGroup() as group,
            ):
                for channel in self.chosen.channels:
                    group.create_task(self._one(channel, gate))
        except TimeoutError:
            stopped = "time is up"
        except asyncio.CancelledError:
            stopped = "interrupted"
        finally:
            ticker.cancel()
        heard = tuple(self._heard[name] for name in sorted(self._heard))
        return Listened(heard, len(self.chosen.channels) - len(heard), stopped)

    async def _one(self, channel: Channel, gate: asyncio.Semaphore) -> None:
        tables = {name: result.facts.get("pairs") or {} for name, result in self.asker.results.items()}
        one = channel_ask(self.spec, channel, self.plan, tables, self.settings.wish)
        judge = StreamJudge(channel, self.plan)
        async with gate:
            outlet = Outlet(
                spec=self.spec,
                stream=stream_of(self.spec),
                connect=self._connect,
                worked=self.asker.worked,
                rng=self.asker.rng,
                take=lambda body: judge.take(body, self.asker.wall()),
                tell=lambda step: self._begin(one, step),
                tap=self.taps(channel.id) if self.taps else None,
                url=None if self.dial else self.chosen.ws_url,
            )
            asked = await ask_channel(outlet, one)
        self._doing.pop(channel.id, None)
        found = tuple(map(self.asker.cleaned, judge.findings(asked.observation, asked.facts)))
        self._heard[channel.id] = HeardChannel(asked.observation, asked.facts, found)

    async def _connect(self) -> Opened:
        return await connect(
            str(self.chosen.ws_url),
            key=self.asker.secret,
            key_query=stream_of(self.spec).key_query,
            timeout=self.settings.timeout,
            user_agent=USER_AGENT,
            dial=self.dial,
        )

    def _begin(self, one: ChannelAsk, step: Step) -> None:
        spans = steps(stream_of(self.spec), one.channel, one.expected is Verdict.AVAILABLE)
        later = list(spans.values())[list(spans).index(step) :] if step in spans else [0.0]
        self._doing[one.channel.id] = step
        self._until[one.channel.id] = asyncio.get_running_loop().time() + sum(later)

    async def _show(self) -> None:
        """Say what is listened to, again and again: listening takes longer than anybody waits for a sign."""
        while True:
            await asyncio.sleep(EVERY)
            if not self._doing:
                continue
            doing = "listening to " + ", ".join(sorted(self._doing))
            now = asyncio.get_running_loop().time()
            left = max(0.0, *(self._until[name] - now for name in self._doing))
            begun = self._heard.keys() | self._doing.keys()
            waiting = [one for one in self.chosen.channels if one.id not in begun]
            left += at_most(self.spec, waiting, self.plan, self.settings.concurrency)
            done, total = self.asked + len(self._heard), self.asked + len(self.chosen.channels)
            self.on_progress(Progress(done, total, left, None, at_most=True, doing=doing))
