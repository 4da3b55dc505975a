"""The history of runs: keep one, list them, open one again, remove old ones."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from audit.errors import UsageError, unknown
from audit.history.backend import Backend, Execute
from audit.history.entry import Entry, entry_of
from audit.history.packed import compact_json, pack, unpack
from audit.model import Run

VARIABLE = "AUDIT_HISTORY"
# Under the folder of all outputs, not in that of one audit: a trend needs what several left.
DEFAULT = Path("reports") / "history.sqlite"
OFF = "off"
_ALL = 2**62
LATEST = "latest"


@dataclass(frozen=True)
class Listed:
    """The runs of a history, oldest first; ``unreadable`` says in a line each what could not be listed."""

    entries: tuple[Entry, ...]
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kept:
    """A run that was kept under an id, and where a damaged history was moved to make room for it."""

    id: int
    set_aside: Path | None = None


@dataclass(frozen=True)
class Pruned:
    """How many runs were removed, and how many are left."""

    removed: int
    left: int


class History:
    """Runs in a database; every method raises HistoryError where that cannot be used."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @property
    def name(self) -> str:
        """Where it is, as people are told: without a password."""
        return self._backend.name

    def keep(self, run: Run) -> Kept:
        """Add a run."""
        entry = entry_of(run)
        summary = compact_json(entry.model_dump(mode="json", exclude={"id"}))
        told = (entry.started_at, entry.target.value, entry.plan or "", entry.outcome.value, entry.series)
        values = (*told, summary, pack(run))

        def work(execute: Execute) -> int:
            rows = execute(
                "INSERT INTO audit_runs (started_at, target, plan, outcome, series, summary, run) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number",
                values,
            )
            return int(rows[0][0])

        number = self._backend.write(work)
        return Kept(number, self._backend.set_aside)

    def entries(self, series: str | None = None, limit: int | None = None) -> Listed:
        """Return the newest ``limit`` runs, of one series or of all, oldest first."""
        asked = (series or "", series or "", limit if limit is not None else _ALL)

        def work(execute: Execute) -> list[tuple[int, str]]:
            rows = execute(
                "SELECT number, summary FROM audit_runs WHERE series = ? OR ? = '' "
                "ORDER BY number DESC LIMIT ?",
                asked,
            )
            return [(number, summary) for number, summary in reversed(rows)]

        entries, unreadable = [], []
        for number, summary in self._backend.read(work) or []:
            try:
                told = Entry.model_validate_json(summary)
            except ValidationError as error:
                unreadable.append(f"run {number}: its line cannot be read ({error.errors()[0]['msg']})")
            else:
                entries.append(told.model_copy(update={"id": number}))
        return Listed(tuple(entries), tuple(unreadable))

    def run(self, text: str) -> Run:
        """Return the run with an id, or the latest; raises UsageError naming the ids there are."""
        if text != LATEST and not is_id(text):
            raise UsageError(f"{text!r} is no id; give a number from `history`, or {LATEST!r}")

        def work(execute: Execute) -> tuple[list[tuple[int, bytes]], list[int]]:
            known = [number for (number,) in execute("SELECT number FROM audit_runs ORDER BY 1", ())]
            if not known:
                return [], []
            number = known[-1] if text == LATEST else int(text)
            rows = execute("SELECT number, run FROM audit_runs WHERE number = ?", (number,))
            return [(row[0], bytes(row[1])) for row in rows], known

        found, known = self._backend.read(work) or ([], [])
        if not found and not known:
            raise UsageError(f"{self.name}: no run is kept there yet; `signoff` keeps one")
        if not found:
            raise unknown("run", text, [str(number) for number in reversed(known)])
        return unpack(found[0][1], f"{self.name}: run {found[0][0]}")

    def prune(self, keep: int | None = None, before: datetime | None = None) -> Pruned:
        """Remove all but the newest ``keep`` runs, and those that began before a moment in UTC."""

        def work(execute: Execute) -> Pruned:
            told = execute("SELECT number, started_at FROM audit_runs ORDER BY number DESC", ())
            gone = {number for number, _ in told[keep:]} if keep is not None else set()
            if before is not None:
                gone |= {number for number, started in told if _is_before(started, before)}
            for number in sorted(gone):
                execute("DELETE FROM audit_runs WHERE number = ?", (number,))
            return Pruned(len(gone), len(told) - len(gone))

        if self._backend.read(lambda execute: True) is None:
            return Pruned(0, 0)
        done = self._backend.write(work)
        if done.removed:
            self._backend.compact()
        return done


def open_history(text: str | None, folder: Path | None = None) -> History | None:
    """Open what ``--history`` names: a file, the URL of a PostgreSQL database, or ``off`` for None.

    Nothing named is `history.sqlite` in ``folder``, the outputs' own, or beside all of them. Nothing is
    read or made yet. Raises UsageError where the text names nothing that could hold a history.
    """
    text = (text or "").strip()
    if text == OFF:
        return None
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", text):
        return History(_database(text))
    from audit.history.sqlite import Sqlite

    if text:
        return History(Sqlite(Path(text)))
    return History(Sqlite(folder / DEFAULT.name if folder else DEFAULT, named=False))


def is_id(text: str) -> bool:
    """Whether a text can be the id of a run."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def is_kept(path: Path) -> bool:
    """Whether what is named like a path is no file but a run of the history: a number, or the latest."""
    text = str(path)
    return (text == LATEST or is_id(text)) and not path.exists()


def find_run(text: str, history: str | None = None) -> Run:
    """Return the run with an id, or the latest, in what ``--history`` or the environment names.

    Raises UsageError where there is none or the history is off, HistoryError where it cannot be used.
    """
    opened = open_history(os.environ.get(VARIABLE) if history is None else history)
    if opened is None:
        raise UsageError(f"run {text}: the history is off; name one with --history or {VARIABLE}")
    return opened.run(text)


def _database(url: str) -> Backend:
    from audit.history.postgres import SCHEMES, Postgres

    scheme, slashes, _ = url.partition("://")
    scheme = scheme.partition(":")[0].lower()
    if scheme not in SCHEMES or not slashes:
        # What follows is not told: it may hold a password.
        raise UsageError(
            f"a history at {scheme}: is not known; name a file, {SCHEMES[0]}://user@host/database, or {OFF}"
        )
    return Postgres(url)


def _is_before(started: str, moment: datetime) -> bool:
    """What tells no time is kept: nobody can say that it is old."""
    try:
        return datetime.fromisoformat(started) < moment
    except (ValueError, TypeError):
        return False
