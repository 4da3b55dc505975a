"""A history in a file: SQLite.

The file keeps SQLite's rollback journal. A write takes milliseconds and others wait for it, so nothing is
gained by a write-ahead log, and without one the history is a single file that can be copied, kept in a
CI's cache and read from a disk that is not writable.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from audit.errors import HistoryError
from audit.history.backend import LAYOUT_TABLE, Execute, Value, check_layout, create

T = TypeVar("T")
PATIENCE = 10.0
SUFFIXES = (".sqlite", ".sqlite3", ".db")
_MAGIC = b"SQLite format 3\0"
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class _DamagedError(Exception):
    """The file cannot be used as a database; never leaves this module."""


class Sqlite:
    """A history in the file ``path``; ``patience`` is how many seconds to wait for another process.

    ``named`` says that the user named the file, which may then be a link to where it really is. A damaged
    file is moved away before the first write and named in ``set_aside``; a read leaves it.
    """

    def __init__(self, path: Path, patience: float = PATIENCE, *, named: bool = True) -> None:
        self.path = path
        self._named = named
        self.name = str(path)
        self.set_aside: Path | None = None
        self._patience = patience

    def read(self, work: Callable[[Execute], T]) -> T | None:
        """Do some reading; None where there is no file yet. Raises HistoryError."""
        if not self.path.exists():
            return None
        try:
            with self._open("rw") as connection:
                execute = _executing(connection)
                connection.execute("BEGIN")
                return work(execute) if self._has_tables(execute) else None
        except _DamagedError as error:
            self._check_ours(str(error))
            raise HistoryError(
                f"{self.name}: damaged ({error}); restore a copy, or let the next sign-off set it aside"
            ) from None

    def write(self, work: Callable[[Execute], T]) -> T:
        """Do some writing; a damaged file is set aside, never overwritten. Raises HistoryError."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HistoryError(f"{self.name}: its folder cannot be made ({error.strerror})") from None
        seen = self._identity()
        try:
            return self._write(work)
        except _DamagedError as error:
            # Unless another process has put a new one in its place meanwhile.
            if self._identity() == seen:
                self.set_aside = self._move_away(str(error))
            with self._telling():
                return self._write(work)

    def compact(self) -> None:
        """Give the room of removed runs back to the disk, where nobody else is busy with the file."""
        with suppress(HistoryError, _DamagedError), self._open("rw") as connection:
            connection.execute("VACUUM")

    def _write(self, work: Callable[[Execute], T]) -> T:
        with self._open("rwc") as connection:
            execute = _executing(connection)
            # Takes the only right to write first: two who read before they write would refuse each other.
            connection.execute("BEGIN IMMEDIATE")
            if not self._has_tables(execute):
                create(execute, "INTEGER PRIMARY KEY AUTOINCREMENT", "BLOB")
            done = work(execute)
            connection.execute("COMMIT")
            return done

    def _has_tables(self, execute: Execute) -> bool:
        tables = {name for (name,) in execute("SELECT name FROM sqlite_master WHERE type = 'table'", ())}
        if LAYOUT_TABLE in tables:
            check_layout(execute, self.name)
            return True
        if tables:
            raise HistoryError(f"{self.name}: a database of something else; name another file")
        return False

    @contextmanager
    def _open(self, mode: str) -> Iterator[sqlite3.Connection]:
        if not self._named and self.path.is_symlink():
            # It may have come with the code that is audited, and lead to a file of somebody else.
            raise HistoryError(f"{self.name}: a link; name the file it leads to with --history")
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        with (
            self._telling(),
            closing(
                sqlite3.connect(uri, timeout=self._patience, isolation_level=None, uri=True)
            ) as connection,
        ):
            yield connection

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what the library raises into a line for the user."""
        try:
            yield
        except sqlite3.Error as error:
            # The low byte is the kind, the rest says more.
            kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if kind in _DAMAGED:
                raise _DamagedError(str(error)) from None
            if kind in _BUSY:
                raise HistoryError(
                    f"{self.name}: locked by another process for {self._patience:g} s; try again"
                ) from None
            raise HistoryError(f"{self.name}: cannot be used as a history ({error})") from None
        except _DamagedError as error:
            raise HistoryError(f"{self.name}: damaged ({error})") from None

    def _identity(self) -> int | None:
        with suppress(OSError):
            return self.path.stat().st_ino
        return None

    def _check_ours(self, why: str) -> None:
        """Raise HistoryError for a file that never was a history: it is somebody else's and stays."""
        with suppress(OSError), self.path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC and self.path.suffix not in SUFFIXES:
                raise HistoryError(f"{self.name}: not a history ({why}); name another file")

    def _move_away(self, why: str) -> Path:
        """Rename a damaged history."""
        self._check_ours(why)
        try:
            aside = self.path.with_name(f"{self.path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
            self.path.rename(aside)
            # A journal belongs to the file it was written for and would spoil a new one.
            journal = self.path.with_name(f"{self.path.name}-journal")
            if journal.exists():
                journal.rename(aside.with_name(f"{aside.name}-journal"))
        except OSError as error:
            raise HistoryError(
                f"{self.name}: damaged ({why}) and cannot be set aside ({error.strerror})"
            ) from None
        return aside


def _executing(connection: sqlite3.Connection) -> Execute:
    def execute(statement: str, values: Sequence[Value]) -> list[tuple[Any, ...]]:
        return connection.execute(statement, values).fetchall()

    return execute
