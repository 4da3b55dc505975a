"""stale-data: the newest row is too old."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.checks.moments import span, when
from audit.checks.rule import Rule
from audit.checks.seen import Seen
from audit.checks.series_order import step_seconds
from audit.model import Finding, Severity

RULE = Rule(
    id="stale-data",
    severity=Severity.ERROR,
    summary="The newest row is older than interval and update frequency allow.",
    why="A feed that has stopped looks like a calm market.",
    example="an hourly series whose newest row is nine hours old.",
    remedy="Guard every read with the age of the newest row; ask the provider whether the feed has stopped.",
)

# Clocks differ, and a bucket is published some time after it closed.
GRACE = 120


@dataclass(frozen=True)
class Age:
    """When the newest row is of (epoch seconds), how old that is, and how old it may be (seconds)."""

    newest: float
    seconds: float
    allowed: float


def check(seen: Seen) -> Iterator[Finding]:
    """Compare the newest moment with now, where the description lets an age be expected."""
    age = age_of(seen)
    if age is not None and age.seconds > age.allowed:
        yield RULE.finding(
            f"the newest row is {span(age.seconds)} old ({when(age.newest)}); "
            f"at most {span(age.allowed)} is expected",
            operation=seen.operation.id,
            evidence=seen.request,
        )


def age_of(seen: Seen) -> Age | None:
    """Return how old an answer is; None where it has no rows with a time, or nothing can be expected."""
    allowed = allowed_age(seen)
    newest = [max(column.moments) for column in seen.columns if column.moments]
    if allowed is None or not newest:
        return None
    return Age(max(newest), seen.now - max(newest), allowed)


def allowed_age(seen: Seen) -> float | None:
    """Return how old the newest row may be, in seconds; None where nothing can be expected.

    A row carries the start of its bucket, so a bucket that has just closed is one step old, and
    the newest row may still be the one before it.
    """
    series = seen.operation.series
    if series is None or _asks_for_past(seen):
        return None
    if series.fresh is not None:
        return float(series.fresh + GRACE)
    step = step_seconds(seen)
    if step is None:
        return None
    return float(2 * step + (seen.operation.updates or 0) + GRACE)


def _asks_for_past(seen: Seen) -> bool:
    end = seen.operation.parameter("end")
    return end is not None and end.name in seen.observation.params and end.example_ago != 0
