"""Rewriting: every language, and what it promises about everything that it does not touch."""

from __future__ import annotations

import importlib.util
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from audit.checks.reliance import meaning
from audit.errors import OutputError
from audit.scan.atlas import Atlas
from audit.scan.facts import Span
from audit.scan.languages import language_of, read
from audit.scan.rewrite import Change, Edits, apply, dirty, plan_edits, unified, write
from audit.scan.source import read_source
from audit.spec.legacy import load_legacy
from tests.support.cli import environment, run_here

FOLDER = Path(__file__).with_name("rewrites")
SAMPLES = sorted(path.stem for path in FOLDER.glob("*.before"))
ARTICLE = Path(__file__).resolve().parents[3] / "shared" / "founding" / "003-trading-bot-article.md"

V2 = b"https://open-api.coinglass.com/public/v2"
V3 = b"https://open-api-v3.coinglass.com"
LIQUIDATIONS = b"/api/futures/liquidation/v2/aggregated-history"


@pytest.fixture(scope="module")
def planned(spec):
    atlas = Atlas(spec, load_legacy(spec.folder))

    def plan(name: str, raw: bytes) -> Edits:
        source = read_source(name, raw, atlas)
        meant = [(use, meaning(use, spec)) for use in source.relied.uses]
        return plan_edits(
            source, [(use, m.operation if m else None, m.route if m else None) for use, m in meant]
        )

    return plan


@pytest.fixture(scope="module")
def fixed(planned):
    return lambda name, raw: apply(raw, planned(name, raw).changes)


@pytest.fixture(scope="module")
def reasons(planned):
    return lambda name, raw: " | ".join(left.reason for left in planned(name, raw).left)


@pytest.mark.parametrize("name", SAMPLES)
def test_each_language(fixed, name):
    before, after = (FOLDER.joinpath(f"{name}.{end}") for end in ("before", "after"))
    found = fixed(name, before.read_bytes())
    if os.environ.get("UPDATE_GOLDEN"):
        after.write_bytes(found)
    assert found.decode() == after.read_text(encoding="utf-8")
    language = language_of(name, found)
    assert read(language, found).errors <= read(language, before.read_bytes()).errors


@pytest.mark.parametrize("name", SAMPLES)
def test_twice_is_once(planned, fixed, name):
    after = fixed(name, FOLDER.joinpath(f"{name}.before").read_bytes())
    assert planned(name, after).changes == ()


@pytest.mark.parametrize("name", SAMPLES)
def test_windows_line_ends_and_byte_order_mark_stay(fixed, name):
    # A mark before #! or before a name belongs to the text there.
    mark = b"" if name.endswith((".env", ".sh")) else b"\xef\xbb\xbf"
    before, after = (FOLDER.joinpath(f"{name}.{end}").read_bytes() for end in ("before", "after"))
    found = fixed(name, mark + before.replace(b"\n", b"\r\n"))
    assert found == mark + after.replace(b"\n", b"\r\n")


def test_no_final_newline_stays(fixed):
    raw = b'requests.get("' + V3 + LIQUIDATIONS + b'?symbol=BTC&interval=h4")'
    assert fixed("a.py", raw) == (
        b'requests.get("https://open-api-v4.coinglass.com/api/futures/liquidation/aggregated-history'
        b'?symbol=BTC&interval=4h&exchange_list=Binance,OKX,Bybit")'
    )


def test_other_characters_stay(fixed):
    raw = b"# \xe9t\xe9\nrequests.get('" + V3 + b"/api/futures/openInterest/exchange-list?symbol=BTC')\n"
    assert fixed("a.py", raw) == raw.replace(b"v3", b"v4").replace(b"openInterest", b"open-interest")


def test_a_wide_encoding_is_left_alone(planned):
    raw = ("requests.get('" + V3.decode() + "/api/futures/openInterest/exchange-list?symbol=BTC')\n").encode(
        "utf-16"
    )
    assert planned("a.py", raw).changes == ()


@pytest.mark.parametrize(
    ("written", "new"),
    [
        ("/api/futures/fundingRate/exchange-list", "/api/futures/funding-rate/exchange-list"),
        ("api/futures/fundingRate/exchange-list", "api/futures/funding-rate/exchange-list"),
        ("/futures/fundingRate/exchange-list/", "/futures/funding-rate/exchange-list/"),
        ("futures/fundingRate/exchange-list", "futures/funding-rate/exchange-list"),
    ],
)
def test_a_path_is_written_as_it_was(fixed, written, new):
    raw = f"# CoinGlass\nget('{written}')\n".encode()
    assert fixed("a.py", raw) == raw.replace(written.encode(), new.encode())


