"""Hears a probe, so that what was said can be kept: every answer, and all that passes on a channel."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from audit.client.answers import Complete, Outcome, Request
from audit.contract.cassette import Cassette
from audit.contract.record import Heard, assemble
from audit.contract.scrub import Scrubber
from audit.contract.sealed import Origin
from audit.contract.stream_file import Stream
from audit.contract.stream_record import Recorder
from audit.jobs.about import TOOL
from audit.jobs.choosing import stream_of
from audit.jobs.clock import clock
from audit.jobs.probing import Audited
from audit.jobs.settings import Aim
from audit.model import CHANNEL_GROUP
from audit.probe.asks import Ask
from audit.spec.catalog import Spec


class Hearing:
    """Listens to one probe of a plan; ``began`` is when it was begun with, in UTC.

    ``listen`` and ``tap`` are what `probe` takes; what was heard is asked for when it has ended.
    """

    def __init__(self, spec: Spec, target: Aim, scrubber: Scrubber, began: datetime) -> None:
        self._spec, self._target, self._scrubber, self._began = spec, target, scrubber, began
        self._heard: dict[str, Heard] = {}
        self._recorders: dict[str, Recorder] = {}

    def listen(self, ask: Ask, request: Request, outcome: Outcome) -> None:
        """Keep one answer."""
        self._heard[ask.id] = Heard(ask, request, outcome)

    def tap(self, name: str) -> Recorder:
        """Return what keeps all that passes on a channel, which is begun with now."""
        moment = self._began.timestamp()
        since = clock(self._target, moment)() - moment
        channel = stream_of(self._spec).channels[name]
        self._recorders[name] = Recorder(channel, self._spec.provider, self._scrubber, since)
        return self._recorders[name]

    def asked(self, groups: Collection[str]) -> set[str]:
        """The operations of some groups and the channels that were heard, by name."""
        return {row.ask.operation.id for row in self._of(groups)} | self._recorders.keys()

    def spoilt(self, groups: Collection[str]) -> list[str]:
        """Which of them broke off, so that they cannot be played again."""
        rows = [row.ask.operation.id for row in self._of(groups) if not isinstance(row.outcome, Complete)]
        return [*rows, *(name for name, recorder in self._recorders.items() if recorder.broken)]

    def cassettes(self, plan: str, groups: Collection[str] | None = None) -> list[Cassette]:
        """What was answered, a cassette for each group, or for each of these."""
        return assemble(self._spec, self._origin(plan), self._of(groups), self._scrubber)

    def stream(self, plan: str, audited: Audited) -> Stream | None:
        """What was heard of channels, None where nothing was."""
        rows = tuple(
            self._recorders[facts.channel].heard(facts)
            for facts in audited.run.streams
            if not self._recorders[facts.channel].broken
        )
        return (
            Stream(about=Origin(group=CHANNEL_GROUP, **self._origin(plan)), channels=rows) if rows else None
        )

    def _of(self, groups: Collection[str] | None) -> list[Heard]:
        rows = list(self._heard.values())
        return rows if groups is None else [row for row in rows if row.ask.operation.group in groups]

    def _origin(self, plan: str) -> Mapping[str, Any]:
        return {
            "target": self._target.target,
            "plan": plan,
            "recorded_at": self._began,
            "tool": TOOL,
            "spec": self._spec.facts(),
        }
