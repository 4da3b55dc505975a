"""The first draft of a contract: what the code asks for and reads, as a file that loads and holds."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from audit.contract.cassette import default_folder
from audit.contract.consumer import Need
from audit.contract.consumer_draft import Drafted, written
from audit.contract.consumer_file import read
from audit.errors import UsageError
from audit.jobs.consuming import hold_recorded, plan_of
from audit.jobs.drafting import draft
from audit.jobs.judging import Known
from audit.jobs.scanning import Scan, scan_known
from audit.model import Outcome
from audit.spec.catalog import Spec

BOT = """
import os
import requests

BASE = "https://open-api-v4.coinglass.com"
HEADERS = {"CG-API-KEY": os.environ["COINGLASS_API_KEY"]}


def get(path, params):
    return requests.get(BASE + path, params=params, headers=HEADERS, timeout=10).json()


def open_interest(symbol, since):
    params = {"exchange": "Binance", "symbol": symbol, "interval": "1h", "start_time": since}
    answer = get("/api/futures/open-interest/history", params)
    return [(row["time"], float(row["close"]), row["code"]) for row in answer["data"]]


def funding(symbol="BTC", interval="1h", limit=100):
    path = "/api/futures/funding-rate/oi-weight-history"
    return get(path, {"symbol": symbol, "interval": interval, "limit": limit})["data"]


def liquidations():
    path = "/api/futures/liquidation/aggregated-history"
    answer = get(path, {"exchange_list": "Binance,OKX,Bybit", "symbol": "BTC", "interval": "1h"})
    for row in answer["data"]:
        yield row["aggregated_long_liquidation_usd"] + row["aggregated_short_liquidation_usd"]
"""


def drafted(spec: Spec, folder: Path, **files: str) -> str:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
    known, asked = Known(spec), Scan(paths=(folder,), jobs=1)
    return draft(known, asked, "bot", scan_known(known, asked).advice)


def test_the_draft_of_a_bot_says_what_it_asks_for_and_reads(spec: Spec, tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    text = drafted(spec, code, bot=BOT)
    path = tmp_path / "needs.yaml"
    path.write_text(text, encoding="utf-8")
    stated = read(path)
    assert (stated.consumer.consumer, stated.consumer.plan) == ("bot", "startup")
    assert stated.consumer.needs == (
        Need(
            operation="futures_funding_rate_oi_weight_history",
            params={"symbol": "BTC", "interval": "1h", "limit": "100"},
        ),
        Need(
            operation="futures_liquidation_aggregated_history",
            params={"exchange_list": "Binance,OKX,Bybit", "symbol": "BTC", "interval": "1h"},
            fields={
                "aggregated_long_liquidation_usd": "number",
                "aggregated_short_liquidation_usd": "number",
            },
        ),
        Need(
            operation="futures_open_interest_history",
            params={"exchange": "Binance", "symbol": "BTCUSDT", "interval": "1h"},
            fields={"close": "numeric-text", "time": "ms"},
        ),
    )
    assert "  # examples: symbol\n" in text
    assert "params: {symbol: BTC, interval: 1h, limit: 100}\n" in text
    run = hold_recorded(spec, stated, plan_of(spec, stated), default_folder())
    assert run.decision.outcome is Outcome.GO


def test_old_code_is_drafted_as_what_replaces_it(spec: Spec, tmp_path: Path) -> None:
    code = """
    import requests

    def history():
        url = "https://open-api-v3.coinglass.com/api/futures/openInterest/ohlc-history"
        params = {"exchange": "Binance", "symbol": "BTCUSDT", "interval": "h1"}
        rows = requests.get(url, params=params, timeout=5).json()["data"]
        return [(row["t"], row["c"]) for row in rows]
    """
    text = drafted(spec, tmp_path, old=code)
    assert "operation: futures_open_interest_history" in text
    assert "params: {exchange: Binance, symbol: BTCUSDT, interval: 1h}" in text
    assert "fields: {close: numeric-text, time: ms}" in text


def test_what_code_leaves_out_is_not_made_up(spec: Spec, tmp_path: Path) -> None:
    code = """
    import requests

    URL = "https://open-api-v4.coinglass.com/api/futures/open-interest/history"
    requests.get(URL, params={"symbol": "BTC", "interval": "1h"}, timeout=5)
    """
    (tmp_path / "code").mkdir()
    path = tmp_path / "needs.yaml"
    path.write_text(drafted(spec, tmp_path / "code", bot=code), encoding="utf-8")
    stated = read(path)
    run = hold_recorded(spec, stated, plan_of(spec, stated), default_folder())
    assert [finding.rule for finding in run.findings] == ["missing-required-param", "wrong-param"]


def test_a_table_of_paths_does_not_hide_who_asks(spec: Spec, tmp_path: Path) -> None:
    asks = """
    import requests

    URL = "https://open-api-v4.coinglass.com/api/futures/open-interest/history"
    requests.get(URL, params={"exchange": "OKX", "symbol": "BTC-USDT-SWAP", "interval": "4h"}, timeout=5)
    """
    names = 'PATH = "https://open-api-v4.coinglass.com/api/futures/open-interest/history"\n'
    text = drafted(spec, tmp_path, asks=asks, names=names)
    assert text.count("- operation:") == 1
    assert "symbol: BTC-USDT-SWAP" in text


@pytest.mark.parametrize("value", ["100", "-2.5", "0", "0100", "1e3", "1_0", "1:30", "1.50", ".inf", "nan"])
def test_a_value_is_read_again_as_it_was_drafted(spec: Spec, tmp_path: Path, value: str) -> None:
    row = Drafted("futures_supported_coins", {"min_usd": value}, (), (), "bot.py", 1, told=True)
    path = tmp_path / "needs.yaml"
    path.write_text(written(spec, "bot", "standard", [row]), encoding="utf-8")
    assert read(path).consumer.needs[0].params == {"min_usd": value}
    assert (f"min_usd: {value}}}" in path.read_text()) == (value in ("100", "-2.5", "0", "1e3", "nan"))


def test_code_that_asks_for_nothing_has_no_contract(spec: Spec, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no contract to draft"):
        drafted(spec, tmp_path, other="print(1)\n")