def test_a_path_over_several_pieces(fixed, reasons):
    raw = b'B = "' + V3 + b'/api"\nget(f"{B}/futures/fundingRate/exchange-list")\n'
    assert fixed("a.py", raw) == raw.replace(b"v3", b"v4").replace(b"fundingRate", b"funding-rate")
    raw = b'B = "' + V3 + b'/api/futures/funding"\nget(B + "Rate/exchange-list")\n'
    assert b"Rate/exchange-list" in fixed("a.py", raw)
    assert "several pieces" in reasons("a.py", raw)


def test_an_earlier_prefix_moves_only_with_all_of_its_paths(fixed, reasons):
    base = b'U = "https://open-api.coinglass.com/public/v2"\nH = {"coinglassSecret": k}\n'
    good = b'get(U + "/indicator/open_interest_aggregated_ohlc", {"symbol": "BTC", "interval": "h4"})\n'
    bad = b'get(U + "/no/such/path")\n'
    assert b"open-api-v4.coinglass.com/api" in fixed("a.py", base + good)
    assert b"CG-API-KEY" in fixed("a.py", base + good)
    assert fixed("a.py", base + good + bad) == base + good + bad
    assert "cannot be rewritten" in reasons("a.py", base + good + bad)
    assert fixed("config.py", base) == base
    assert "nothing in this file" in reasons("config.py", base)


def test_a_comment_behind_the_last_entry_stays_with_it(fixed):
    raw = (
        b"params = {\n    'interval': 'h4',\n    'symbol': 'BTC',  # the coin\n}\n"
        b"get('" + V3 + LIQUIDATIONS + b"', params=params)\n"
    )
    assert b"{\n    'exchange_list': 'Binance,OKX,Bybit',\n    'interval': '4h',\n" in fixed("a.py", raw)
    assert b"'symbol': 'BTC',  # the coin\n}" in fixed("a.py", raw)


def test_a_constant_that_serves_something_else_is_left(fixed, reasons):
    raw = (
        b'STEP = "h4"\nget("'
        + V3
        + LIQUIDATIONS
        + b'", {"symbol": "BTC", "interval": STEP})\nexchange.candles(STEP)\n'
    )
    assert b'STEP = "h4"' in fixed("a.py", raw)
    assert "STEP serves other things too" in reasons("a.py", raw)


def test_callers_that_replace_a_default_are_rewritten_with_it(fixed):
    raw = (
        b'def f(step="h4"):\n    return get("'
        + V3
        + LIQUIDATIONS
        + b'", {"symbol": "BTC", "interval": step})\n\n'
        b'f("h1")\nf(step="h8")\nf(step="1d")\n'
    )
    found = fixed("a.py", raw)
    assert b'step="4h"' in found
    assert found.endswith(b'f("1h")\nf(step="8h")\nf(step="1d")\n')


def test_a_moment_known_only_at_run_time_is_left_whole(fixed, reasons):
    raw = b'get("' + V3 + LIQUIDATIONS + b'", {"symbol": "BTC", "interval": "4h", "startTime": since})\n'
    assert b'"startTime": since' in fixed("a.py", raw)
    assert "seconds become milliseconds" in reasons("a.py", raw)


def test_a_name_that_a_wrapper_declares_is_left(fixed, reasons):
    raw = (
        b"def ask(path, startTime=None, **more):\n    pass\n\n"
        b'ask("/api/futures/openInterest/ohlc-history", exchange="Binance", symbol="BTCUSDT", interval="h4", '
        b"startTime=1700000000)\n# CoinGlass\n"
    )
    assert b"startTime=1700000000" in fixed("a.py", raw)
    assert "a parameter of ask" in reasons("a.py", raw)


def test_a_coin_asked_of_a_pair_operation(fixed, reasons):
    path = b"/api/futures/openInterest/ohlc-history"
    alone = b'get("' + V3 + path + b'", {"symbol": "ETH", "interval": "4h"})\n'
    assert b"/api/futures/open-interest/aggregated-history" in fixed("a.py", alone)
    named = b'get("' + V3 + path + b'", {"exchange": "Binance", "symbol": "BTC", "interval": "4h"})\n'
    assert b'"symbol": "BTCUSDT"' in fixed("a.py", named)
    other = named.replace(b"Binance", b"OKX")
    assert b'"symbol": "BTC"' in fixed("a.py", other)
    assert "cannot be told" in reasons("a.py", other)
    pair = alone.replace(b"ETH", b"ETHUSDT")
    assert b"/api/futures/open-interest/history" in fixed("a.py", pair)
    assert b'"exchange": "Binance"' in fixed("a.py", pair)


