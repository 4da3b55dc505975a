"""The documents this project began with: what the scan has to say of each, line by line."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from audit.checks import CODE_CHECKS
from audit.checks.reliance import Reliance, meaning
from audit.model import Finding
from audit.scan.atlas import Atlas
from audit.scan.source import Source, read_source
from audit.scan.streams import used
from audit.spec.catalog import default_folder, load
from audit.spec.legacy import load_legacy

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "founding"

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the founding documents do not lie beside the checkout"),
]
# Line of a document: the operation that its path is today.
REFERENCE = {
    13: "futures_liquidation_aggregated_history",
    37: "futures_liquidation_heatmap_model1",
    56: "futures_liquidation_exchange_list",
    72: "futures_open_interest_exchange_list",
    96: "futures_open_interest_aggregated_history",
    118: "futures_open_interest_history",
    125: "futures_funding_rate_exchange_list",
    149: "futures_funding_rate_oi_weight_history",
    168: "futures_funding_rate_oi_weight_history",
    175: "futures_global_long_short_account_ratio_history",
    194: "futures_top_long_short_account_ratio_history",
    210: "futures_top_long_short_position_ratio_history",
    217: "option_info",
    232: "option_exchange_oi_history",
    235: "option_exchange_vol_history",
    242: "grayscale_holdings_list",
    256: "etf_bitcoin_list",
    272: "futures_pairs_markets",
    275: "futures_pairs_markets",
    278: "futures_taker_buy_sell_volume_exchange_list",
    351: "futures_liquidation_heatmap_model1",
    352: "futures_funding_rate_exchange_list",
    353: "futures_top_long_short_account_ratio_history",
    354: "futures_open_interest_exchange_list",
}
# Where the path lives on as it was.
STAYS = {13, 56}
ROUTER = {
    30: ["/api/futures/supported-exchange-pairs"],
    33: ["/api/futures/funding-rate/history"],
    36: ["/api/futures/open-interest/history"],
    40: ["/api/futures/open-interest/aggregated-history"],
    43: ["/api/futures/global-long-short-account-ratio/history"],
    46: ["/api/futures/v2/taker-buy-sell-volume/history"],
    49: ["/api/futures/aggregated-taker-buy-sell-volume/history"],
    52: ["/api/futures/liquidation/aggregated-history"],
    56: ["/api/futures/liquidation/heatmap/model1"],
    57: ["/api/spot/orderbook/aggregated-ask-bids-history"],
    63: ["/api/option/exchange-oi-history"],
    67: ["/api/etf/bitcoin/flow-history", "/api/etf/bitcoin/flow-history"],
    70: [None],
    73: ["/api/hyperliquid/whale-alert"],
}
COMMANDS = {
    55: ("pair", "futures_funding_rate_history requires symbol"),
    57: ("coin", "futures_open_interest_aggregated_history requires symbol"),
    59: ("coin", "futures_liquidation_aggregated_history requires exchange_list, symbol"),
    61: ("coin", "futures_aggregated_taker_buy_sell_volume_history requires exchange_list, symbol"),
    64: ("coin", "futures_liquidation_exchange_list requires range"),
}
ARTICLE = {
    443: "futures_open_interest_history",
    444: "futures_open_interest_aggregated_history",
    445: "futures_open_interest_exchange_list",
    451: "futures_open_interest_history",
    512: "futures_funding_rate_history",
    513: "futures_funding_rate_oi_weight_history",
    514: "futures_funding_rate_exchange_list",
    520: "futures_funding_rate_oi_weight_history",
    571: "futures_liquidation_history",
    572: "futures_liquidation_aggregated_history",
    573: "futures_liquidation_heatmap_model2",
    584: "futures_liquidation_aggregated_history",
    961: "futures_open_interest_history",
    973: "futures_funding_rate_oi_weight_history",
    990: "futures_liquidation_aggregated_history",
}


@cache
def source_of(number: str) -> Source:
    """Read a document."""
    spec = load(default_folder())
    (path,) = FOLDER.glob(f"{number}-*.md")
    return read_source(path.name, path.read_bytes(), Atlas(spec, load_legacy(spec.folder)))


@cache
def read(number: str) -> tuple[tuple[tuple[int, str | None], ...], tuple[Finding, ...]]:
    """Return line and operation of the uses of a document, and all findings."""
    source = source_of(number)
    spec = source.atlas.spec
    reliance = Reliance(source, spec, spec.ladder.get("standard"))
    uses = []
    for use in source.relied.uses:
        meant = meaning(use, spec)
        line = source.lines.location(source.name, use.anchor.start).line or 0
        uses.append((line, meant.operation.id if meant and meant.operation else None))
    return tuple(uses), tuple(finding for check in CODE_CHECKS for finding in check(reliance))


def lines(number: str, rule: str) -> dict[int, list[Finding]]:
    """Return the findings of one rule by line."""
    found: dict[int, list[Finding]] = {}
    for finding in read(number)[1]:
        if finding.rule == rule and finding.location is not None:
            found.setdefault(finding.location.line or 0, []).append(finding)
    return found


def test_every_endpoint_of_the_old_reference_has_its_replacement() -> None:
    uses, _ = read("000")
    assert dict(uses) == REFERENCE
    assert len(uses) == len(REFERENCE)
    old = lines("000", "legacy-endpoint")
    assert set(old) == set(REFERENCE) - STAYS
    paths = {operation.id: operation.path for operation in load(default_folder()).operations.values()}
    assert {line: paths[REFERENCE[line]] for line in old} == {
        line: finding.replacement for line, (finding,) in old.items()
    }


def test_the_old_reference_has_an_old_host_a_gated_operation_and_a_key() -> None:
    assert set(lines("000", "legacy-host")) == {3}
    assert set(lines("000", "plan-gated")) == {37, 351}
    (finding,) = lines("000", "secret")[5]
    assert finding.location is not None
    assert finding.location.column == 15
    assert "5eed" not in finding.model_dump_json()
    assert len(lines("000", "secret")) == 1


def test_every_row_of_the_router_has_an_equal_or_is_told_to_have_none() -> None:
    old = {line: found for line, found in lines("001", "legacy-endpoint").items() if line in ROUTER}
    assert {line: [finding.replacement for finding in found] for line, found in old.items()} == ROUTER
    assert "no equal" in old[70][0].message
    assert set(lines("001", "plan-gated")) >= {56}


def test_the_routes_of_the_patch_are_its_own() -> None:
    assert set(lines("001", "legacy-endpoint")) == set(ROUTER)


def test_the_patch_sends_a_parameter_that_is_none() -> None:
    assert {line: found[0].replacement for line, found in lines("001", "wrong-param").items()} == {
        132: "symbol",
        153: "symbol",
    }
    assert {line: found[0].message for line, found in lines("001", "missing-required-param").items()} == {
        131: "futures_funding_rate_history requires symbol",
        152: "futures_open_interest_history requires symbol",
    }


def test_the_commands_of_the_runbook_name_wrong_parameters_and_lack_required_ones() -> None:
    wrong = lines("002", "wrong-param")
    assert {line: [finding.legacy for finding in found] for line, found in wrong.items()} == {
        line: [name] for line, (name, _) in COMMANDS.items()
    }
    assert {finding.replacement for (finding,) in wrong.values()} == {"symbol"}
    missing = lines("002", "missing-required-param")
    assert {line: [finding.message for finding in found] for line, found in missing.items()} == {
        line: [message] for line, (_, message) in COMMANDS.items()
    }
    assert not lines("002", "secret")


def test_every_path_of_the_article_is_judged() -> None:
    uses, findings = read("003")
    # One sentence names three of them.
    sentence = [
        (126, "futures_open_interest_history"),
        (126, "futures_funding_rate_oi_weight_history"),
        (126, "futures_liquidation_aggregated_history"),
    ]
    assert list(uses) == [*sentence, *ARTICLE.items()]
    assert set(lines("003", "plan-gated")) == {573}
    renamed = {126} | {line for line, name in ARTICLE.items() if "liquidation" not in name}
    assert set(lines("003", "legacy-endpoint")) == renamed
    assert not [finding for finding in findings if finding.rule in ("secret", "unknown-endpoint")]


@pytest.mark.parametrize(
    ("number", "places"), [("000", []), ("001", [5, 118]), ("002", [13, 47]), ("003", []), ("004", [])]
)
def test_the_address_of_the_stream_stands_where_it_is_written_about(number: str, places: list[int]) -> None:
    told = [use for use, _ in used(source_of(number))]
    assert [use.line for use in told] == places
    assert {(use.path, use.status) for use in told} <= {("wss://open-ws.coinglass.com/ws-api", "current")}
    # It is only written about: nothing there connects, subscribes or carries a key.
    rules = {finding.rule for line in places for finding in read(number)[1] if _at(finding) == line}
    assert not rules & {
        "unknown-endpoint",
        "secret",
        "missing-heartbeat",
        "missing-resubscribe",
        "legacy-host",
    }


def _at(finding: Finding) -> int | None:
    return finding.location.line if finding.location else None


def test_the_official_skill_is_clean() -> None:
    uses, findings = read("004")
    assert len(uses) == 18
    assert None not in {operation for _, operation in uses}
    assert findings == ()
