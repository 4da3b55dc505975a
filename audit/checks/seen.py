"""One answer with all that the checks need to judge it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from audit.checks.mismatches import Mismatch, mismatches, one_line
from audit.checks.moments import Column, columns
from audit.model import Observation, Verdict
from audit.spec.operations import Operation
from audit.spec.plans import Ladder, Plan


class Promised(Protocol):
    """An operation or a channel."""

    @property
    def id(self) -> str:
        """Its name in a Run."""

    @property
    def min_plan(self) -> str:
        """The cheapest plan that opens it."""


class Judged(Protocol):
    """What the rules need that judge an answer to a request and what a channel pushed alike."""

    @property
    def operation(self) -> Promised:
        """What was asked."""

    @property
    def observation(self) -> Observation:
        """What came."""

    @property
    def plan(self) -> Plan:
        """The plan that it is held against."""

    @property
    def mismatches(self) -> tuple[Mismatch, ...]:
        """Where it differs from the documented schema, each place once."""

    @property
    def request(self) -> str:
        """What was asked, in one line, for evidence."""

    @property
    def opened(self) -> bool:
        """Whether it was let in, with rows or without."""

    @property
    def rowless(self) -> str | None:
        """What is to be said of an answer without rows; None where it may have none."""


@dataclass(frozen=True)
class Seen:
    """An answer beside its promise.

    ``body`` is the parsed answer where it is a success, else None. ``now`` is the server's clock
    where it told it, else ours, in epoch seconds.
    """

    operation: Operation
    observation: Observation
    body: Any
    ladder: Ladder
    plan: Plan
    now: float

    @property
    def opened(self) -> bool:
        """Whether the answer is a success, with rows or without."""
        return self.observation.verdict in (Verdict.AVAILABLE, Verdict.EMPTY)

    @property
    def rowless(self) -> str | None:
        """What is to be said of an answer without rows; None where it may have none."""
        return None if self.operation.may_be_empty else "answers with success and no rows"

    @property
    def answered(self) -> bool:
        """Whether the answer is a success with rows."""
        return self.observation.verdict is Verdict.AVAILABLE and self.body is not None

    @cached_property
    def mismatches(self) -> tuple[Mismatch, ...]:
        """Where the body differs from the documented schema, each place once."""
        if self.body is None:
            return ()
        return mismatches(self.operation, self.body)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The moments of each series in the body, in seconds."""
        return columns(self.operation, self.body) if self.answered else ()

    @property
    def request(self) -> str:
        """The request as a path with its query, for evidence."""
        query = "&".join(f"{name}={value}" for name, value in self.observation.params.items())
        whole = f"{self.observation.method} {self.observation.path}" + (f"?{query}" if query else "")
        return one_line(whole, most=500)
