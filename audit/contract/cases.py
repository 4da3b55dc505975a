"""The tests of the contract suite: what the description promises and what was recorded make them up. Pure.

Nobody writes one: an operation that joins the description is one more case on each plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from audit.checks.cassette import Kept
from audit.contract.cassette import Cassette, Interaction, file_name
from audit.contract.replay import Library, spelled
from audit.contract.stream_file import Heard, Stream
from audit.probe.asks import around_floor, with_intervals
from audit.spec.catalog import Spec
from audit.spec.channels import Channel
from audit.spec.expectations import usual_interval
from audit.spec.operations import Operation
from audit.spec.plans import Plan

Way = Literal["subscription", "rate-limit", "witness"]
WAYS: tuple[Way, ...] = ("subscription", "rate-limit", "witness")


@dataclass(frozen=True)
class AnswerCase:
    """A recorded answer is what its plan promises; ``row`` is None where nothing was recorded."""

    id: str
    plan: Plan
    operation: Operation
    interval: str | None
    row: Interaction | None
    recorded_at: datetime | None


@dataclass(frozen=True)
class KeyCase:
    """One way of telling a key's plan leads to the plan that was recorded."""

    id: str
    plan: Plan
    way: Way


@dataclass(frozen=True)
class FileCase:
    """A file of answers belongs to the description, is recent enough, and holds nothing idle."""

    id: str
    plan: Plan
    group: str
    kept: Kept


@dataclass(frozen=True)
class ChannelCase:
    """A recorded channel is what its plan promises; ``heard`` is None where nothing was recorded."""

    id: str
    plan: Plan
    channel: Channel
    heard: Heard | None
    recorded_at: datetime | None


Case = AnswerCase | ChannelCase | KeyCase | FileCase


def answer_cases(
    spec: Spec, library: Library, plan: Plan, operations: Iterable[Operation]
) -> Iterator[AnswerCase]:
    """Yield a case for each operation, each interval at its promised floor, and whatever else was recorded.

    Raises CassetteError where a file that is needed cannot be used.
    """
    for operation in operations:
        origin = library.origin_of(operation)
        recorded_at = origin.recorded_at if origin else None
        rows = list(library.interactions(operation))
        usual = usual_interval(operation, plan.name)
        first = next((row for row in rows if row.interval == usual), None)
        name = f"{plan.name}-{operation.id}"
        yield AnswerCase(name, plan, operation, usual, first, recorded_at)
        others = [row for row in rows if row is not first]
        numbers: dict[str | None, int] = {}
        for row in others:
            numbers[row.interval] = number = numbers.get(row.interval, 0) + 1
            mark = " ".join(filter(None, (row.interval, str(number) if number > 1 else "")))
            case_id = f"{name}[{mark or number}]"
            yield AnswerCase(case_id, plan, operation, row.interval, row, recorded_at)
        for width in _floors(spec, operation, plan):
            if width != usual and width not in numbers:
                yield AnswerCase(f"{name}[{width}]", plan, operation, width, None, recorded_at)


def channel_cases(library: Library, plan: Plan, channels: Iterable[Channel]) -> Iterator[ChannelCase]:
    """Yield a case for each channel; raises CassetteError where what was recorded cannot be used."""
    stream = library.stream
    recorded_at = stream.about.recorded_at if stream else None
    rows = {heard.channel: heard for heard in stream.channels} if stream else {}
    for channel in channels:
        case_id = f"{plan.name}-{channel.id}"
        yield ChannelCase(case_id, plan, channel, rows.get(channel.id), recorded_at)


def key_cases(plan: Plan) -> Iterator[KeyCase]:
    """Yield a case for each way of telling a key's plan."""
    for way in WAYS:
        yield KeyCase(f"{plan.name}-key[{way}]", plan, way)


def file_cases(
    spec: Spec, library: Library, plan: Plan, *, now: float, max_age: float | None
) -> Iterator[FileCase]:
    """Yield a case for each file of a plan; ``now`` is in epoch seconds, ``max_age`` in seconds."""
    made_of: list[Cassette | Stream] = [*library.cassettes()]
    made_of += [library.stream] if library.stream else []
    for made in made_of:
        group = made.about.group
        kept = Kept(
            file=str(library.folder / file_name(group)),
            age=now - made.about.recorded_at.timestamp(),
            max_age=max_age,
            strangers=strangers(spec, made),
            unused=tuple(_misplaced(spec, made)) if isinstance(made, Cassette) else (),
            current=made.about.spec.sha256 == spec.sha256,
        )
        yield FileCase(f"{plan.name}-cassette[{file_name(group)}]", plan, group, kept)


def strangers(spec: Spec, made: Cassette | Stream) -> tuple[str, ...]:
    """Return the operations or channels of a file that the description does not have."""
    if isinstance(made, Cassette):
        return tuple(sorted({row.operation for row in made.interactions} - spec.operations.keys()))
    known = spec.stream.channels.keys() if spec.stream else set()
    return tuple(sorted({heard.channel for heard in made.channels} - known))


def _floors(spec: Spec, operation: Operation, plan: Plan) -> Iterator[str]:
    """The intervals on both sides of the promised floor."""
    if with_intervals([operation], spec, plan.name):
        yield from (width for _, width in around_floor(operation, plan.name))


def _misplaced(spec: Spec, made: Cassette) -> Iterator[str]:
    """Requests in a file where nothing looks for them: their operation belongs to another group."""
    for row in made.interactions:
        operation = spec.operations.get(row.operation)
        if operation is not None and operation.group != made.about.group:
            yield spelled(row.request)