def test_fields_of_one_answer_are_renamed(fixed, reasons):
    raw = (
        b'def rows():\n    r = get("'
        + V3
        + b'/api/futures/fundingRate/ohlc-history", {"exchange": "Binance", '
        b'"symbol": "BTCUSDT", "interval": "h8"})\n    return r["data"]\n\n'
        b'for row in rows():\n    print(row["o"], row.get("c"), row["t"])\n'
        b'for other in elsewhere():\n    print(other["o"])\n'
    )
    found = fixed("a.py", raw)
    assert b'print(row["open"], row.get("close"), row["t"])' in found
    assert b'other["o"]' in found
    assert "the field o may" in reasons("a.py", raw)


def test_an_answer_that_may_come_from_elsewhere_keeps_its_names(fixed):
    raw = (
        b'r = get("' + V3 + b'/api/futures/fundingRate/ohlc-history", {"exchange": "Binance", '
        b'"symbol": "BTCUSDT", "interval": "h8"})\nif stale:\n    r = cached()\nprint(r["data"][0]["o"])\n'
    )
    assert b'["o"]' in fixed("a.py", raw)


def test_a_property_of_a_table_is_no_field(fixed):
    raw = b'df = pd.DataFrame(get("' + V3 + b'/api/index/fear-greed-history").json()["data"])\n%s\n'
    assert b'df["data_list"]' in fixed("a.py", raw % b'print(df["values"])')
    assert b"df.values" in fixed("a.py", raw % b"print(df.values)")


LIST = V3 + b"/api/futures/openInterest/exchange-list"


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("a.ts", b'interface Row { openInterest: number }\nconst r = await (await fetch("' + LIST
         + b'?symbol=BTC")).json();\nshow(r.data[0].openInterest);', "a type declares the field"),
        ("a.py", b'get("' + V3 + b'/api/futures/fundingRate/oi-weight?interval=h4")',
         "symbol=BTC is sent to begin with"),
        ("a.py", b'get("' + V2 + b'/liqMap", {"symbol": pair, "interval": "1d"})',
         "exchange must be sent; somebody has to choose"),
        ("a.py", b'get("' + V2 + b'/indicator/funding", {"ex": "OKX", "pair": "BTC-USDT", "interval": "h8"})',
         "what becomes of 'BTC-USDT' cannot be told"),
        ("a.py", b'# CoinGlass\nget("http://127.0.0.1:8000/advanced/oi/history/BTCUSDT")', ""),
        ("a.py", b'B = "' + V3 + b'"\nO = "http://127.0.0.1:8000"\nself._get("/advanced/oi/history/BTCUSDT")',
         "no path of the API's own"),
        ("a.py", b'get("https://open-api-v4.coinglass.com/advanced/oi/aggregated/BTCEUR")',
         "what becomes of 'BTCEUR' in the path"),
        ("a.py", b's.params = {"range": "1h"}\ns.get("' + V3 + b'/api/futures/liquidation/exchange-list")',
         "not all that is sent is in sight"),
    ],
)  # fmt: skip
def test_what_is_left_has_a_reason(reasons, name, code, reason):
    said = reasons(name, code + b"\n")
    assert reason in said
    assert bool(reason) == bool(said)


def test_what_comes_close_only_is_left(planned, reasons):
    raw = b'get("https://open-api.coinglass.com/public/v2/long_short?symbol=BTC&time_type=h4")\n'
    assert planned("a.py", raw).changes == ()
    assert "comes close only" in reasons("a.py", raw)


def test_a_path_with_a_hole_is_left(planned):
    raw = b'get(f"' + V3 + b'/api/futures/{kind}/exchange-list")\n'
    assert not any(b"funding" in change.new for change in planned("a.py", raw).changes)


def test_a_query_without_quotes_gets_no_ampersand(fixed, reasons):
    raw = b"curl " + V3 + LIQUIDATIONS + b"?symbol=BTC\n"
    assert b"&" not in fixed("a.sh", raw)
    assert "no plain place" in reasons("a.sh", raw)


@pytest.mark.parametrize(
    "url",
    [
        b"https://fapi.coinglass.com/api/fundingRate/v2/home",
        V3 + b"/api/futures/aggregatedTakerBuySellVolumeRatio/history?symbol=BTCUSDT",
    ],
)
def test_a_host_stays_with_a_path_that_does(fixed, url):
    raw = b'get("' + url + b'")\nget("' + V3 + b'/api/futures/supported-coins")\n'
    assert url in fixed("a.py", raw)
    assert b"v4.coinglass.com/api/futures/supported-coins" in fixed("a.py", raw)


