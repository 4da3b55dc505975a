"""What channels did, put into words for every output. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from audit.model import SUBSCRIBE, Run, StreamFacts, Verdict
from audit.report.page_numbers import age_words, span

NOT_REACHED = "–"
COLUMNS = ("verdict", "first message", "messages", "rows", "heartbeats", "gap", "unsubscribed")


@dataclass(frozen=True)
class ChannelLine:
    """One channel: what was subscribed to, and a cell for each of COLUMNS; ``broken`` where one is bad."""

    facts: StreamFacts
    cells: tuple[str, ...]
    broken: bool


def heard(run: Run) -> tuple[ChannelLine, ...]:
    """Return every channel that was asked, in the order of the Run."""
    verdicts = {(row.operation, row.path): row.verdict for row in run.observations if row.method == SUBSCRIBE}
    told = ((facts, verdicts.get((facts.channel, facts.name))) for facts in run.streams)
    return tuple(ChannelLine(facts, _cells(facts, verdict), _broken(facts)) for facts, verdict in told)


def _cells(facts: StreamFacts, verdict: Verdict | None) -> tuple[str, ...]:
    first = NOT_REACHED
    if facts.first_seconds is not None:
        first = _time(facts.first_seconds)
    elif verdict is Verdict.EMPTY:
        first = f"none in {_time(facts.bound_seconds)}"
    return (
        NOT_REACHED if verdict is None else verdict.value,
        first,
        f"{facts.messages:,}",
        f"{facts.rows:,}",
        f"{facts.pongs} of {facts.pings}" if facts.pings else NOT_REACHED,
        NOT_REACHED if facts.gap_seconds is None else _time(facts.gap_seconds),
        {True: "stops", False: "goes on", None: NOT_REACHED}[facts.unsubscribed],
    )


def _broken(facts: StreamFacts) -> bool:
    return facts.pongs < facts.pings or facts.unsubscribed is False


def _time(seconds: float) -> str:
    return span(1000 * seconds) if seconds < 100 else age_words(seconds)
