"""Judges what a channel pushes, message by message, in memory that does not grow. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from audit.checks import field_type, heard, server_fault
from audit.checks.heard import Heard
from audit.checks.mismatches import Gathered, show
from audit.checks.stream_rows import Rows, Under, shape, under
from audit.model import Finding, Observation, Severity, StreamFacts, Verdict
from audit.spec.channels import MAX_NAME, Channel
from audit.spec.plans import Plan

# Names that messages carry; of further ones the rarest are only counted.
MAX_NAMES = 16


@dataclass
class _Named:
    """The messages under one name; ``rows`` is None where it is no name of the channel."""

    rows: Under | None
    messages: int = 0


class StreamJudge:
    """Takes every message of one channel, and says at the end what was wrong.

    However much comes, it holds no more than the hashes of some thousand rows and a few hundred texts.
    """

    def __init__(self, channel: Channel, plan: Plan) -> None:
        self._channel, self._plan = channel, plan
        self._shape = shape(channel)
        self._gathered = Gathered(channel)
        self._rows = Rows(self._shape)
        self._names: dict[str, _Named] = {}
        self._forgotten = 0

    def take(self, body: Any, now: float) -> None:
        """Look at one pushed message as parsed JSON; ``now`` is when it came, in epoch seconds."""
        self._gathered.fits(body)
        if not isinstance(body, dict):
            return
        name, rows = body.get(self._channel.name_field), body.get(self._channel.data_field)
        if not isinstance(name, str):
            return
        if len(name) > MAX_NAME:
            name = f"{name[:MAX_NAME]}…"  # no name of any channel, and it would be kept
        named = self._names.get(name) or self._meet(name)
        named.messages += 1
        if named.rows is not None and isinstance(rows, list):
            self._rows.take(rows, named.rows, now)

    def _meet(self, name: str) -> _Named:
        if len(self._names) >= MAX_NAMES:
            # What was subscribed to comes again and again, so the rarest is another.
            rarest = min(self._names, key=lambda one: self._names[one].messages)
            self._forgotten += self._names.pop(rarest).messages
        values = self._channel.values(name)
        found = None if values is None else under(self._channel, self._shape, values)
        self._names[name] = _Named(found)
        return self._names[name]

    def findings(self, observation: Observation, facts: StreamFacts) -> tuple[Finding, ...]:
        """Return everything that is wrong with the channel, by the rules that hold for answers too."""
        seen = Heard(self._channel, observation, facts, self._plan, self._gathered.places)
        return (*heard.check(seen), *self._strangers(seen), *self._rows.findings(seen), *_behaviour(seen))

    def _strangers(self, seen: Heard) -> Iterator[Finding]:
        """Report messages under a name that was not subscribed to."""
        others = {name: named.messages for name, named in self._names.items() if name != seen.facts.name}
        count = sum(others.values()) + self._forgotten
        if others:
            expected, found = show(seen.facts.name), show(max(others, key=lambda one: others[one]))
            yield seen.finding(
                field_type.RULE,
                f"{self._channel.name_field}: expected {expected} as subscribed to, found {found} "
                f"in {count} {'message' if count == 1 else 'messages'}",
                Severity.ERROR,
                "Look at the channel of each message before its rows are used, and tell the provider.",
            )


def _behaviour(seen: Heard) -> Iterator[Finding]:
    """Report a channel that does not keep what its connection promises."""
    facts = seen.facts
    if seen.observation.verdict not in (Verdict.AVAILABLE, Verdict.EMPTY):
        return  # what could not be heard to the end is told by its verdict
    if facts.pongs < facts.pings:
        # A client that hears no answer takes the connection for dead and opens another, again and again.
        yield seen.finding(
            server_fault.RULE,
            f"answered {facts.pongs} of {facts.pings} heartbeats",
            Severity.WARNING if facts.pongs else Severity.ERROR,
            "Let data count as a sign of life too, and tell the provider.",
        )
    if facts.unsubscribed is False:
        yield seen.finding(
            server_fault.RULE,
            "goes on after it was unsubscribed from",
            Severity.WARNING,
            "Drop what comes for a channel that is no longer wanted, and tell the provider.",
        )
