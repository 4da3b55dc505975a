"""A history in a team's PostgreSQL. The driver is loaded when one is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from audit import NAME
from audit.client.secret import Secret
from audit.errors import HistoryError, UsageError
from audit.history.backend import LAYOUT_TABLE, Execute, Value, check_layout, create

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")
SCHEMES = ("postgresql", "postgres")
CONNECT_SECONDS = 10
# What all of this tool's writers agree to wait for; two that make the tables at once would clash.
_LOCK = 0x61756469


class Postgres:
    """A history in the database that ``url`` names; what it leaves out comes from libpq's own variables.

    Raises UsageError where the URL cannot be read or the driver is not installed.
    """

    set_aside: Path | None = None

    def __init__(self, url: str) -> None:
        self.name, self._secrets = told(url)
        try:
            import psycopg
        except ImportError:
            raise UsageError(
                f"{self.name}: the driver is not installed; pip install '{NAME}[postgres]'"
            ) from None
        try:
            self._given = psycopg.conninfo.conninfo_to_dict(url)
        except psycopg.Error:
            # The driver quotes what it cannot read, and that may be the password.
            raise UsageError(
                f"{self.name}: cannot be read; expected something like postgresql://user@host/database"
            ) from None

    def read(self, work: Callable[[Execute], T]) -> T | None:
        """Do some reading; None where the tables are not there. Raises HistoryError."""
        with self._open() as execute:
            return work(execute) if self._has_tables(execute) else None

    def write(self, work: Callable[[Execute], T]) -> T:
        """Do some writing in one transaction. Raises HistoryError."""
        with self._open() as execute:
            execute("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
            if not self._has_tables(execute):
                create(execute, "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "BYTEA")
            return work(execute)

    def compact(self) -> None:
        """The server does that by itself."""

    def _has_tables(self, execute: Execute) -> bool:
        if execute("SELECT to_regclass(?)", (LAYOUT_TABLE,)) == [(None,)]:
            return False
        check_layout(execute, self.name)
        return True

    @contextmanager
    def _open(self) -> Iterator[Execute]:
        """Open a connection and a transaction, which is kept where nothing is raised."""
        import psycopg

        given: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "application_name": NAME, **self._given}
        try:
            with psycopg.connect(**given) as connection:
                yield _executing(connection)
        except psycopg.Error as error:
            why = " ".join(str(error).split()) or type(error).__name__
            for secret in self._secrets:
                why = secret.redact(why)
            raise HistoryError(f"{self.name}: {why}") from None


def told(url: str) -> tuple[str, tuple[Secret, ...]]:
    """Return a URL as it may be shown, and the passwords that were taken out of it.

    Its query is left out: a password may stand there too. Raises UsageError where it is none.
    """
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        raise UsageError("the URL of the history cannot be read; check its host and port") from None
    if parts.netloc.count("@") > 1:
        # The driver would take what follows the first for the host, and tell it.
        raise UsageError("the URL of the history cannot be read; an @ in a password is written %40")
    user = f"{parts.username}@" if parts.username else ""
    shown = f"{parts.scheme}://{user}{parts.netloc.rpartition('@')[2]}{parts.path}"
    hidden = [parts.password or "", *(value for name, value in query if "password" in name.lower())]
    found = dict.fromkeys(form for text in hidden for form in (text, unquote(text)) if form)
    return shown, tuple(map(Secret, found))


def _executing(connection: psycopg.Connection[tuple[Any, ...]]) -> Execute:
    def execute(statement: str, values: Sequence[Value]) -> list[tuple[Any, ...]]:
        # Statements are this package's own and hold no percent sign and no question mark but for values.
        cursor = connection.execute(statement.replace("?", "%s").encode(), values)
        return cursor.fetchall() if cursor.description else []

    return execute
