"""What a database must offer to hold a history, and the tables in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from audit.errors import HistoryError

T = TypeVar("T")
Value = int | str | bytes
# Runs one statement with values for its question marks; returns its rows.
Execute = Callable[[str, Sequence[Value]], list[tuple[Any, ...]]]

LAYOUT = 1
LAYOUT_TABLE = "audit_history"


class Backend(Protocol):
    """A database. ``name`` is how it is told to people, without a password; ``set_aside`` where
    damaged content was moved to, None where there was none. What goes wrong is a HistoryError.
    """

    name: str
    set_aside: Path | None

    def read(self, work: Callable[[Execute], T]) -> T | None:
        """Do some reading in one transaction; None where no run was ever kept."""
        ...

    def write(self, work: Callable[[Execute], T]) -> T:
        """Do some writing in one transaction, whole or not at all; make the tables first if need be."""
        ...

    def compact(self) -> None:
        """Give back the room of what was removed."""
        ...


def create(execute: Execute, number: str, blob: str) -> None:
    """Make the tables; ``number`` and ``blob`` are the types of a counted id and of bytes.

    The columns beside ``summary`` are there to be asked for with SQL.
    """
    execute("CREATE TABLE audit_history (layout INTEGER NOT NULL)", ())
    execute("INSERT INTO audit_history (layout) VALUES (?)", (LAYOUT,))
    execute(
        f"CREATE TABLE audit_runs (number {number}, started_at TEXT NOT NULL, target TEXT NOT NULL, "
        "plan TEXT NOT NULL, outcome TEXT NOT NULL, series TEXT NOT NULL, summary TEXT NOT NULL, "
        f"run {blob} NOT NULL)",
        (),
    )
    execute("CREATE INDEX audit_runs_series ON audit_runs (series, number)", ())


def check_layout(execute: Execute, name: str) -> None:
    """Raise HistoryError where the tables are of a version that this tool does not know."""
    rows = execute("SELECT layout FROM audit_history", ())
    layout = rows[0][0] if rows else None
    if layout != LAYOUT:
        raise HistoryError(
            f"{name}: a history of layout {layout}, this tool knows {LAYOUT}; "
            "use a newer version of it, or name another history"
        )
