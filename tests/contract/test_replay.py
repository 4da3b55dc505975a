"""A library finds the recorded answer to a request, whichever client sends it, and explains a miss."""

from __future__ import annotations

import asyncio
import shutil
import urllib.request
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from audit.client.answers import Complete
from audit.client.answers import Request as ClientRequest
from audit.client.http import Client
from audit.contract import cassette as reading
from audit.contract.cassette import Interaction, default_folder
from audit.contract.player import MissError, playing
from audit.contract.replay import Library, Miss, plans_in
from audit.errors import CassetteError
from audit.probe.asks import ask
from audit.probe.symbols import Wish, choose, read_table, source_for
from audit.spec.catalog import Spec
from tests.contract.made import cassette, interaction, written

PATH = "/api/futures/funding-rate/history"
PARAMS = {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "1d", "limit": "100"}
OPERATION = "futures_funding_rate_history"


@pytest.fixture
def library(spec: Spec) -> Library:
    return Library(default_folder(), "standard", spec)


def params_of(library: Library, name: str = OPERATION) -> dict[str, str]:
    """The parameters of an operation's ordinary request, as recorded."""
    return dict(library.interactions(library.spec.operation(name))[0].request.params)


def test_every_recorded_request_finds_its_own_answer(spec: Spec) -> None:
    for plan in spec.ladder.names:
        library = Library(default_folder(), plan, spec)
        rows = [row for made in library.cassettes() for row in made.interactions]
        assert {row.operation for row in rows} == set(spec.operations)
        for row in rows:
            turned = dict(reversed(row.request.params.items()))
            assert library.find(row.request.method.lower(), row.request.path, turned) is row
        assert library.unused() == ()
        assert library.misses == []


