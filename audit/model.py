"""The words of an audit as frozen models: verdict, observation, finding, decision, and the Run file."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

RUN_FORMAT: Literal["coinglass-audit.run/1"] = "coinglass-audit.run/1"


class Verdict(StrEnum):
    """The class of an observation; exactly one holds."""

    AVAILABLE = "available"
    EMPTY = "empty"
    PLAN_GATED = "plan_gated"
    INTERVAL_GATED = "interval_gated"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"


class Severity(StrEnum):
    """How much a finding weighs; only an error stands in the way of a go unless told otherwise."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the heaviest."""
        return list(Severity).index(self)


class TargetKind(StrEnum):
    """What was audited. Only ``live`` is evidence about the live API."""

    LIVE = "live"
    SANDBOX = "sandbox"
    CASSETTE = "cassette"
    CODE = "code"


class Outcome(StrEnum):
    """What an audit decides."""

    GO = "go"
    NO_GO = "no-go"
    INCOMPLETE = "incomplete"


class Frozen(BaseModel):
    """Base of all models: cannot be changed, keeps keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Tool(Frozen):
    """Which program wrote the file."""

    name: str
    version: str


class Target(Frozen):
    """What was asked, and where."""

    kind: TargetKind
    base_url: str | None = None


class PlanFacts(Frozen):
    """The plan the user declared beside the one the key turned out to have."""

    declared: str | None = None
    detected: str | None = None
    requests_per_minute: int | None = None
    expires_at: str | None = None


class SpecFacts(Frozen):
    """Which description was promised against."""

    title: str
    version: str
    sha256: str
    operations: int


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


class Location(Frozen):
    """A place in a file; line and column count from 1."""

    file: str
    line: int | None = None
    column: int | None = None


class Finding(Frozen):
    """A difference between what was promised, observed and relied on."""

    rule: str
    severity: Severity
    message: str
    operation: str | None = None
    location: Location | None = None
    legacy: str | None = None
    replacement: str | None = None
    certain: bool = True
    evidence: str | None = None
    remedy: str | None = None


class Use(Frozen):
    """A place in source code that relies on the API."""

    file: str
    line: int
    path: str
    operation: str | None = None
    status: Literal["current", "legacy", "unknown"]
    min_plan: str | None = None


class Because(Frozen):
    """One use that forces a plan."""

    operation: str
    file: str | None = None
    line: int | None = None


class Advice(Frozen):
    """The cheapest plan that serves every use found."""

    minimum_plan: str
    because: tuple[Because, ...] = ()


class Decision(Frozen):
    """The outcome and why, one sentence a reason."""

    outcome: Outcome
    reasons: tuple[str, ...]


class Proof(Frozen):
    """One way of telling a key's plan: what it says, and on what ground."""

    way: Literal["subscription", "rate-limit", "witness"]
    plan: str | None
    evidence: str


class KeyFacts(Frozen):
    """Which plan a key has: three proofs, and whether they agree."""

    plan: str | None
    proofs: tuple[Proof, ...]
    agree: bool
    expires_at: str | None = None
    expired: bool | None = None
    requests_per_minute: int | None = None


class Promise(Frozen):
    """What the description promises of one operation: who may call it, and how fine."""

    operation: str
    path: str
    group: str
    title: str
    plans: dict[str, bool]
    interval_floor: dict[str, str | None] = Field(default_factory=dict)


class IntervalFloor(Frozen):
    """Where a family of operations begins to answer: promised, and found by search.

    ``settled`` is false where an answer other than yes or an interval gate got in the way.
    """

    family: str
    operation: str
    promised: str | None
    observed: str | None
    settled: bool


class Run(Frozen):
    """One audit from start to decision; this is what ``run.json`` holds."""

    format: Literal["coinglass-audit.run/1"] = RUN_FORMAT
    tool: Tool
    started_at: str
    finished_at: str
    target: Target
    plan: PlanFacts
    key: KeyFacts | None = None
    spec: SpecFacts
    promises: tuple[Promise, ...] = ()
    observations: tuple[Observation, ...] = ()
    interval_floors: tuple[IntervalFloor, ...] = ()
    uses: tuple[Use, ...] = ()
    findings: tuple[Finding, ...] = ()
    advice: Advice | None = None
    decision: Decision


def sort_findings(findings: list[Finding]) -> tuple[Finding, ...]:
    """Order findings so that two runs can be compared: worst first, then by rule and place."""

    def order(finding: Finding) -> tuple[Any, ...]:
        place = finding.location
        where = (place.file, place.line or 0, place.column or 0) if place else ("", 0, 0)
        return (finding.severity.rank, finding.rule, finding.operation or "", where, finding.message)

    return tuple(sorted(findings, key=order))
