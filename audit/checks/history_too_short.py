"""history-too-short: fewer rows than asked for, though the promised history reaches further."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.moments import span
from audit.checks.rule import Rule
from audit.checks.seen import Seen
from audit.checks.series_order import step_seconds
from audit.model import Finding, Severity
from audit.spec.expectations import reach

RULE = Rule(
    id="history-too-short",
    severity=Severity.WARNING,
    summary="An answer has fewer rows than the limit asked for and the promised history holds.",
    why="A back-test or an average over too few rows is wrong without an error.",
    example="limit=100 at 1d, history promised in full, 40 rows came.",
    remedy="Check the number of rows before computing; "
    "a coin or exchange that was listed recently explains it.",
)


def check(seen: Seen) -> Iterator[Finding]:
    """Compare the number of rows with the smaller of the limit and the promised history."""
    operation, observation = seen.operation, seen.observation
    limit, step = operation.parameter("limit"), step_seconds(seen)
    series = operation.series
    if not seen.answered or series is None or series.gaps or limit is None or step is None:
        return
    asked = observation.params.get(limit.name, "")
    if not asked.isdigit() or any(_given(seen, role) for role in ("start", "end")):
        return
    promised = seen.plan.history if operation.history == "plan" else operation.history
    if promised is None or not {observation.interval, "all"} & promised.keys():
        return  # nobody says how far back it goes
    depth = reach(operation, seen.ladder, seen.plan.name, observation.interval)
    wanted = int(asked) if depth is None else min(int(asked), depth // step)
    came = observation.rows or 0
    # The bucket at either end may be open or just leaving the window.
    if came + 2 < wanted:
        reaching = "in full" if depth is None else f"for {span(depth)}"
        yield RULE.finding(
            f"{came} rows came; {asked} were asked for and history is promised {reaching}",
            operation=operation.id,
            evidence=seen.request,
        )


def _given(seen: Seen, role: str) -> bool:
    parameter = seen.operation.parameter("start" if role == "start" else "end")
    return parameter is not None and parameter.name in seen.observation.params
