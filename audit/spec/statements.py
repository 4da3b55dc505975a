"""What a claim about the API may state: one kind each, as the checkable part of a line of a ledger."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from audit.model import Verdict

Text = Annotated[str, Field(min_length=1, max_length=500)]


class Statement(BaseModel):
    """Base of all kinds: nothing beside the keys below, and no value is bent into shape."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Plan(Statement):
    """A plan may, or may not, call an operation."""

    operation: Text
    plan: Text
    opens: bool = True


class CheapestPlan(Statement):
    """This plan and every dearer one may call an operation, no cheaper one."""

    operation: Text
    plan: Text


class PlanName(Statement):
    """There is a plan of this name."""

    plan: Text


class Limit(Statement):
    """A plan may send so many requests a minute."""

    plan: Text
    per_minute: int


class Floor(Statement):
    """The finest interval of a plan; null where none is too fine."""

    plan: Text
    floor: Text | None


class Interval(Statement):
    """An operation answers, or refuses, an interval on a plan."""

    operation: Text
    plan: Text
    interval: Text
    answers: bool = True


class Width(Statement):
    """The API writes intervals like this."""

    spelling: Text


class History(Statement):
    """How far back an operation goes depends on plan and interval."""

    operation: Text


class Updates(Statement):
    """An operation has new data this often (``1m``), or in ``realtime``."""

    operation: Text
    every: Text


class Exists(Statement):
    """The API serves a path, below its prefix."""

    path: Text


class Absent(Statement):
    """Nothing serves a purpose; ``operations`` are those that would."""

    operations: tuple[Text, ...] = Field(min_length=1, strict=False)


class Parameter(Statement):
    """An operation takes a parameter; required or not where that is said."""

    operation: Text
    name: Text
    required: bool | None = None


class Values(Statement):
    """A parameter takes exactly these values."""

    operation: Text
    name: Text
    values: tuple[Text, ...] = Field(min_length=1, strict=False)


class Symbol(Statement):
    """What an operation wants as its symbol."""

    operation: Text
    kind: Literal["pair", "coin"]


class MaxRows(Statement):
    """The most rows of one answer, and how many come unasked where that is said."""

    operation: Text
    rows: int
    default: int | None = None


class FieldIs(Statement):
    """An answer has a field; ``type`` and ``unit`` as the description says them."""

    operation: Text
    field: Text
    type: Literal["string", "number", "integer", "boolean", "object", "array"] | None = None
    unit: Text | None = None


class Time(Statement):
    """A parameter takes a moment in this unit."""

    operation: Text
    name: Text
    unit: Literal["ms", "s"]


class StandIn(Statement):
    """Where a plan lacks an operation, another can be used instead."""

    operation: Text
    by: Text


class Authority(Statement):
    """An operation is where the spelling of exchanges and pairs is to be looked up."""

    operation: Text


class Host(Statement):
    """Where the API, or one named part or version of it, is served."""

    url: Text
    version: Text | None = None


class AuthHeader(Statement):
    """The key travels in this header, or in this query parameter of a named part of the API."""

    header: Text | None = None
    query: Text | None = None
    version: Text | None = None


class LimitHeader(Statement):
    """An answer's header that tells the limit, or how much of it is used."""

    name: Text
    tells: Literal["limit", "used"]


class Heartbeat(Statement):
    """Who listens has to show that it is still there; this often (``20s``) where that is said."""

    every: Text | None = None


class Resubscribe(Statement):
    """A channel has to be subscribed to anew after each break of the connection."""


class Success(Statement):
    """The code of an answer that went well."""

    code: Text


class Refusal(Statement):
    """A refusal of this class carries one of these statuses, in its code or over HTTP."""

    verdict: Verdict = Field(strict=False)
    statuses: tuple[int, ...] = Field(min_length=1, strict=False)


class HttpError(Statement):
    """A refusal of this class can be told by the HTTP status alone."""

    verdict: Verdict = Field(strict=False)


class Person(Statement):
    """Nothing a machine can check; ``why`` says so."""

    why: Text


KINDS: dict[str, type[Statement]] = {
    "absent": Absent,
    "auth-header": AuthHeader,
    "authority": Authority,
    "cheapest-plan": CheapestPlan,
    "exists": Exists,
    "field": FieldIs,
    "floor": Floor,
    "heartbeat": Heartbeat,
    "history": History,
    "host": Host,
    "http-error": HttpError,
    "interval": Interval,
    "limit": Limit,
    "limit-header": LimitHeader,
    "max-rows": MaxRows,
    "parameter": Parameter,
    "person": Person,
    "plan": Plan,
    "plan-name": PlanName,
    "refusal": Refusal,
    "resubscribe": Resubscribe,
    "stand-in": StandIn,
    "success": Success,
    "symbol": Symbol,
    "time": Time,
    "updates": Updates,
    "values": Values,
    "width": Width,
}
