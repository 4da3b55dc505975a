"""What is done with each answer as it arrives: checked against the promise, and mined for facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audit.checks import check_answer
from audit.checks.seen import Seen
from audit.model import Finding, Observation
from audit.probe.asks import Ask
from audit.probe.key import account_facts
from audit.probe.reading import Reading
from audit.probe.symbols import read_table
from audit.spec.catalog import Spec
from audit.spec.plans import Plan


@dataclass
class Inspector:
    """Judges answers. ``plan`` is what they are held against; the probe sets it once it is known."""

    spec: Spec
    plan: Plan

    def inspect(
        self, ask: Ask, observation: Observation, reading: Reading, now: float
    ) -> tuple[Finding, ...]:
        """Return what is wrong with one answer. ``now`` is our clock, the server's is preferred."""
        body = reading.body
        seen = Seen(
            operation=ask.operation,
            observation=observation,
            body=body,
            ladder=self.spec.ladder,
            plan=self.plan,
            now=reading.server_time or now,
        )
        return check_answer(seen)

    def extract(self, ask: Ask, reading: Reading) -> Mapping[str, Any]:
        """Return what later requests need from this answer."""
        facts: dict[str, Any] = {}
        if reading.limit is not None:
            facts["limit"] = reading.limit
        provider = self.spec.provider
        if reading.body is not None:
            if provider.account and ask.operation.id == provider.account.operation:
                facts["account"] = account_facts(self.spec, reading.body)
            for source in provider.pairs:
                if ask.operation.id == source.operation:
                    facts["pairs"] = read_table(reading.body.get(provider.envelope.data), source)
        return facts