def test_files_are_read_when_they_are_wanted(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = reading.load

    def spy(path: Path) -> Any:
        read.append(path.name)
        return real(path)

    monkeypatch.setattr("audit.contract.replay.load", spy)
    for _ in range(3):
        assert isinstance(library.find("GET", PATH, params_of(library)), Interaction)
    assert read == ["futures-funding-rate.json"]


def test_moments_of_another_time_still_match(spec: Spec, library: Library) -> None:
    timed = next(
        row
        for made in library.cassettes()
        for row in made.interactions
        if any(parameter.time and parameter.name in row.request.params
               for parameter in spec.operations[row.operation].parameters)
    )  # fmt: skip
    moments = {row.name for row in spec.operations[timed.operation].parameters if row.time}
    later = {
        name: str(int(value) + 1) if name in moments else value
        for name, value in timed.request.params.items()
    }
    assert library.find("GET", timed.request.path, later) is timed
    without = {name: value for name, value in timed.request.params.items() if name not in moments}
    assert isinstance(library.find("GET", timed.request.path, without), Miss)


CANDLES = "futures_open_interest_history"  # recorded with unit=usd, the default
FLOWS = "futures_netflow_list"  # recorded with the example per_page=10; no default is documented


@pytest.mark.parametrize(
    ("name", "left_out", "value"),
    [(CANDLES, "unit", "usd"), (FLOWS, "per_page", "10")],
)
def test_what_is_left_out_is_the_default_or_else_the_example(
    library: Library, name: str, left_out: str, value: str
) -> None:
    row = library.interactions(library.spec.operation(name))[0]
    asked = dict(row.request.params)
    assert asked.pop(left_out) == value
    assert library.find("GET", row.request.path, asked) is row
    other = library.find("GET", row.request.path, {**asked, left_out: "7"})
    assert isinstance(other, Miss)
    assert other.differences == (f"parameter {left_out} is 7, recorded {value}",)


def test_a_request_may_say_as_little_as_programs_do(spec: Spec) -> None:
    asked = {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "30m", "limit": "100"}
    found = Library(default_folder(), "startup", spec).find("GET", spec.operation(CANDLES).path, asked)
    assert isinstance(found, Interaction)
    assert found.request.params == {**asked, "unit": "usd"}


def test_a_default_may_be_said_where_it_was_left_out_and_an_exact_match_goes_first(
    spec: Spec, tmp_path: Path
) -> None:
    operation = spec.operation(CANDLES)
    sent = {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "30m", "limit": "100"}
    said, coin = {**sent, "unit": "usd"}, {**sent, "unit": "coin"}
    rows = [interaction(CANDLES, operation.path, params=params) for params in (coin, sent, said)]

    def library_of(*kept: Interaction) -> Library:
        written(tmp_path, cassette(*kept, group=operation.group))
        return Library(tmp_path, "standard", spec)

    def asked(library: Library, params: dict[str, str]) -> Interaction | Miss:
        return library.find("GET", operation.path, params)

    assert asked(library_of(*rows[:2]), said) == rows[1]
    assert asked(library_of(rows[0], rows[2]), sent) == rows[2]
    library = library_of(*rows)
    assert [asked(library, params) for params in (coin, sent, said)] == rows
    # What makes no difference is not told as one, and a required parameter is never made up.
    miss = asked(library_of(rows[2]), {**sent, "interval": "1h"})
    assert isinstance(miss, Miss)
    assert miss.differences == ("parameter interval is 1h, recorded 30m",)
    del sent["interval"]
    assert isinstance(asked(library, sent), Miss)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"interval": "2d"}, ["parameter interval is 2d, recorded 1d"]),
        ({"symbol": ""}, ["parameter symbol is empty, recorded BTCUSDT"]),
        ({"limit": None}, ["parameter limit is left out, recorded 100"]),
        ({"token": "x"}, ["parameter token is not recorded"]),
        (
            {"symbol": "ETHUSDT", "limit": "7"},
            ["limit is 7, recorded 100", "symbol is ETHUSDT, recorded BTCUSDT"],
        ),
    ],
)
def test_a_miss_names_the_nearest_request_and_what_differs(
    library: Library, change: dict[str, str | None], words: list[str]
) -> None:
    asked = {name: value for name, value in {**params_of(library), **change}.items() if value is not None}
    miss = library.find("GET", PATH, asked)
    assert isinstance(miss, Miss)
    assert str(miss).startswith(f"no recorded answer to GET {PATH}?")
    assert f"nearest is GET {PATH}?" in str(miss)
    assert len(miss.differences) == len(words)
    for word in words:
        assert word in str(miss)
    assert library.misses == [miss]


@pytest.mark.parametrize(
    ("method", "path", "host", "word"),
    [
        ("POST", PATH, None, "method is POST, recorded GET"),
        ("GET", PATH.replace("funding", "fundng"), None, f"recorded {PATH}"),
        ("GET", "/nothing/like/it", None, "nothing like this path is recorded in"),
        ("GET", PATH, "other.example.com", "host is other.example.com, recorded for open-api"),
    ],
)
def test_a_miss_says_which_part_of_the_address_differs(
    library: Library, method: str, path: str, host: str | None, word: str
) -> None:
    miss = library.find(method, path, params_of(library), host)
    assert isinstance(miss, Miss)
    assert word in str(miss)
    assert "\n" not in str(miss)


def test_an_answer_given_once_is_said_to_be_played(spec: Spec) -> None:
    library = Library(default_folder(), "standard", spec, repeats=False)
    asked = params_of(library)
    assert isinstance(library.find("GET", PATH, asked), Interaction)
    miss = library.find("GET", PATH, asked)
    assert isinstance(miss, Miss)
    assert miss.played
    assert "it was played already" in str(miss)


