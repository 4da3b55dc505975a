"""A recorded channel as the checks want it: played to the probe, and judged as a channel that is asked."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from audit import NAME, __version__
from audit.checks.heard import Heard as Seen
from audit.checks.mismatches import one_line
from audit.checks.stream import StreamJudge
from audit.client.stream import connect
from audit.client.virtual_time import run_virtual
from audit.contract.stream_file import Heard, Said
from audit.contract.stream_player import Player
from audit.model import Finding
from audit.probe.channel_asks import named_ask
from audit.probe.channels import Outlet, ask_channel
from audit.spec.catalog import Spec
from audit.spec.channels import Channel, Stream
from audit.spec.plans import Plan

# Seconds; where an attempt to connect was in vain, the next one that was recorded may be far away.
TIMEOUT = 600.0


@dataclass(frozen=True)
class Played:
    """What a recorded channel came to, and what is wrong with it."""

    seen: Seen
    findings: tuple[Finding, ...]


def play(
    spec: Spec, stream: Stream, plan: Plan, channel: Channel, heard: Heard, recorded_at: datetime
) -> Played:
    """Ask a recorded channel what a probe asks, on a clock that jumps over waiting; opens no socket.

    Messages are judged by the moments at which they came when they were recorded. Messages and rows are
    counted as they came, as far as fewer were kept.
    """
    return run_virtual(_play(spec, stream, plan, channel, heard, recorded_at))


async def _play(
    spec: Spec, stream: Stream, plan: Plan, channel: Channel, heard: Heard, recorded_at: datetime
) -> Played:
    judge = StreamJudge(channel, plan)
    began, loop = recorded_at.timestamp() + heard.lines[0].at, asyncio.get_running_loop()
    outlet = Outlet(
        spec=spec,
        stream=stream,
        connect=partial(
            connect,
            stream.url,
            key=None,
            key_query=stream.key_query,
            timeout=TIMEOUT,
            user_agent=f"{NAME}/{__version__}",
            dial=Player(heard).dial,
        ),
        worked=True,
        rng=random.Random(0),  # noqa: S311 - jitter, not a secret
        take=lambda body: judge.take(body, began + loop.time()),
    )
    asked = await ask_channel(outlet, named_ask(spec, channel, plan, heard.name))
    facts = asked.facts.model_copy(update={"url": None})  # nobody was connected to
    if facts.messages:
        facts = facts.model_copy(update={"messages": heard.messages, "rows": heard.rows})
    observation = asked.observation.model_copy(update={"rows": facts.rows if facts.messages else None})
    found = judge.findings(observation, facts)
    return Played(Seen(channel, observation, facts, plan, ()), found)


def undocumented(stream: Stream, channel: Channel, heard: Heard) -> Iterator[str]:
    """Say what of the recorded requests is not as documented: the name, or what was sent."""
    if channel.values(heard.name) is None:
        yield f"{one_line(heard.name)} is no name of it; expected {channel.address}"
    known = {form.text([heard.name]) for form in (stream.subscribe, stream.unsubscribe)}
    known |= {stream.heartbeat.send} if stream.heartbeat else set()
    sent = (event for line in heard.lines for event in line.events if isinstance(event, Said))
    for text in dict.fromkeys(event.text or "" for event in sent if event.way == "sent"):
        if text not in known:
            yield f"{one_line(text)} was sent"
