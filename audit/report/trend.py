"""The trend since earlier runs: what was counted in each, as numbers and as small lines. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from markupsafe import Markup
from pydantic import TypeAdapter, ValidationError

from audit.history.entry import Entry, changes, entry_of
from audit.model import Run, Severity
from audit.report.page_numbers import span
from audit.report.svg import dot, line, picture
from audit.report.words import OPEN, plain

# The key under which a Run carries the entries of the runs before it, oldest first.
EARLIER = "earlier"
# More points than this cannot be told apart in so small a picture.
MOST = 30
WIDTH, HEIGHT, MARGIN = 160, 32, 4


@dataclass(frozen=True)
class Line:
    """One number over the runs, oldest first; None where a run has none. ``unit`` is ``ms`` or empty."""

    title: str
    values: tuple[float | None, ...]
    unit: str = ""

    def words(self, value: float | None) -> str:
        """Return a value for people."""
        if value is None:
            return "–"
        return span(value) if self.unit == "ms" else f"{value:,.0f}"

    @property
    def label(self) -> str:
        """Say in a sentence what the line shows."""
        known = [value for value in self.values if value is not None]
        if not known:
            return f"{self.title}: not known"
        return (
            f"{self.title} over {len(self.values)} runs: now {self.words(self.values[-1])}, "
            f"before {self.words(self.values[-2] if len(self.values) > 1 else None)}, "
            f"lowest {self.words(min(known))}, highest {self.words(max(known))}"
        )


@dataclass(frozen=True)
class Trend:
    """Runs of one series, oldest first, the audited one last; ``changes`` since the one before it."""

    entries: tuple[Entry, ...]
    changes: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def rows(self) -> tuple[tuple[Entry, tuple[str, ...]], ...]:
        """Each run with what changed against the one before it, newest first."""
        told = [changes(before, now) for before, now in pairwise(self.entries)]
        return tuple(reversed(list(zip(self.entries, [(), *told], strict=True))))


def trend(entries: Sequence[Entry]) -> Trend | None:
    """Return the trend over the newest runs of the last one's series; None where there is but one."""
    if not entries:
        return None
    chosen = tuple(entry for entry in entries if entry.series == entries[-1].series)[-MOST:]
    if len(chosen) < 2:
        return None
    return Trend(chosen, changes(*chosen[-2:]), tuple(_lines(chosen)))


def trend_in(run: Run) -> Trend | None:
    """Return the trend that a Run carries; None where it carries nothing that can be read."""
    try:
        earlier = _ENTRIES.validate_python(getattr(run, EARLIER, ()))
    except ValidationError:
        return None
    return trend([*earlier, entry_of(run)])


def with_earlier(run: Run, entries: Sequence[Entry]) -> Run:
    """Return a Run that carries what is known of the runs before it, so that a page can be made from it."""
    told = [entry.model_dump(mode="json") for entry in entries[-MOST + 1 :]]
    return run.model_copy(update={EARLIER: told}) if told else run


def sparkline(one: Line) -> Markup:
    """Return a line without axes; it breaks where a run has no number, and its end is marked."""
    known = [value for value in one.values if value is not None]
    if not known:
        return picture(WIDTH, HEIGHT, one.label, [], "spark")
    low, high = min(known), max(known)
    step = (WIDTH - 2 * MARGIN) / max(1, len(one.values) - 1)
    size = HEIGHT - 2 * MARGIN

    def place(index: int, value: float) -> tuple[float, float]:
        share = (value - low) / (high - low) if high > low else 0.5
        return MARGIN + index * step, HEIGHT - MARGIN - share * size

    pieces: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(one.values):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append(place(index, value))
    parts = [line(piece, "graph") for piece in pieces if len(piece) > 1]
    parts += [dot(*piece[0], 1.5, "graph") for piece in pieces if len(piece) == 1]
    if one.values[-1] is not None:
        parts.append(dot(*place(len(one.values) - 1, one.values[-1]), 2.5, "graph now"))
    title = Markup("<title>{}</title>").format(plain(one.label, 500))
    return picture(WIDTH, HEIGHT, one.label, [title, *parts], "spark")


def _lines(entries: Sequence[Entry]) -> list[Line]:
    def over(title: str, number: Callable[[Entry], float | None], unit: str = "") -> Line:
        return Line(title, tuple(number(entry) for entry in entries), unit)

    opened = [verdict.value for verdict in OPEN]
    return [
        *(over(f"{name.value}s", partial(_found, name.value)) for name in Severity),
        over("answers that are open", lambda entry: sum(entry.verdicts.get(name, 0) for name in opened)),
        over("other answers", lambda entry: sum(n for v, n in entry.verdicts.items() if v not in opened)),
        over("latency, half within", lambda entry: entry.latency_p50_ms, "ms"),
        over("latency, 95 of 100 within", lambda entry: entry.latency_p95_ms, "ms"),
    ]


def _found(severity: str, entry: Entry) -> int:
    return entry.severities.get(severity, 0)


_ENTRIES: TypeAdapter[list[Entry]] = TypeAdapter(list[Entry])