def test_a_folder_without_cassettes_says_how_to_record(spec: Spec, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(CassetteError) as caught:
            Library(folder, "standard", spec)
        assert f"record --plan standard --out {folder}" in str(caught.value)
    written(tmp_path, cassette(plan="hobbyist"))
    with pytest.raises(CassetteError, match="there: hobbyist"):
        Library(tmp_path, "standard", spec)
    assert plans_in(tmp_path) == ["hobbyist"]


def test_a_cassette_under_another_name_is_refused(spec: Spec, tmp_path: Path) -> None:
    path = written(tmp_path)
    path.rename(path.with_name("other.json"))
    with pytest.raises(CassetteError, match="name it some-group.json"):
        list(Library(tmp_path, "standard", spec).cassettes())


def test_a_damaged_file_stops_only_what_needs_it(spec: Spec, tmp_path: Path) -> None:
    shutil.copytree(default_folder() / "standard", tmp_path / "standard")
    (tmp_path / "standard" / "options.json").write_text("{")
    library = Library(tmp_path, "standard", spec)
    assert isinstance(library.find("GET", PATH, params_of(library)), Interaction)
    with pytest.raises(CassetteError, match=r"options.json:1: ends too soon"):
        list(library.cassettes())


def test_the_trimmed_lists_lead_to_the_same_requests(spec: Spec) -> None:
    """What is asked after looking up spellings in the recorded lists is what was recorded."""
    for plan in spec.ladder.names:
        library = Library(default_folder(), plan, spec)
        moment = library.origin.recorded_at.timestamp()
        data = {
            source.operation: read_table(
                library.interactions(spec.operation(source.operation))[0].response.body["data"], source
            )
            for source in spec.provider.pairs
        }
        for operation in spec.operations.values():
            source = source_for(operation, spec.provider)
            chosen = choose(operation, data[source.operation] if source else {}, Wish())
            assert chosen.wrong is None
            for row in library.interactions(operation):
                again = ask(spec, operation, plan, interval=row.interval, values=chosen.values)
                assert again.request(moment).params == tuple(row.request.params.items())


# --- any client -------------------------------------------------------------------------------------


def test_every_client_is_played_the_recorded_answer(spec: Spec, library: Library) -> None:
    row = library.interactions(spec.operation(OPERATION))[0]
    url, wanted = spec.provider.base_url + PATH, row.response.body
    with playing(library):
        assert httpx.get(url, params=row.request.params).json() == wanted
        assert requests.get(url, params=row.request.params, timeout=5).json() == wanted
        # The address is the description's; nothing is opened, as all is played.
        with urllib.request.urlopen(f"{url}?{httpx.QueryParams(row.request.params)}") as answer:  # noqa: S310
            assert answer.read() == row.response.raw
            assert answer.headers["content-type"] == "application/json"
        outcome = asyncio.run(_with_own_client(spec, row))
    assert isinstance(outcome, Complete)
    assert (outcome.status, outcome.body) == (row.response.status, row.response.raw)
    assert dict(outcome.headers) == row.response.headers


async def _with_own_client(spec: Spec, row: Interaction) -> Any:
    header = spec.provider.key_header
    async with Client(spec.provider.base_url, key=None, key_header=header, user_agent="test") as client:
        return await client.send(ClientRequest("GET", PATH, tuple(row.request.params.items())))


def test_a_client_that_asks_for_what_is_not_recorded_gets_the_miss(spec: Spec, library: Library) -> None:
    asked = {**params_of(library), "interval": "2d"}
    with playing(library):
        for get in (httpx.get, requests.get):
            with pytest.raises(MissError, match="parameter interval is 2d, recorded 1d"):
                get(spec.provider.base_url + PATH, params=asked)
            with pytest.raises(MissError, match="host is example.com"):
                get("https://example.com/")
    assert len(library.misses) == 4


def test_the_library_may_be_changed_while_it_plays(spec: Spec, library: Library) -> None:
    path = spec.operation("user_account_subscription").path
    with playing(library) as tape:
        levels = []
        for plan in spec.ladder.names:
            tape.library = Library(default_folder(), plan, spec)
            levels.append(httpx.get(spec.provider.base_url + path).json()["data"]["level"])
    assert levels == [plan.level for plan in spec.ladder.plans]
