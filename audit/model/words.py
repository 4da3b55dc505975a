"""The closed sets of words that all parts share, and the base of every model."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


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
