"""`contract --consumer` and `scan --draft-contract`, as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import Ran, run_here

NEEDS = """\
consumer: small
plan: startup
needs:
  - operation: futures_open_interest_history
    params: {exchange: Binance, symbol: BTCUSDT, interval: 1h}
    fields: {close: number}
  - operation: futures_supported_coins
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def hold(*arguments: str) -> Ran:
    return run_here("contract", "--consumer", *arguments)


def words(ran: Ran) -> str:
    """What was printed, wherever its lines were broken."""
    return " ".join(ran.out.split())


def test_each_need_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "needs.yaml").write_text(NEEDS)
    ran = hold("needs.yaml")
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert lines[0] == "CASSETTE: says nothing about the live API"
    assert lines[1].startswith("small on startup: ")
    asked = "futures_open_interest_history exchange=Binance symbol=BTCUSDT interval=1h"
    why = "close is documented as numeric-text, needed as number"
    assert max(map(len, lines[2:])) <= 80
    assert words(ran).endswith(
        f"broken {asked}: field-type: {why} (needs.yaml:6) "
        "holds futures_supported_coins: the recording "
        "no-go: 1 of 2 needs hold. 1 broken: field-type."
    )


@pytest.mark.parametrize("target", [(), ("--sandbox",)])
def test_the_shipped_contract_holds_where_1h_is_open_and_names_the_floor_below(
    target: tuple[str, ...],
) -> None:
    good = hold("derivatives-bot", *target)
    assert good.code == 0, good.err
    assert good.out.splitlines()[-1] == "go: 3 of 3 needs hold."
    bad = hold("derivatives-bot", "--plan", "hobbyist", *target)
    assert bad.code == 1
    assert words(bad).count("interval-gated: interval 1h is finer than 4h, the floor of hobbyist") == 3


def test_a_server_can_be_asked(sandbox_url: str) -> None:
    ran = hold("derivatives-bot", "--base-url", sandbox_url)
    assert ran.code == 0, ran.err
    assert ran.out.startswith("SANDBOX: says nothing about the live API\n")


def test_the_run_holds_every_need(tmp_path: Path) -> None:
    ran = hold("derivatives-bot", "--plan", "hobbyist", "--format", "json", "--out", "reports")
    run = json.loads(ran.out)
    assert run["target"]["kind"] == "cassette"
    assert [need["state"] for need in run["consumer"]["needs"]] == ["broken"] * 3
    assert {finding["rule"] for finding in run["findings"]} == {"interval-gated"}
    assert json.loads((tmp_path / "reports" / "run.json").read_text()) == run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--consumer", "nowhere.yaml"), "no such file, nor one of the shipped contracts: derivatives-bot"),
        (("--consumer", "derivatives-bot", "--plan", "gold"), "unknown plan 'gold'"),
        (("--consumer", "derivatives-bot", "--plan", "standard", "--plan", "startup"), "one plan"),
        (("--consumer", "derivatives-bot", "--only", "futures_*"), "--only goes without --consumer"),
        (("--consumer", "derivatives-bot", "--live"), "--live needs a key"),
        (("--consumer", "derivatives-bot", "--live", "--sandbox"), "--sandbox and --live exclude each other"),
        (("--consumer", "derivatives-bot", "--cassettes", "empty"), "no cassettes; `coinglass-audit record"),
        (("--sandbox",), "--sandbox goes with --consumer"),
    ],
)
def test_wrong_use_is_one_line(arguments: tuple[str, ...], message: str) -> None:
    ran = run_here("contract", *arguments)
    assert ran.code == 2
    assert message in ran.err
    assert ran.err.count("\n") == 1


def test_scan_drafts_what_contract_holds(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(
        "import requests\n"
        'URL = "https://open-api-v4.coinglass.com/api/futures/open-interest/exchange-list"\n'
        'rows = requests.get(URL, params={"symbol": "ETH"}, timeout=5).json()["data"]\n'
        'print([row["open_interest_usd"] for row in rows])\n'
    )
    drafted = run_here("scan", "bot.py", "--draft-contract", "needs.yaml")
    assert "written: needs.yaml; `contract --consumer needs.yaml`" in drafted.err
    assert (tmp_path / "needs.yaml").read_text().splitlines()[3:] == [
        "consumer: needs",
        "plan: hobbyist",
        "",
        "needs:",
        "  # bot.py:2",
        "  - operation: futures_open_interest_exchange_list",
        "    params: {symbol: ETH}",
        "    fields: {open_interest_usd: number}",
    ]
    held = hold("needs.yaml")
    assert held.code == 0, held.err
    assert "the recording with symbol=BTC" in words(held)
    again = run_here("scan", "bot.py", "--draft-contract", "needs.yaml")
    assert (again.code, again.err) == (
        2,
        "error: needs.yaml is there already; name another file for the draft\n",
    )
