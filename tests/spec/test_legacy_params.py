"""How parameters and answers of earlier routes change: sets, values, what is refused, and the reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import SpecError
from audit.spec.catalog import Spec, default_folder
from audit.spec.legacy import Legacy, Route, load_legacy, read_legacy
from audit.spec.legacy_params import CALCULATED, FieldChange, ParamChange, ValueChange, read_values
from audit.spec.lint import lint
from tests.conftest import REFERENCE
from tests.spec.conftest import SMALL
from tests.support.cli import run_here

VERSION_TABLE: dict[str, Any] = {"versions": {"v1": {}}}


@pytest.fixture(scope="module")
def legacy() -> Legacy:
    return load_legacy(default_folder())


@pytest.fixture(scope="module")
def shipped_values(legacy: Legacy) -> dict[str, ValueChange]:
    changes: list[ParamChange | FieldChange] = []
    for route in legacy.routes:
        changes += [*route.params.values(), *route.fields.values()]
    return {change.value.name: change.value for change in changes if change.value}


def route_of(legacy: Legacy, version: str, path: str) -> Route:
    return next(route for route in legacy.routes if (route.version, route.path) == (version, path))


def test_sets_are_resolved_and_the_row_goes_before_them() -> None:
    moon, level, levels = load_legacy(SMALL).routes
    assert (moon.params, moon.added, moon.fields, moon.symbol) == ({}, {}, {}, None)
    width = ValueChange("width", {"hour": "1h", "day": "1d"})
    assert level.params == {
        "per": ParamChange("interval"),
        "limit": ParamChange("limit"),
        "{gauge}": ParamChange("gauge"),
        "colour": ParamChange(None),
    }
    assert level.added == {"interval": "1h"}
    assert level.fields == {
        "t": FieldChange("time", ValueChange("ms-to-s", how="milliseconds become seconds")),
        "l": FieldChange("low"),
        "o": FieldChange(None),
        "last_high": FieldChange("high"),
        "last_close": FieldChange("close"),
    }
    assert levels.params["per"] == ParamChange("interval", width)
    assert levels.params["sea"] == ParamChange(
        "gauge", ValueChange("gauge-of-sea", how="one of the gauges there")
    )
    assert (levels.symbol, levels.fields) == ("coin", {})
    assert len({moon, level, levels}) == 3


def test_the_routes_of_a_series_change_as_expected(
    legacy: Legacy, shipped_values: dict[str, ValueChange]
) -> None:
    route = route_of(legacy, "v3", "/api/futures/liquidation/v3/aggregated-history")
    moment = shipped_values["s-to-ms"]
    assert route.params == {
        "interval": ParamChange("interval", shipped_values["interval"]),
        "startTime": ParamChange("start_time", moment),
        "endTime": ParamChange("end_time", moment),
        "limit": ParamChange("limit"),
        "symbol": ParamChange("symbol"),
        "exchanges": ParamChange("exchange_list", shipped_values["exchange-names"]),
    }
    assert route.added == {"exchange_list": "Binance,OKX,Bybit"}
    assert route.fields == {
        "t": FieldChange("time", moment),
        "longLiquidationUsd": FieldChange("aggregated_long_liquidation_usd"),
        "shortLiquidationUsd": FieldChange("aggregated_short_liquidation_usd"),
    }
    spot = route_of(legacy, "v3", "/api/spot/pairs-markets").fields
    assert spot["volUsdChange1h"].to == "volume_change_usd_1h"
    assert spot["volUsdChange4h"].to == "volume_change_4h"
    assert len(spot) == 2 + 8 * 5
    split = route_of(legacy, "v2", "/public/v2/liqMap")
    assert (split.params["interval"].to, split.added) == ("range", {"exchange": None})


@pytest.mark.parametrize(
    ("name", "text", "new"),
    [
        ("interval", "h1", "1h"),
        ("interval", "h24", "1d"),
        ("interval", "24h", "1d"),
        ("interval", "m5", "5m"),
        ("interval", "1h", "1h"),
        ("interval", "1m", "1m"),
        ("interval", "1M", None),
        ("interval", "H1", None),
        ("interval", "h2", None),
        ("interval", "", None),
        ("range", "h24", "24h"),
        ("range", "all", "all"),
        ("range", "7d", "7d"),
        ("range", "h6", None),
        ("currency", "USD", "usd"),
        ("currency", "COIN", "coin"),
        ("currency", "coin", "coin"),
        ("currency", "EUR", None),
        ("exchange-names", "ALL", "Binance,OKX,Bybit"),
        ("exchange-names", "Binance,OKX", "Binance,OKX"),
        ("s-to-ms", "1700000000", "1700000000000"),
        ("s-to-ms", "0", "0"),
        ("s-to-ms", "1700000000000", None),
        ("s-to-ms", "-1", None),
        ("s-to-ms", "1700000000.5", None),
        ("s-to-ms", "start", None),
        ("s-to-ms", "１７００００００００", None),
        ("ms-to-s", "1700000000999", "1700000000"),
        ("ms-to-s", "1700000000", None),
        ("iso-to-ms", "2023-11-14", "1699920000000"),
        ("iso-to-ms", "2023-11-14T22:13:20", "1700000000000"),
        ("iso-to-ms", "2023-11-14T23:13:20+01:00", "1700000000000"),
        ("iso-to-ms", "yesterday", None),
        ("fraction-to-percent", "0.52", "52"),
        ("fraction-to-percent", "0.5101", "51.01"),
        ("fraction-to-percent", "-0.125", "-12.5"),
        ("fraction-to-percent", "1", "100"),
        ("fraction-to-percent", "0", "0"),
        ("fraction-to-percent", "1e9999999", None),
        ("split-exchange-pair", "Binance_BTCUSDT", "BTCUSDT"),
        ("split-exchange-pair", "Gate_BTC_USDT", "BTC_USDT"),
        ("split-exchange-pair", "BTCUSDT", None),
        ("split-exchange-pair", "Binance_", None),
        ("pair-to-instrument", "BTC-USDT", None),
        ("pair-to-coin", "BTCUSDT", None),
        ("coin-to-pair", "BTC", None),
        ("filter-rows", "BTC", None),
        ("other-path", "spot", None),
        ("field-of-span", "h24", None),
    ],
)
def test_a_value_changes_or_cannot_be_told(
    name: str, text: str, new: str | None, shipped_values: dict[str, ValueChange]
) -> None:
    assert shipped_values[name].apply(text) == new


def test_every_change_of_a_value_has_a_table_or_words(shipped_values: dict[str, ValueChange]) -> None:
    for value in shipped_values.values():
        assert bool(value.table) != bool(value.how), value.name
    assert CALCULATED.keys() <= shipped_values.keys()


@given(text=st.text() | st.from_regex(r"-?[0-9]{1,30}(\.[0-9]{1,30})?") | st.datetimes().map(str))
def test_no_text_trips_a_calculation(text: str) -> None:
    for name in CALCULATED:
        new = ValueChange(name, how="x").apply(text)
        assert new is None or len(new) <= len(text) + 20


def test_intervals_end_in_what_the_provider_knows(spec: Spec, shipped_values: dict[str, ValueChange]) -> None:
    assert set(shipped_values["interval"].table.values()) == set(spec.provider.intervals)


def row(**keys: Any) -> dict[str, Any]:
    return {"routes": {"v1": [{"path": "/a", "confidence": "none", **keys}]}}


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"values": []}, "values: expected a mapping"),
        ({"values": {"x": {}}}, "values/x: expected a table"),
        ({"values": {"x": "how"}}, "values/x: expected a table"),
        ({"values": {"x": {"h1": 1}}}, "values/x: h1: expected text, found 1"),
        ({"sets": {"s": {"use": ["s"]}}}, "sets/s: unknown key use"),
        ({"sets": {"s": 5}}, "sets/s: expected a mapping"),
        (row(use=["t"]), "routes/v1/a: use: t is not a set"),
        (row(use="t"), "routes/v1/a: use: expected a list of names"),
        (row(same=[1]), "routes/v1/a: same: expected a list of names"),
        (row(params=["x"]), "routes/v1/a: params: expected a mapping"),
        (row(params={"x": "y"}, same=["x"]), "routes/v1/a: same: x stands in params as well"),
        (row(params={"x": 5}), "routes/v1/a: params/x: expected a mapping"),
        (row(params={"x": {"value": "v"}}), "routes/v1/a: params/x: expected `to`"),
        (
            row(params={"x": {"to": "y", "value": "v"}}),
            "routes/v1/a: params/x: value 'v' is not among values",
        ),
        (row(params={"x": {"to": "y"}}), "routes/v1/a: params/x: value None is not among values"),
        (row(params={"x": {"to": "y", "by": "v"}}), "routes/v1/a: params/x: unknown key by"),
        (row(fields={"x": {"to": 1}}), "routes/v1/a: fields/x: expected `to`"),
        (row(fields={"x*": "y_*"}), "routes/v1/a: fields/x*: expected `each`"),
        (row(add={"x": True}), "routes/v1/a: add/x: expected a value or null"),
        (row(add={"x": []}), "routes/v1/a: add/x: expected a value or null"),
        (row(add=["x"]), "routes/v1/a: add: expected a mapping"),
        (row(symbol="both"), "routes/v1/a: symbol 'both'; expected one of coin, pair"),
    ],
)
def test_changes_that_cannot_be_read_are_refused(tree: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_legacy({**VERSION_TABLE, **tree})
    assert str(caught.value).startswith("legacy.yaml: ")
    assert words in str(caught.value)


def test_a_table_may_have_a_text_called_how() -> None:
    assert read_values({"values": {"x": {"how": "a", "b": "c"}}})["x"].apply("how") == "a"


BROKEN = {
    "parameter": ("per: {to: interval,", "per: {to: intervall,", "params/per", "write interval"),
    "part-of-path": ('"{gauge}": gauge,', '"{sea}": gauge,', "params/{sea}", "no such part"),
    "table": ("{hour: 1h, day: 1d}", "{hour: 2h}", "params/per", "accepts nothing that width ends in"),
    "unit": ("ms-to-s", "s-to-ms", "fields/t", "s-to-ms ends in ms, its target is in s"),
    "no-moment": ("l: low}", "l: {to: low, value: ms-to-s}}", "fields/l", "its target is in no moment"),
    "field": ("l: low}", "l: lows}", "fields/l", "write low"),
    "field-stays": ("l: low}", "low: low}", "fields/low", "it stays as it is"),
    "added": ("add: {interval: 1h}", "add: {limits: 1}", "add/limits", "write limit"),
    "added-optional": ("add: {interval: 1h}", "add: {limit: 1}", "add/limit", "does not require it"),
    "added-value": ("add: {interval: 1h}", "add: {interval: 2h}", "add/interval", "does not fit the schema"),
    "lacking": ("params: {sea: {to: gauge, value: gauge-of-sea}}", "params: {}", "add/gauge", "requires it"),
    "symbol-alike": ("symbol: coin", "symbol: pair", "symbol", "takes a pair as well"),
    "symbol-unsaid": (": {to: gauge, value: gauge-of-sea}", ": gauge", "symbol", "no parameter says how"),
    "none": ("note: look at the sky", "note: no, same: [x]", "/v0/moon", "nothing replaces it"),
    "set": ("use: [v0-series, candle]", "use: [v0-series]", "sets/candle", "nothing uses it"),
    "value": (": {to: gauge, value: gauge-of-sea}", ": gauge", "values/gauge-of-sea", "nothing uses it"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_the_lint_names_what_does_not_fit(case: str, small: Path) -> None:
    old, new, place, words = BROKEN[case]
    file = small / "legacy.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    problems = lint(small)
    assert [p for p in problems if place in p.place and words in f"{p.message}; {p.remedy}"], problems


def test_lookup_shows_what_changes() -> None:
    done = run_here("spec", "lookup", "/public/v2/liquidation_history")
    lines = done.out.splitlines()
    start = lines.index("  parameters   time_type -> interval (m1 is 1m, m3 is 3m, …)")
    assert lines[start + 1 : start + 3] == [
        "  required now exchange_list=Binance,OKX,Bybit",
        "  fields       createTime -> time",
    ]
    other = run_here("spec", "lookup", "/api/orderbook/history").out.splitlines()
    assert "               type -> not sent (futures or spot; the path says it now)" in other
    kind = run_here("spec", "lookup", "/public/v2/funding_usd_history").out.splitlines()
    assert "  symbol       was a coin" in kind
    differing = run_here("spec", "lookup", "/api/futures/openInterest/ohlc-history").out.splitlines()
    start = differing.index("circulating: the same")
    assert differing[start + 1] == "  required now exchange=Binance"
    assert differing[start + 2] == "               symbol=BTCUSDT"
    nobody = run_here("spec", "lookup", "/api/orderbook/large-limit-order-history").out.splitlines()
    assert "               end_time (yours to choose)" in nobody


# What the reference calls the changes of values; the rest has the same name with - for _.
VALUES: dict[str, str] = {
    "lowercase": "currency",
    "USD->usd, coin->coin": "currency",
    "path_selector": "other-path",
    "client_side_filter": "filter-rows",
    "pair_to_instrument_id": "pair-to-instrument",
    "choose_field_suffix_1h_4h_12h_24h": "field-of-span",
}
VERSIONS = {"document-000": "circulating", "v4-mixed": "mixed"}
WEIGHTED = "/api/futures/fundingRate/oi-weight-ohlc-history"
NOT_MS = "the documents want seconds here, alone in the whole API"
WAS_COIN = "the old route took a coin, the new one takes a pair"
# Where this table says something else than the reference, and why.
DIFFERING: dict[tuple[str, str, str], str] = {
    ("v3", WEIGHTED, "startTime"): NOT_MS,
    ("v3", WEIGHTED, "endTime"): NOT_MS,
    (
        "v3",
        "/api/futures/liquidation/v3/aggregated-history",
        "exchanges",
    ): "no text says that v4 takes ALL here",
    ("v2", "/public/v2/funding_usd_history", "symbol"): WAS_COIN,
    ("v2", "/public/v2/funding_coin_history", "symbol"): WAS_COIN,
    ("v2", "/public/v2/futures_basis_chart", "symbol"): WAS_COIN,
    ("v3", "/api/index/fear-greed-history", "dates"): "milliseconds then, seconds in the documents now",
}
OPTIONAL = "required now; the old route had a default or did without"
# What this table says beyond the reference, and why.
BEYOND: dict[tuple[str, str, str], str] = {
    ("v3", "/api/futures/takerBuySellVolume/history", "startTime"): "as on its sibling for spot",
    ("v3", "/api/futures/takerBuySellVolume/history", "endTime"): "as on its sibling for spot",
    ("v3", "/api/futures/liquidation/v3/aggregated-history", "exchange_list"): OPTIONAL,
    ("v3", "/api/futures/liquidation/exchange-list", "range"): OPTIONAL,
    ("v3", "/api/orderbook/history", "limit"): OPTIONAL,
    ("v3", "/api/orderbook/large-limit-order-history", "start_time"): OPTIONAL,
    ("v3", "/api/orderbook/large-limit-order-history", "end_time"): OPTIONAL,
    ("v3", "/api/orderbook/large-limit-order-history", "state"): OPTIONAL,
    ("v3", "/api/price/ohlc-history", "limit"): OPTIONAL,
    ("v2", "/public/v2/liqMap", "exchange"): "it was a part of the symbol",
}

with_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the reference folder is not beside this checkout"
)


@pytest.fixture(scope="module")
def pairs(legacy: Legacy) -> list[tuple[Route, dict[str, Any]]]:
    """Every route beside what the reference says of it."""
    text = (REFERENCE / "coinglass-legacy.json").read_text(encoding="utf-8")
    found = []
    for given_row in json.loads(text)["routes"]:
        version = given_row["legacy_version"]
        found.append((route_of(legacy, VERSIONS.get(version, version), given_row["legacy_path"]), given_row))
    return found


def place(route: Route, name: str) -> tuple[str, str, str]:
    return route.version, route.path, name


def value_of(change: ParamChange | FieldChange) -> str | None:
    return change.value.name if change.value else None


def called(given_change: dict[str, Any]) -> str | None:
    name = given_change.get("transform")
    return VALUES.get(name, name.replace("_", "-")) if name else None


def unlike(
    pairs: list[tuple[Route, dict[str, Any]]], unlike_here: Callable[..., Any]
) -> set[tuple[str, str, str]]:
    return {place(route, name) for route, given_row in pairs for name in unlike_here(route, given_row)}


@pytest.mark.reference
@with_reference
def test_parameters_are_renamed_as_in_the_reference(pairs: list[tuple[Route, dict[str, Any]]]) -> None:
    def here(route: Route, given_row: dict[str, Any]) -> list[str]:
        return [
            given_change["from"]
            for given_change in given_row["params"]
            if given_change["from"] not in route.params
            or route.params[given_change["from"]].to != given_change["to"]
            or value_of(route.params[given_change["from"]]) != called(given_change)
        ]

    assert unlike(pairs, here) == {each for each in DIFFERING if each[2] != "dates"}


@pytest.mark.reference
@with_reference
def test_fields_are_renamed_as_in_the_reference(pairs: list[tuple[Route, dict[str, Any]]]) -> None:
    def here(route: Route, given_row: dict[str, Any]) -> list[str]:
        found, names = [], set()
        for given_change in given_row["fields"]:
            old, new = given_change["from"].replace("[]", ""), given_change["to"]
            new = None if new is None else new.replace("[]", "")
            own = route.fields.get(old, FieldChange(old))
            names.add(old)
            # The table may name more of the way to a field.
            same = own.to == new or (own.to or "").endswith(f".{new}")
            if not same or value_of(own) != called(given_change):
                found.append(old)
        return [*found, *(route.fields.keys() - names)]

    assert unlike(pairs, here) == {each for each in DIFFERING if each[2] == "dates"}


@pytest.mark.reference
@with_reference
def test_nothing_is_added_beyond_the_reference_without_a_reason(
    pairs: list[tuple[Route, dict[str, Any]]],
) -> None:
    def beyond(route: Route, given_row: dict[str, Any]) -> set[str]:
        known = {given_change["from"] for given_change in given_row["params"]}
        return (route.params.keys() - known) | (route.added.keys() - set(given_row["added_required"]))

    def missing(route: Route, given_row: dict[str, Any]) -> set[str]:
        return set(given_row["added_required"]) - route.added.keys()

    assert unlike(pairs, beyond) == BEYOND.keys()
    assert unlike(pairs, missing) == set()


@pytest.mark.reference
@with_reference
def test_tables_of_values_are_those_of_the_reference(shipped_values: dict[str, ValueChange]) -> None:
    text = (REFERENCE / "coinglass-legacy.json").read_text(encoding="utf-8")
    given_values = json.loads(text)["value_transforms"]
    assert dict(shipped_values["interval"].table) == given_values["interval"]
    for old in given_values["interval_unmapped"]:
        assert shipped_values["interval"].apply(old) is None
    spans = {**given_values["range"], "m1": "1m"}
    assert dict(shipped_values["range"].table) == spans
