"""One side of a comparison: what an API answered on a plan, from cassettes or from a Run file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from statistics import median

from audit.checks.mismatches import one_line
from audit.checks.moments import Column
from audit.checks.series_order import step_seconds
from audit.checks.stale_data import allowed_age
from audit.contract.cassette import Cassette, Interaction
from audit.contract.drift_shape import REACH, Shape, shape_of
from audit.contract.observing import observe
from audit.contract.stream_file import Heard, Stream, pushed
from audit.contract.stream_observing import play
from audit.model import SUBSCRIBE, Finding, Observation, Promise, Run, Target, TargetKind, Verdict
from audit.spec.catalog import Spec
from audit.spec.channels import Channel
from audit.spec.plans import Plan

# Answers about the moment or the key: they tell nothing of the operation.
PASSING = (Verdict.RATE_LIMITED, Verdict.UNREACHABLE)
_FIELD_RULES = ("field-missing", "field-type", "field-unknown")


@dataclass(frozen=True)
class Answer:
    """One request and what came of it.

    ``limit`` is the header's text, ``content`` the media type. What needs a body is None or empty where
    there is none: ``shape``, and of a series ``gaps`` (how often rows are missing between two), ``ahead``
    (seconds by which its newest row is later than ``clock``, epoch seconds) and ``spacing`` (seconds from
    row to row; None where the description promises how old the newest row may be).
    """

    observation: Observation
    limit: str | None = None
    content: str | None = None
    clock: float = 0.0
    shape: Shape | None = None
    gaps: int = 0
    ahead: float | None = None
    spacing: float | None = None

    @property
    def told(self) -> str:
        """Request and answer in one line."""
        row = self.observation
        # The name of a channel holds its parameters.
        params = {} if row.method == SUBSCRIBE else row.params
        query = "&".join(f"{name}={value}" for name, value in params.items())
        request = f"{row.method} {row.path}" + (f"?{query}" if query else "")
        return f"{one_line(request, most=200)} -> {self.said}"

    @property
    def said(self) -> str:
        """What came: verdict, status, code and words."""
        row = self.observation
        parts = [row.verdict.value, f"HTTP {row.http_status}" if row.http_status else "no answer"]
        parts += [f"code {row.code}"] if row.code is not None else []
        parts += [f'"{one_line(row.message)}"'] if row.message else []
        return ", ".join(parts)


@dataclass(frozen=True)
class Side:
    """Everything that was answered on one plan; ``answers`` by operation and interval.

    ``unknown`` are operations of which nothing can be said, ``operations`` all that were asked;
    ``promises`` and ``faults`` (findings about fields) are those of a Run file.
    """

    label: str
    target: Target
    plan: str | None
    answers: Mapping[tuple[str, str | None], Answer]
    operations: frozenset[str]
    unknown: frozenset[str] = frozenset()
    limit: str | None = None
    promises: Mapping[str, Promise] = field(default_factory=dict)
    faults: tuple[Finding, ...] = ()

    @property
    def observations(self) -> tuple[Observation, ...]:
        """What was observed, in the order of asking."""
        return tuple(answer.observation for answer in self.answers.values())


def from_cassettes(
    spec: Spec,
    plan: Plan,
    cassettes: Iterable[Cassette],
    label: str,
    asked: frozenset[str] | None = None,
    stream: Stream | None = None,
) -> Side:
    """Return the side that recorded answers and channels show; ``asked`` are those to look at, else all."""
    answers: dict[tuple[str, str | None], Answer] = {}
    names, target = set(), None
    for cassette in cassettes:
        target = target or cassette.about.target
        for row in cassette.interactions:
            if asked is not None and row.operation not in asked:
                continue
            names.add(row.operation)
            if row.operation in spec.operations:
                answer = answer_of(spec, plan, row, cassette.about.recorded_at)
                answers.setdefault((row.operation, row.interval), answer)
    if stream is not None:
        target = target or stream.about.target
        rows = [heard for heard in stream.channels if asked is None or heard.channel in asked]
        names |= {heard.channel for heard in rows}
        answers |= _channels(spec, plan, rows, stream.about.recorded_at)
    limits = Counter(answer.limit for answer in answers.values())
    return Side(
        label=label,
        target=target or Target(kind=TargetKind.CASSETTE),
        plan=plan.name,
        answers=answers,
        operations=frozenset(names),
        unknown=_unknown(names & (spec.operations.keys() | {name for name, _ in answers}), answers.values()),
        limit=limits.most_common(1)[0][0] if limits else None,
    )


def from_run(run: Run, label: str) -> Side:
    """Return the side that a Run file shows: verdicts and words, but no bodies."""
    answers: dict[tuple[str, str | None], Answer] = {}
    for row in run.observations:
        answers.setdefault((row.operation, row.interval), Answer(row))
    limit = run.plan.requests_per_minute
    return Side(
        label=label,
        target=run.target,
        plan=run.plan.detected or run.plan.declared,
        answers=answers,
        operations=frozenset(row.operation for row in run.observations),
        unknown=_unknown((row.operation for row in run.observations), answers.values()),
        limit=None if limit is None else str(limit),
        promises={promise.operation: promise for promise in run.promises},
        faults=tuple(finding for finding in run.findings if finding.rule in _FIELD_RULES),
    )


def answer_of(spec: Spec, plan: Plan, row: Interaction, recorded_at: datetime) -> Answer:
    """Return a recorded answer as it is compared."""
    seen = observe(spec, plan, row, recorded_at)
    response = row.response
    step, series = step_seconds(seen), seen.operation.series
    schema = seen.operation.schema if seen.body is not None else {}
    moments = [moment for column in seen.columns for moment in column.moments]
    # In another unit than described they tell nothing but that.
    readable = bool(moments) and all(abs(moment - seen.now) < REACH for moment in moments)
    steady = readable and series is not None and not series.gaps
    return Answer(
        observation=seen.observation,
        limit=response.headers.get(spec.provider.rate_limit.limit.lower()),
        content=response.headers.get("content-type", "").partition(";")[0].strip().lower() or None,
        clock=seen.now,
        shape=shape_of(response.body, schema) if response.form == "json" else None,
        gaps=_gaps(seen.columns, step) if step and steady else 0,
        ahead=max(moments) - seen.now if readable else None,
        spacing=_spacing(seen.columns) if readable and allowed_age(seen) is None else None,
    )


def _channels(
    spec: Spec, plan: Plan, rows: Iterable[Heard], recorded_at: datetime
) -> dict[tuple[str, str | None], Answer]:
    """Recorded channels as they are compared, those that are described: by name, and by no interval."""
    described = spec.stream
    if described is None:
        return {}
    found: dict[tuple[str, str | None], Answer] = {}
    for heard in rows:
        channel = described.channels.get(heard.channel)
        if channel is not None:
            seen = play(spec, described, plan, channel, heard, recorded_at).seen
            shape = _shape_of_all(channel, heard)
            found[channel.id, None] = Answer(seen.observation, clock=recorded_at.timestamp(), shape=shape)
    return found


def _shape_of_all(channel: Channel, heard: Heard) -> Shape | None:
    """The shape of a channel's messages, taken as one with the rows of all of them."""
    bodies = [body for body in pushed(heard) if isinstance(body.get(channel.data_field), list)]
    if not bodies:
        return None
    rows = [row for body in bodies for row in body[channel.data_field]]
    return shape_of({**bodies[0], channel.data_field: rows}, channel.schema)


def _unknown(asked: Iterable[str], answers: Iterable[Answer]) -> frozenset[str]:
    known = {row.observation.operation for row in answers if row.observation.verdict not in PASSING}
    return frozenset(asked) - known


def _spacing(columns: Iterable[Column]) -> float | None:
    """How far apart two rows usually are."""
    apart = [later - earlier for column in columns for earlier, later in pairwise(sorted(column.moments))]
    return median(apart) if apart else None


def _gaps(columns: Iterable[Column], step: int) -> int:
    """How often more than one step lies between two rows that follow each other in time."""
    return sum(
        later - earlier > 1.5 * step
        for column in columns
        for earlier, later in pairwise(sorted(column.moments))
    )
