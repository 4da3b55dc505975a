"""A history in each kind of database; PostgreSQL where a server is at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from audit.history.store import History, open_history
from tests.history import servers


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL, its password in it: of AUDIT_TEST_POSTGRES, or one that is started here."""
    pytest.importorskip("psycopg", reason="the extra `postgres` brings the driver")
    given = os.environ.get("AUDIT_TEST_POSTGRES")
    if given:
        yield given
        return
    programs = servers.programs()
    if programs is None:
        pytest.skip("no PostgreSQL at hand: install one, or name one in AUDIT_TEST_POSTGRES")
    with servers.running(programs) as port:
        yield f"postgresql://{servers.USER}:{quote(servers.PASSWORD, safe='')}@127.0.0.1:{port}/postgres"


@pytest.fixture
def database(server: str) -> Iterator[str]:
    """The URL of a database without a history."""
    import psycopg

    with psycopg.connect(server) as connection:
        connection.execute("DROP TABLE IF EXISTS audit_history, audit_runs")
    yield server
    with psycopg.connect(server) as connection:
        connection.execute("DROP TABLE IF EXISTS audit_history, audit_runs")


@pytest.fixture(params=["file", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What ``--history`` names: a file that is not there yet, and an empty database."""
    if request.param == "file":
        return str(tmp_path / "folder" / "history.sqlite")
    return str(request.getfixturevalue("database"))


@pytest.fixture
def history(place: str) -> History:
    """An empty history."""
    opened = open_history(place)
    assert opened is not None
    return opened
