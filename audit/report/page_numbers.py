"""What the page counts and measures: field checks, latency, use of the limit, freshness. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import quantiles

from audit.model import SUBSCRIBE, Freshness, LimitUse, Observation, Run, Verdict

# The rules about what stands in an answer, in the order of their columns.
FIELD_RULES = (
    ("field-missing", "missing"),
    ("field-type", "other type"),
    ("field-unknown", "not documented"),
    ("series-order", "order"),
    ("ohlc-range", "range"),
    ("stale-data", "stale"),
    ("history-too-short", "too short"),
)
# Upper bounds of the bars, milliseconds; the last bar holds what is above.
BOUNDS = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
MOST_SLOW = 5
MOST_OLD = 12


@dataclass(frozen=True)
class FieldRow:
    """An operation whose answer differs from its description; ``counts`` follow the columns."""

    operation: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Fields:
    """``checked`` operations answered with rows to hold against the description; ``rows`` name the rest."""

    checked: int
    columns: tuple[str, ...]
    rows: tuple[FieldRow, ...]


@dataclass(frozen=True)
class Bar:
    """How many answers took at most so long; ``upto`` is None for the last, which has no bound."""

    label: str
    upto: int | None
    count: int


@dataclass(frozen=True)
class Latency:
    """How long answers took, in milliseconds."""

    answers: int
    half: float
    most: float
    longest: float
    bars: tuple[Bar, ...]
    slowest: tuple[Observation, ...]


@dataclass(frozen=True)
class Limit:
    """How much of its limit the key had used: the points in time, the highest, and the limit."""

    points: tuple[LimitUse, ...]
    highest: int
    limit: int
    seconds: float


@dataclass(frozen=True)
class Age:
    """A series beside its promise: ``share`` of the allowed age that its newest row had reached."""

    row: Freshness
    share: float

    @property
    def stale(self) -> bool:
        """Whether it is older than it may be."""
        return self.share > 1


@dataclass(frozen=True)
class Ages:
    """All series by how much of the allowed age is used, most first."""

    series: int
    stale: int
    rows: tuple[Age, ...]
    rest: tuple[Age, ...]


def fields(run: Run) -> Fields | None:
    """Count what the field checks found; None where no answer had rows."""
    checked = {row.operation for row in run.observations if row.verdict is Verdict.AVAILABLE and row.attempts}
    if not checked:
        return None
    names = [rule for rule, _ in FIELD_RULES]
    found = Counter(
        (one.operation, one.rule)
        for one in run.findings
        if one.rule in names and one.operation and one.location is None
    )
    operations = sorted({operation for operation, _ in found if operation})
    rows = [FieldRow(name, tuple(found[name, rule] for rule in names)) for name in operations]
    rows.sort(key=lambda row: tuple(-count for count in row.counts))
    return Fields(len(checked), tuple(label for _, label in FIELD_RULES), tuple(rows))


def latency(run: Run) -> Latency | None:
    """Sort the answers into bars; None where there were none. What channels take depends on the market."""
    asked = [row for row in run.observations if row.method != SUBSCRIBE]
    timed = [row for row in asked if row.latency_ms is not None and row.http_status is not None]
    if not timed:
        return None
    times = sorted(row.latency_ms or 0.0 for row in timed)
    cuts = quantiles(times, n=20, method="inclusive") if len(times) > 1 else [times[0]] * 19
    counts = [
        sum(low < time <= high for time in times) for low, high in zip((-1, *BOUNDS), BOUNDS, strict=False)
    ]
    bars = [Bar(f"≤ {span(bound)}", bound, count) for bound, count in zip(BOUNDS, counts, strict=True)]
    bars.append(Bar(f"> {span(BOUNDS[-1])}", None, len(times) - sum(counts)))
    slow = sorted(timed, key=lambda row: (-(row.latency_ms or 0.0), row.operation))
    return Latency(len(times), cuts[9], cuts[18], times[-1], _trimmed(bars), tuple(slow[:MOST_SLOW]))


def _trimmed(bars: list[Bar]) -> tuple[Bar, ...]:
    """Leave out empty bars at both ends."""
    full = [index for index, bar in enumerate(bars) if bar.count]
    return tuple(bars[full[0] : full[-1] + 1]) if full else ()


def limit(run: Run) -> Limit | None:
    """Return the use of the key's limit over time; None where no server told it."""
    points = run.limit_use
    if not points:
        return None
    return Limit(
        points,
        max(point.used for point in points),
        max(point.limit for point in points),
        max(point.after_seconds for point in points),
    )


def ages(run: Run) -> Ages | None:
    """Return how fresh each series was; None where no answer was a series."""
    if not run.freshness:
        return None
    rows = [
        Age(row, row.age_seconds / row.allowed_seconds if row.allowed_seconds > 0 else 0.0)
        for row in run.freshness
    ]
    rows.sort(key=lambda one: (-one.share, one.row.operation, one.row.interval or ""))
    return Ages(len(rows), sum(one.stale for one in rows), tuple(rows[:MOST_OLD]), tuple(rows[MOST_OLD:]))


def span(milliseconds: float) -> str:
    """Return a length of time for people: 12 ms, 1.5 s."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.3g} s"


def age_words(seconds: float) -> str:
    """Return an age for people, in the largest unit of which there is more than one and a half."""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if abs(seconds) >= 1.5 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
