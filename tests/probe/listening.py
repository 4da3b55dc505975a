"""Channels on a clock that jumps: asked of the sandbox, or of a server that says what a test writes down."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from audit.checks.stream import StreamJudge
from audit.client.secret import Secret
from audit.client.stream import Dial, connect
from audit.client.virtual_time import run_virtual
from audit.model import Finding, Observation, StreamFacts
from audit.probe.channel_asks import channel_ask
from audit.probe.channels import Outlet, Step, ask_channel
from audit.probe.symbols import Table, Wish
from audit.sandbox.app import Sandbox
from audit.sandbox.stream_line import Decline, Line, Refused
from audit.sandbox.stream_wire import dial
from audit.spec.catalog import Spec

BEGAN = 1_760_000_000.0
KEY = "fa4e" * 8
LIQUIDATIONS = "liquidationOrders"
TRADES = "futures_trades"


@dataclass
class Listened:
    """What listening to one channel came to, and how many seconds of the clock it took."""

    observation: Observation
    facts: StreamFacts
    findings: tuple[Finding, ...]
    seconds: float
    steps: list[Step]
    tapped: list[tuple[float, str, Any]]

    @property
    def rules(self) -> set[str]:
        return {f"{finding.severity} {finding.rule}" for finding in self.findings}


def listen(
    spec: Spec,
    lines: Callable[[], Dial],
    *,
    plan: str = "standard",
    channel: str = LIQUIDATIONS,
    key: str = KEY,
    worked: bool = True,
    tables: dict[str, Table] | None = None,
    wish: Wish | None = None,
    heartbeat: bool = True,
) -> Listened:
    """Ask one channel over the lines that ``lines`` gives once the loop runs."""

    async def main() -> Listened:
        loop = asyncio.get_running_loop()
        stream, chosen = spec.stream, spec.ladder.get(plan)
        assert stream is not None
        stream = stream if heartbeat else replace(stream, heartbeat=None)
        ask = channel_ask(spec, stream.channels[channel], chosen, tables or {}, wish or Wish())
        judge = StreamJudge(ask.channel, chosen)
        steps: list[Step] = []
        tapped: list[tuple[float, str, Any]] = []
        outlet = Outlet(
            spec=spec,
            stream=stream,
            connect=partial(
                connect,
                "ws://127.0.0.1/ws-api",
                key=Secret(key),
                key_query=stream.key_query,
                timeout=30.0,
                user_agent="test/1",
                dial=lines(),
            ),
            worked=worked,
            rng=random.Random(1),
            take=lambda body: judge.take(body, BEGAN + loop.time()),
            tell=steps.append,
            tap=lambda *what: tapped.append(what),
        )
        asked = await ask_channel(outlet, ask)
        findings = judge.findings(asked.observation, asked.facts)
        return Listened(asked.observation, asked.facts, findings, loop.time(), steps, tapped)

    return run_virtual(main())


def to_sandbox(spec: Spec, *faults: str) -> Callable[[], Dial]:
    """A sandbox with these faults, which is asked with its own keys."""

    def lines() -> Dial:
        loop = asyncio.get_running_loop()
        return Sandbox(spec, now=lambda: BEGAN + loop.time(), faults=faults).dial

    return lines


@dataclass
class Says:
    """One connection, literally: what is said at the handshake, after which request, and after how long.

    ``after`` maps a text of the client to what is done about it: each step is seconds to wait and a text,
    or something to do with the line.
    """

    after: dict[str, Sequence[tuple[float, str | Callable[[Line], None]]]] = field(default_factory=dict)
    refuses: Refused | None = None
    heard: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    pong: str | None = "pong"

    def open(self, line: Line, path: str, query: str) -> Refused | None:
        self.line = line
        self.asked.append(f"{path}?{query}")
        return self.refuses

    def opened(self) -> None:
        """It waits to be asked."""

    def closed(self) -> None:
        """Nothing more is said then."""

    def received(self, message: str | bytes) -> None:
        assert isinstance(message, str)
        self.heard.append(message)
        if message == "ping" and self.pong is not None:
            self.line.send(self.pong)
        loop, line = asyncio.get_running_loop(), self.line
        for seconds, what in self.after.get(message, ()):
            loop.call_later(
                seconds, partial(line.send, what) if isinstance(what, str) else partial(what, line)
            )


def to(*sessions: Says) -> Callable[[], Dial]:
    """A server that serves one connection after the other so, the last one again and again."""
    left = list(sessions)

    def lines() -> Dial:
        return lambda: dial(left.pop(0) if len(left) > 1 else left[0])

    return lines


def declined(status: int, body: bytes = b"", *headers: tuple[str, str]) -> Says:
    return Says(refuses=Decline(status, body, headers))
