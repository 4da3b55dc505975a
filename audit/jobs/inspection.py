"""What is done with each answer as it arrives: checked against the promise, and mined for facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from audit.checks import check_answer, stale_data
from audit.checks.moments import when
from audit.checks.seen import Seen
from audit.model import Finding, Freshness, LimitUse, Observation
from audit.probe.asker import Result
from audit.probe.asks import Ask
from audit.probe.key import account_facts
from audit.probe.reading import Reading
from audit.probe.symbols import read_table
from audit.probe.watch import ranked
from audit.spec.catalog import Spec
from audit.spec.plans import Plan
from audit.spec.presets import Ranking


@dataclass
class Inspector:
    """Judges answers. ``plan`` is what they are held against; the probe sets it once it is known.

    ``ranking`` is the list that coins to watch are taken from, if any.
    """

    spec: Spec
    plan: Plan
    ranking: Ranking | None = None
    _age: stale_data.Age | None = field(default=None, init=False)

    def inspect(
        self, ask: Ask, observation: Observation, reading: Reading, now: float
    ) -> tuple[Finding, ...]:
        """Return what is wrong with one answer. ``now`` is our clock, the server's is preferred."""
        seen = Seen(
            operation=ask.operation,
            observation=observation,
            body=reading.body,
            ladder=self.spec.ladder,
            plan=self.plan,
            now=reading.server_time or now,
        )
        self._age = stale_data.age_of(seen)
        return check_answer(seen)

    def extract(self, ask: Ask, reading: Reading) -> Mapping[str, Any]:
        """Return what later requests, or the Run, need from the answer that was just inspected."""
        facts: dict[str, Any] = {}
        if reading.limit is not None:
            facts["limit"] = reading.limit
        if reading.used is not None:
            facts["used"] = reading.used
        if self._age is not None:
            facts["age"] = [self._age.newest, self._age.seconds, self._age.allowed]
        provider = self.spec.provider
        if reading.body is not None:
            if self.ranking is not None and ask.operation.id == self.ranking.operation:
                facts["ranking"] = ranked(reading.body.get(provider.envelope.data), self.ranking)
            if provider.account and ask.operation.id == provider.account.operation:
                facts["account"] = account_facts(self.spec, reading.body)
            for source in provider.pairs:
                if ask.operation.id == source.operation:
                    facts["pairs"] = read_table(reading.body.get(provider.envelope.data), source)
        return facts


def freshness(results: Iterable[Result]) -> tuple[Freshness, ...]:
    """Return how old each series was, by operation and interval."""
    rows = []
    for result in results:
        if "age" in result.facts:
            newest, age, allowed = result.facts["age"]
            rows.append(
                Freshness(
                    operation=result.observation.operation,
                    interval=result.observation.interval,
                    newest=when(newest),
                    age_seconds=round(age, 1),
                    allowed_seconds=allowed,
                )
            )
    return tuple(sorted(rows, key=lambda row: (row.operation, row.interval or "")))


def limit_use(results: Iterable[Result]) -> tuple[LimitUse, ...]:
    """Return what the server counted after each answer that told it, in the order they came."""
    told = sorted(
        (result.at, result.facts["used"], result.facts["limit"])
        for result in results
        if "used" in result.facts and "limit" in result.facts
    )
    return tuple(
        LimitUse(after_seconds=round(at - told[0][0], 1), used=used, limit=limit) for at, used, limit in told
    )
