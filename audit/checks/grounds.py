"""What a claim is held against: the description, its earlier routes, and what a run saw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from audit.checks.mismatches import one_line
from audit.model import (
    SUBSCRIBE,
    Against,
    Finding,
    Observation,
    Run,
    Standing,
    StreamFacts,
    TargetKind,
    Verdict,
)
from audit.spec.catalog import Spec
from audit.spec.legacy import Legacy

SERVED = (Verdict.AVAILABLE, Verdict.EMPTY)


@dataclass(frozen=True)
class Grounds:
    """A description, its earlier routes, and a run; None where nothing was asked."""

    spec: Spec
    legacy: Legacy | None
    run: Run | None

    @cached_property
    def _by_operation(self) -> dict[str, list[Observation]]:
        found: dict[str, list[Observation]] = {}
        for observation in self.run.observations if self.run else ():
            if observation.attempts:
                found.setdefault(observation.operation, []).append(observation)
        return found

    def seen(self, operation: str) -> tuple[Observation, ...]:
        """Every answer to an operation that was really asked."""
        return tuple(self._by_operation.get(operation, ()))

    @property
    def everything(self) -> Iterable[Observation]:
        """Every answer to a request of the run; what channels do is no answer."""
        return (
            observation
            for rows in self._by_operation.values()
            for observation in rows
            if observation.method != SUBSCRIBE
        )

    @property
    def streams(self) -> tuple[StreamFacts, ...]:
        """What the channels of the run did."""
        return self.run.streams if self.run else ()

    @property
    def plan(self) -> str | None:
        """The plan of the key, where the ladder has it: the one it turned out to have, else the declared."""
        name = (self.run.plan.detected or self.run.plan.declared) if self.run else None
        return name if name in self.spec.ladder.names else None

    @property
    def live(self) -> bool:
        """Whether what was seen is evidence about the API itself."""
        return self.run is not None and self.run.target.kind is TargetKind.LIVE

    def findings(self, rule: str, operation: str) -> tuple[Finding, ...]:
        """What a rule found in the answers of an operation."""
        rows = self.run.findings if self.run else ()
        return tuple(row for row in rows if row.rule == rule and row.operation == operation)


def confirmed(evidence: str) -> Against:
    """The claim holds on this ground."""
    return Against(standing=Standing.CONFIRMED, evidence=evidence)


def contradicted(evidence: str) -> Against:
    """This ground says otherwise."""
    return Against(standing=Standing.CONTRADICTED, evidence=evidence)


def silent(evidence: str) -> Against:
    """This ground says nothing of it."""
    return Against(standing=Standing.NOT_CHECKABLE, evidence=evidence)


def either(holds: bool, evidence: str) -> Against:
    """The claim holds, or not, on one and the same evidence."""
    return confirmed(evidence) if holds else contradicted(evidence)


def answer(observation: Observation) -> str:
    """One answer as evidence: its verdict, and what it rests on."""
    told = [f"HTTP {observation.http_status}"] if observation.http_status is not None else []
    told += [f"code {observation.code}"] if observation.code is not None else []
    words = f' "{one_line(observation.message)}"' if observation.message else ""
    at = f" at {observation.interval}" if observation.interval else ""
    return f"{observation.operation}{at}: {observation.verdict}, {', '.join(told) or 'no answer'}{words}"