def test_a_host_stays_where_every_path_behind_it_does(fixed, reasons):
    """A wrapper joins the prefix and the path: the path is left, and would be asked of the new host."""
    base = b'base = "' + V3 + b'/api/"\nH = {"coinglassSecret": k}\n'
    wrapper = b'def ask(kind, path):\n    return get(f"{base}{kind}/{path}", headers=H)\n'
    left = b'ask("futures", "openInterest/ohlc-history")\n'
    raw = base + wrapper + left
    assert fixed("a.py", raw) == raw
    assert "none of the paths asked of it could be rewritten" in reasons("a.py", raw)
    assert b"open-api-v4" in fixed("a.py", raw + b'get(base + "futures/supported-coins")\n')
    assert b"open-api-v4" in fixed("a.py", base)


def test_other_hosts_and_own_routes_stay(planned):
    raw = (
        b'# CoinGlass\n@app.get("/api/futures/openInterest/ohlc-history")\ndef f(): ...\n'
        b'get("https://fapi.binance.com/futures/data/openInterestHist")\n'
    )
    assert planned("a.py", raw).changes == ()


def test_overlapping_edits_are_refused():
    one, two = Change(Span(0, 4), b"abcd", b"x", "one"), Change(Span(2, 5), b"cde", b"y", "two")
    with pytest.raises(ValueError, match="overlap"):
        apply(b"abcdef", [two, one])
    with pytest.raises(ValueError, match="not those"):
        apply(b"zzzzzz", [one])


def test_the_order_of_edits_does_not_matter():
    changes = [
        Change(Span(1, 2), b"b", b"B", ""),
        Change(Span(2, 2), b"", b"+", ""),
        Change(Span(0, 1), b"a", b"A", ""),
    ]
    assert apply(b"abc", changes) == apply(b"abc", changes[::-1]) == b"AB+c"


def test_a_result_that_reads_worse_is_dropped(planned, monkeypatch):
    monkeypatch.setattr(
        "audit.scan.rewrite.worse", lambda source, after: "the result would be no python any more"
    )
    edits = planned("a.py", FOLDER.joinpath("sample.py.before").read_bytes())
    assert edits.changes == ()
    assert any("no python any more" in left.reason for left in edits.left)


def test_a_patch_can_be_applied_by_git(tmp_path, fixed):
    before = b'B = "' + V3 + b'"\r\n# \xc3\xa9\r\nx = 1'
    after = fixed("a.py", before)
    (tmp_path / "a.py").write_bytes(before)
    patch = unified("a.py", before, after)
    assert "\\ No newline at end of file\n" in unified("a.py", b"a", b"b")
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch.encode(), check=True)  # noqa: S607
    assert (tmp_path / "a.py").read_bytes() == after
    assert unified("a.py", before, before) == ""


def test_writing_keeps_mode_and_links_and_refuses_a_changed_file(tmp_path):
    path = tmp_path / "a.sh"
    path.write_bytes(b"old")
    path.chmod(0o750)
    link = tmp_path / "link.sh"
    link.symlink_to(path)
    write(link, b"old", b"new")
    assert path.read_bytes() == b"new"
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    with pytest.raises(OutputError, match="changed since"):
        write(path, b"old", b"newer")
    with pytest.raises(OutputError, match="cannot be written"):
        write(tmp_path / "none", b"", b"x")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.sh", "link.sh"]


def test_dirty(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("x = 1\n", encoding="utf-8")
    assert not dirty([path])
    for words in (
        ["init", "-q"],
        ["add", "a.py"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)  # noqa: S607
    assert not dirty([path])
    path.write_text("x = 2\n", encoding="utf-8")
    assert dirty([path])


def listing(document: str) -> bytes:
    """The complete program of the article: the one below the heading that announces it."""
    below = document[document.index("Full Bot Framework Example") :]
    below = document[document.rindex("Full Bot Framework Example") :] if "import os" not in below else below
    found = re.search(r"^import os\n.*?(?=^Enter fullscreen mode)", below, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[0].encode()


@pytest.mark.reference
@pytest.mark.skipif(not ARTICLE.is_file(), reason="the article is not beside this checkout")
def test_the_articles_bot_runs_after_the_rewrite(tmp_path, sandbox_url, spec):
    for name in ("pandas", "requests"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"the article's bot needs {name}, which is not installed")
    path = tmp_path / "bot.py"
    path.write_bytes(listing(ARTICLE.read_text(encoding="utf-8")))
    assert run_here("scan", str(path), "--fix").code == 0
    fixed = path.read_bytes()
    assert b'"/api/futures/open-interest/aggregated-history"' in fixed
    assert run_here("scan", str(path), "--diff").out == ""
    path.write_bytes(fixed.replace(spec.provider.base_url.encode(), sandbox_url.encode()))
    told = subprocess.run(
        [sys.executable, str(path)],
        env=environment(COINGLASS_API_KEY="sandbox-startup", NO_PROXY="127.0.0.1"),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-2000:]
    assert re.search(r"^final_decision: (BUY|SELL|HOLD)$", told.stdout, re.MULTILINE)
