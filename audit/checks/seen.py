"""One answer with all that the checks need to judge it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from audit.checks.mismatches import Mismatch, mismatches, one_line
from audit.checks.moments import Column, columns
from audit.model import Observation, Verdict
from audit.spec.operations import Operation
from audit.spec.plans import Ladder, Plan


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
