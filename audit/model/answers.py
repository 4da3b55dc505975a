"""What an API promises and what it answered."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from audit.model.streams import SUBSCRIBE
from audit.model.words import Frozen, Verdict


class Promise(Frozen):
    """What the description promises of one operation: who may call it, and how fine; finest first."""

    operation: str
    path: str
    group: str
    title: str
    plans: dict[str, bool]
    interval_floor: dict[str, str | None] = Field(default_factory=dict)
    intervals: tuple[str, ...] = ()


class Observation(Frozen):
    """One request and what came back, the key redacted.

    ``latency_ms`` is the time of the last attempt in milliseconds, ``bytes`` the size of its body.
    ``attempts`` is 0 where nothing was sent because the request could not have been answered.
    """

    operation: str
    method: str
    path: str
    params: dict[str, str] = Field(default_factory=dict)
    interval: str | None = None
    expected: Verdict | None = None
    verdict: Verdict
    http_status: int | None = None
    code: str | None = None
    message: str | None = None
    rows: int | None = None
    bytes: int | None = None
    latency_ms: float | None = None
    attempts: int = 1

    @property
    def silent(self) -> bool:
        """Whether it is a channel that neither pushed nor refused, which says nothing of the promise."""
        return self.method == SUBSCRIBE and self.verdict is Verdict.EMPTY


class IntervalFloor(Frozen):
    """Where a family of operations begins to answer: promised, and found by search.

    ``settled`` is false where an answer other than yes or an interval gate got in the way.
    """

    family: str
    operation: str
    promised: str | None
    observed: str | None
    settled: bool


class Freshness(Frozen):
    """How old the newest row of a series was when it was read, in seconds, and how old it may be."""

    operation: str
    interval: str | None = None
    newest: str
    age_seconds: float
    allowed_seconds: float


class LimitUse(Frozen):
    """What the server counted of a key's limit, in seconds after the first answer on the run's own clock."""

    after_seconds: float
    used: int
    limit: int


class Proof(Frozen):
    """One way of telling a key's plan: what it says, and on what ground."""

    way: Literal["subscription", "rate-limit", "witness"]
    plan: str | None
    evidence: str


class KeyFacts(Frozen):
    """Which plan a key has: three proofs, and whether they agree.

    ``header`` is what it is sent in, ``variable`` where it is read from; the key itself stands nowhere.
    """

    plan: str | None
    proofs: tuple[Proof, ...]
    agree: bool
    expires_at: str | None = None
    expired: bool | None = None
    requests_per_minute: int | None = None
    header: str | None = None
    variable: str | None = None
