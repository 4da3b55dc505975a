"""The pictures of the page, drawn from what its views counted."""

from __future__ import annotations

from markupsafe import Markup

from audit.report.page_ladder import Ladder, Rung
from audit.report.page_numbers import Latency, Limit, age_words, span
from audit.report.summary import Summary
from audit.report.svg import box, dot, line, picture, text

# Points of a line: more cannot be told apart on a page.
MOST_POINTS = 240
# The room of a chart: its width, and where its line above and its ground stand.
WIDTH, TOP, GROUND = 480, 20, 124


def verdict_bar(summary: Summary) -> Markup:
    """Return the answers as one bar, each verdict a part of it."""
    parts, at = [], 0.0
    scale = 1000 / (summary.sent or 1)
    for row in summary.verdicts:
        told = f"{row.count} {row.verdict.value}"
        parts.append(box(at, 0, row.count * scale, 12, f"v-{row.verdict.value}", told))
        at += row.count * scale
    label = ", ".join(f"{row.count} {row.verdict.value}" for row in summary.verdicts)
    return picture(1000, 12, f"Answers: {label}", parts, "bar", stretch=True)


def ladder(one: Ladder) -> Markup:
    """Return a family's ladder: finest left, a row for each plan, and what was seen below."""
    wide, high, left = 36, 9, 92
    parts = []
    for index, rung in enumerate(one.rungs):
        parts.append(text(left + index * wide + wide / 2, 10, rung.interval, "tick"))
    top = 16.0
    for step in one.steps:
        name = "me" if step.audited else ""
        parts.append(text(left - 8, top + high - 1, step.plan, f"row {name}".strip()))
        closed = len(one.rungs) - step.open
        for index in range(len(one.rungs)):
            state = "open" if index >= closed else "closed"
            parts.append(box(left + index * wide + 1, top, wide - 2, high, f"{state} {name}".strip()))
        top += high + 3
    parts.append(text(left - 8, top + 11, "seen", "row me"))
    for index, rung in enumerate(one.rungs):
        parts += _seen(rung, left + index * wide + wide / 2, top + 7)
    found = one.floor.observed or ("none" if one.floor.settled else "not settled")
    label = f"{one.floor.family}: promised from {one.floor.promised or 'none'}, seen from {found}"
    # A short ladder stays as small as the others.
    return picture(left + max(12, len(one.rungs)) * wide, top + 17, label, parts, "ladder")


def _seen(rung: Rung, x: float, y: float) -> list[Markup]:
    if rung.seen is None:
        return [dot(x, y, 1.5, "unasked")]
    as_promised = rung.promised is None or rung.promised == rung.seen
    mark = text(x, y + 4, "✓" if rung.seen else "✗", "mark " + ("kept" if as_promised else "broken"))
    return [mark]


def latency_bars(one: Latency) -> Markup:
    """Return the answers by how long they took."""
    wide, high = WIDTH / max(4, len(one.bars)), GROUND - TOP
    most = max((bar.count for bar in one.bars), default=1) or 1
    parts = []
    for index, bar in enumerate(one.bars):
        size = bar.count / most * high
        x = index * wide
        parts.append(box(x + 3, GROUND - size, wide - 6, size, "fill", f"{bar.count} took {bar.label}"))
        if bar.count:
            parts.append(text(x + wide / 2, GROUND - size - 5, f"{bar.count}", "count"))
        parts.append(text(x + wide / 2, GROUND + 14, bar.label, "tick"))
    parts.append(line([(0, GROUND), (WIDTH, GROUND)], "axis"))
    label = (
        f"Latency of {one.answers} answers: half within {span(one.half)}, "
        f"95 of 100 within {span(one.most)}, the longest {span(one.longest)}"
    )
    return picture(WIDTH, GROUND + 20, label, parts, "chart")


def limit_line(one: Limit) -> Markup:
    """Return the use of the limit over time, below the limit's own line."""
    ceiling = max(one.limit, one.highest, 1)
    seconds = one.seconds or 1.0
    stride = max(1, len(one.points) // MOST_POINTS)
    # The highest is always drawn, whatever is left out.
    chosen = [
        point
        for index, point in enumerate(one.points)
        if index % stride == 0 or point.used == one.highest or index == len(one.points) - 1
    ]
    points = [
        (point.after_seconds / seconds * WIDTH, GROUND - point.used / ceiling * (GROUND - TOP))
        for point in chosen
    ]
    bound = GROUND - one.limit / ceiling * (GROUND - TOP)
    parts = [
        line([(0, bound), (WIDTH, bound)], "bound"),
        text(0, bound - 5, f"limit {one.limit} a minute", "start"),
        line([(0, GROUND), (WIDTH, GROUND)], "axis"),
        line(points, "graph"),
        *(dot(x, y, 2.5, "graph") for x, y in points if len(points) == 1),
        text(0, GROUND + 14, "0 s", "start"),
        text(WIDTH, GROUND + 14, age_words(one.seconds), "end"),
    ]
    label = f"Use of the limit: at most {one.highest} of {one.limit} in {age_words(one.seconds)}"
    return picture(WIDTH, GROUND + 20, label, parts, "chart")
