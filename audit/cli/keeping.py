"""Keeps a finished run in the history; what goes wrong there is told and costs the run nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from audit.cli import screen
from audit.errors import AuditError

if TYPE_CHECKING:
    from audit.history.store import History
    from audit.model import Run


def beside_earlier(history: History | None, run: Run) -> Run:
    """Return the run with what the history knows of the runs before it, for the trend on the page."""
    if history is None:
        return run
    from audit.history.entry import series_of
    from audit.report.trend import MOST, with_earlier

    try:
        return with_earlier(run, history.entries(series_of(run), MOST).entries)
    except AuditError as error:
        _fail(f"no trend on the page: {error}")
        return run


def keep(history: History | None, run: Run, tell: Callable[[str], None]) -> None:
    """Add a run to the history and tell its number there."""
    if history is None:
        return
    try:
        kept = history.keep(run)
    except AuditError as error:
        _fail(f"not kept in the history, everything else is written: {error}")
        return
    if kept.set_aside:
        _fail(f"the history was damaged and begins anew; what was there is kept as {kept.set_aside}")
    tell(f"kept as run {kept.id} in {history.name}")


def _fail(text: str) -> None:
    """Said even where only the result is wanted: somebody relies on the history."""
    screen.tell(text)
