"""PostgreSQL: its password stands nowhere, and what is wrong is one line."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from audit.errors import HistoryError, UsageError
from audit.history.postgres import told
from audit.history.store import find_run, open_history
from audit.model import Outcome
from tests.history.servers import PASSWORD
from tests.report.factory import run
from tests.support.cli import run_here

FAKE = "plainlyfake"


@pytest.mark.parametrize(
    ("url", "shown", "secrets"),
    [
        (f"postgresql://me:{FAKE}@host:5432/name", "postgresql://me@host:5432/name", {FAKE}),
        ("postgres://host/name", "postgres://host/name", set()),
        (
            f"postgresql://me@host/name?password={FAKE}&sslmode=require",
            "postgresql://me@host/name",
            {FAKE},
        ),
        (
            "postgresql://me:plain%2Ffake@[::1]/name",
            "postgresql://me@[::1]/name",
            {"plain%2Ffake", "plain/fake"},
        ),
        (f"postgresql:///name?sslpassword={FAKE}", "postgresql:///name", {FAKE}),
    ],
)
def test_a_url_is_told_without_its_password(url: str, shown: str, secrets: set[str]) -> None:
    name, hidden = told(url)
    assert name == shown
    assert {secret.reveal() for secret in hidden} == secrets


def test_a_server_that_is_not_there() -> None:
    pytest.importorskip("psycopg")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"postgresql://me:{FAKE}@127.0.0.1:{port}/name"
    history = open_history(url)
    assert history is not None
    for work in (history.entries, lambda: history.keep(run())):
        with pytest.raises(HistoryError, match="refused") as caught:
            work()
        assert str(caught.value).startswith(f"postgresql://me@127.0.0.1:{port}/name: ")
        assert FAKE not in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{FAKE}%zz@host/name",
        f"postgresql://me:{FAKE}@host/name?nonsense={FAKE}",
        f"postgresql://me:{FAKE}@[::1/name",
        f"postgresql://me:a@{FAKE}@host/name",
        f"postgresql://me:a@b:{FAKE}@host/name",
    ],
)
def test_a_url_that_cannot_be_read_shows_no_password(url: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(UsageError, match="cannot be read") as caught:
        open_history(url)
    assert f"me:{FAKE}" not in str(caught.value)
    assert f"{FAKE}%zz" not in str(caught.value)


def test_a_url_without_its_slashes_is_no_file_and_shows_no_password() -> None:
    with pytest.raises(UsageError, match="a history at postgres: is not known") as caught:
        open_history(f"postgres:me:{FAKE}@host/name")
    assert FAKE not in str(caught.value)


def test_without_the_driver_the_way_to_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(
        UsageError, match=r"driver is not installed; pip install 'coinglass-audit\[postgres\]'"
    ):
        open_history("postgresql://host/name")


def test_a_wrong_password(server: str) -> None:
    if PASSWORD.split("/", maxsplit=1)[0].replace(" ", "%20") not in server:
        pytest.skip("the server of AUDIT_TEST_POSTGRES may let anybody in")
    wrong = server.replace("pass%3Aword", "wrong%3Aword")
    with pytest.raises(HistoryError, match="password authentication failed") as caught:
        find_run("1", wrong)
    assert "wrong" not in str(caught.value)


def test_a_team_points_the_tool_at_it_and_nothing_else_changes(database: str, tmp_path: Path) -> None:
    asked = ("signoff", "--sandbox", "--plan", "standard", "--only", "futures_supported_coins")
    for number in (1, 2):
        ran = run_here(*asked, "--out", str(tmp_path / "out"), AUDIT_HISTORY=database)
        assert ran.code == 0, ran.err
        assert f"kept as run {number} in postgresql://" in ran.err
        assert not any(form in ran.err + ran.out for form in (PASSWORD, quote(PASSWORD, safe="")))
    assert not (tmp_path / "out" / "history.sqlite").exists()
    listed = run_here("history", "--history", database)
    assert [line.split()[0] for line in listed.out.splitlines()] == ["2", "the", "1", "the"]
    assert find_run("1", database).decision.outcome is Outcome.GO
