"""`signoff --preset`: few requests, a runbook, and configurations that a plain client can use as they are."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from audit.model import Verdict
from audit.spec.catalog import Spec
from tests.support.cli import Ran, run_here

CORE = {
    "futures_funding_rate_history",
    "futures_open_interest_aggregated_history",
    "futures_liquidation_aggregated_history",
    "futures_aggregated_taker_buy_sell_volume_history",
}


def signoff(folder: Path, *arguments: str, **extra: str) -> Ran:
    return run_here("signoff", "--out", str(folder), "--format", "json", *arguments, **extra)


def observed(ran: Ran) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(ran.out)["observations"]
    return rows


@pytest.mark.parametrize(("plan", "interval"), [("hobbyist", "4h"), ("startup", "1h"), ("enterprise", "1h")])
def test_the_health_check_asks_little_and_as_fine_as_the_plan_allows(
    plan: str, interval: str, tmp_path: Path
) -> None:
    ran = signoff(tmp_path, "--preset", "health-check", "--plan", plan)
    assert ran.code == 0, ran.err
    rows = observed(ran)
    assert len(rows) == 7
    assert {row["verdict"] for row in rows} == {"available"}
    # On the clock that paces it, as long as it would take beside a server 50 ms away.
    assert json.loads(ran.out)["limit_use"][-1]["after_seconds"] < 10
    core = [row for row in rows if row["operation"] in CORE]
    assert {row["interval"] for row in core} == {interval}
    funding = next(row for row in core if "funding" in row["operation"])
    assert funding["params"]["exchange"] == "OKX"
    assert funding["params"]["symbol"] == "SOL-USDT-SWAP"


def test_the_user_may_choose_another_coin(tmp_path: Path) -> None:
    ran = signoff(tmp_path, "--preset", "health-check", "--symbol", "ETH", "--exchange", "Binance")
    funding = next(row for row in observed(ran) if "funding" in row["operation"])
    assert (funding["params"]["exchange"], funding["params"]["symbol"]) == ("Binance", "ETHUSDT")


def test_a_fault_in_one_of_the_series_closes_the_gate(tmp_path: Path) -> None:
    stale = ("--fault", "stale:futures_funding_rate_history")
    assert signoff(tmp_path, "--preset", "health-check", *stale).code == 1


def test_the_runbook_has_every_request_without_the_key_and_every_refusal(spec: Spec, tmp_path: Path) -> None:
    ran = signoff(tmp_path, "--preset", "liquidation-by-exchange", "--plan", "standard")
    preset = json.loads(ran.out)["preset"]
    assert preset["name"] == "liquidation-by-exchange"
    assert len(preset["commands"]) == 3
    for command in preset["commands"].values():
        words = shlex.split(command.replace("\\\n", " "))
        assert words[:2] == ["curl", "--get"]
        assert words[2].startswith(spec.provider.base_url)
        assert f"{spec.provider.key_header}: ${spec.provider.key_variable}" in words
    assert not re.search(r"sandbox-\w+", ran.out.replace("in-process sandbox", ""))
    refusals = set(Verdict) - {Verdict.AVAILABLE, Verdict.EMPTY}
    assert set(preset["refusals"]) == refusals
    assert all(row["sign"] and row["meaning"] and row["action"] for row in preset["refusals"].values())


def test_a_watchlist_writes_configurations_that_work_as_they_are(sandbox_url: str, tmp_path: Path) -> None:
    ran = signoff(tmp_path, "--preset", "watchlist", "--symbols", "btc, ETH,SOL", "--base-url", sandbox_url)
    assert ran.code == 0, ran.err
    files = sorted((tmp_path / "watchlist").iterdir())
    assert [file.name for file in files] == ["BTC.yaml", "ETH.yaml", "SOL.yaml"]
    for file in files:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert told["coin"] == file.stem
        assert told["checked"]["target"] == "sandbox"
        assert {row["operation"] for row in told["requests"]} == {*CORE, "futures_liquidation_exchange_list"}
        pairs = told["pairs"]["futures_supported_exchange_pairs"]
        for row in told["requests"]:
            if "exchange" in row["params"]:
                assert row["params"]["symbol"] in pairs[row["params"]["exchange"]]
            # A client that knows nothing of the tool sends what stands there.
            answer = requests.request(
                row["method"], sandbox_url + row["path"], params=row["params"], timeout=10,
                headers={told["key"]["header"]: "sandbox-standard"},
            )  # fmt: skip
            assert answer.json()["code"] == "0"
            assert answer.json()["data"]


@pytest.mark.parametrize("plan", ["hobbyist", "standard"])
def test_the_largest_coins_are_found_on_any_plan(plan: str, tmp_path: Path) -> None:
    ran = signoff(tmp_path, "--preset", "watchlist", "--top", "6", "--plan", plan)
    assert ran.code == 0, ran.err
    assert len(list((tmp_path / "watchlist").iterdir())) == 6
    assert "written: 6 configurations" in ran.err
    # The ranking opens with the standard plan.
    ranking = [row for row in observed(ran) if row["operation"] == "futures_coins_markets"]
    assert len(ranking) == (plan == "standard")


def test_a_coin_that_is_not_listed_gets_no_configuration(tmp_path: Path) -> None:
    ran = signoff(tmp_path, "--preset", "watchlist", "--symbols", "BTC,NOPE,../../X")
    assert ran.code == 1
    assert [file.name for file in (tmp_path / "watchlist").iterdir()] == ["BTC.yaml"]
    assert "no configuration for NOPE: " in ran.err
    assert "no configuration for ../../X: " in ran.err


def test_without_a_list_of_coins_nothing_is_called_fine(tmp_path: Path) -> None:
    faults = ("--fault", "empty-list:*coins_markets", "--fault", "server-500:*supported_exchange_pairs")
    ran = signoff(tmp_path, "--preset", "watchlist", "--top", "3", *faults)
    decision = json.loads(ran.out)["decision"]
    assert decision["outcome"] != "go"
    assert any("no coin found to watch" in reason for reason in decision["reasons"])


def test_an_interrupted_watchlist_is_continued(tmp_path: Path) -> None:
    given = ("--preset", "watchlist", "--symbols", "BTC,ETH", "--plan", "standard")
    assert signoff(tmp_path, *given, "--total-timeout", "0.12").code == 3
    assert not (tmp_path / "watchlist").exists()
    ran = signoff(tmp_path, *given, "--resume")
    assert ran.code == 0, ran.err
    assert "continued: " in ran.err
    assert len(list((tmp_path / "watchlist").iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--preset", "health"], "unknown preset 'health'; did you mean health-check?"),
        (["--preset", "health-check", "--only", "futures_*"], "--preset and --only both choose"),
        (["--preset", "health-check", "--symbols", "BTC"], "--symbols and --top are for a preset of several"),
        (["--symbols", "BTC"], "--symbols and --top are for a preset of several"),
        (["--top", "3"], "--symbols and --top are for a preset of several"),
        (["--preset", "watchlist"], "name the coins with --symbols BTC,ETH,SOL"),
        (["--preset", "watchlist", "--symbols", "BTC", "--top", "3"], "name the coins with --symbols"),
        (["--preset", "watchlist", "--symbols", "BTC,,ETH"], "an empty name"),
        (["--preset", "watchlist", "--symbols", ""], "an empty name"),
        (["--preset", "watchlist", "--symbols", "BTC", "--symbol", "ETH"], "--symbol is for one coin"),
        (["--preset", "watchlist", "--top", "0"], "--top"),
    ],
)
def test_what_does_not_fit_is_one_line(arguments: list[str], words: str, tmp_path: Path) -> None:
    ran = signoff(tmp_path / "out", *arguments)
    assert ran.code == 2
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert not (tmp_path / "out").exists()
