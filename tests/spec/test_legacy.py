"""Earlier routes are found however they are spelled, best first; what is unknown gets its neighbours."""

from __future__ import annotations

import time
from typing import Any

import pytest

from audit.errors import SpecError
from audit.spec.catalog import Spec, default_folder
from audit.spec.legacy import CONFIDENCES, Found, Legacy, load_legacy, read_legacy, split

V3 = "/api/futures/openInterest/ohlc-history"
NOW = "/api/futures/open-interest/history"


@pytest.fixture(scope="module")
def legacy() -> Legacy:
    return load_legacy(default_folder())


def find(legacy: Legacy, spec: Spec, asked: str) -> Found:
    return legacy.find(asked, [operation.path for operation in spec.operations.values()])


@pytest.mark.parametrize(
    "asked",
    [
        V3,
        "api/futures/openInterest/ohlc-history",
        "/futures/openInterest/ohlc-history",
        "futures/openInterest/ohlc-history/",
        "/API/Futures/OPENINTEREST/OHLC-History",
        "//api//futures/openInterest///ohlc-history//",
        f"{V3}?symbol=BTC&interval=h1",
        f"{V3}/#top",
        f"  {V3}\n",
        f'"{V3}"',
        f"`GET {V3}`",
        f"get {V3} HTTP/1.1",
        f"https://open-api-v3.coinglass.com{V3}",
        f"http://OPEN-API-V3.coinglass.com:443{V3}/?x=/y",
        f"https://user:secret@open-api-v3.coinglass.com{V3}",
        "open-api-v3.coinglass.com/api/futures/openInterest/ohlc-history",
        "https://elsewhere.example/api/futures/openInterest/ohlc-history",
        "${BASE_URL}/api/futures/openInterest/ohlc-history",
        "{base}/api/futures/openInterest/ohlc-history",
        "{{host}}/futures/openInterest/ohlc-history",
        "/api/futures/openInterest%2Fohlc-history",
    ],
)
def test_a_route_is_found_in_every_spelling(asked: str, legacy: Legacy, spec: Spec) -> None:
    match = find(legacy, spec, asked).matches[0]
    assert (match.kind, match.path, match.current) == ("legacy", V3, NOW)
    assert match.route is not None
    assert match.route.version == "v3"


@pytest.mark.parametrize(
    ("asked", "version", "path", "current"),
    [
        ("/public/v2/funding", "v2", "/public/v2/funding", "/api/futures/funding-rate/exchange-list"),
        ("v2/funding", "v2", "/public/v2/funding", "/api/futures/funding-rate/exchange-list"),
        (
            "https://open-api.coinglass.com/public/v2/liqmap",
            "v2",
            "/public/v2/liqMap",
            "/api/futures/liquidation/map",
        ),
        (
            "/advanced/funding/rate/BTC",
            "advanced",
            "/advanced/funding/rate/{symbol}",
            "/api/futures/funding-rate/history",
        ),
        (
            "/advanced/liquidation/heatmap/x/y?z",
            "advanced",
            "/advanced/liquidation/heatmap{...}",
            "/api/futures/liquidation/heatmap/model1",
        ),
        ("/advanced/market/sentiment", "advanced", "/advanced/market/sentiment", None),
        (
            "/api/index/tow-year-ma-multiplier",
            "v3",
            "/api/index/tow-year-ma-multiplier",
            "/api/index/2-year-ma-multiplier",
        ),
        ("/api/options/info", "circulating", "/api/options/info", "/api/option/info"),
        (
            "/api/futures/taker-buy-sell-volume/history",
            "mixed",
            "/api/futures/taker-buy-sell-volume/history",
            "/api/futures/v2/taker-buy-sell-volume/history",
        ),
    ],
)
def test_routes_of_every_version_are_found(
    asked: str, version: str, path: str, current: str | None, legacy: Legacy, spec: Spec
) -> None:
    match = find(legacy, spec, asked).matches[0]
    assert match.route is not None
    assert (match.route.version, match.path, match.current) == (version, path, current)


def test_a_placeholder_is_one_part_of_the_path(legacy: Legacy, spec: Spec) -> None:
    assert find(legacy, spec, "/advanced/funding/rate/BTC/more").matches == ()


def test_the_host_decides_which_meaning_comes_first(legacy: Legacy, spec: Spec) -> None:
    def versions(asked: str) -> list[str]:
        return [
            match.route.version if match.route else match.kind for match in find(legacy, spec, asked).matches
        ]

    assert versions(V3) == ["v3", "circulating", "mixed"]
    assert versions(f"https://open-api-v4.coinglass.com{V3}") == ["mixed", "v3", "circulating"]
    trap = "/api/futures/orderbook/history"
    assert versions(trap) == ["current", "v3"]
    assert versions(f"https://open-api-v4.coinglass.com{trap}") == ["current", "v3"]
    assert versions(f"https://open-api-v3.coinglass.com{trap}") == ["v3", "current"]


def test_surer_replacements_come_first() -> None:
    rows = [{"path": "/a", "now": f"/{sure}", "confidence": sure} for sure in reversed(CONFIDENCES)]
    table = read_legacy(
        {"versions": {f"v{n}": {} for n in range(4)}, "routes": {f"v{n}": [rows[n]] for n in range(4)}}
    )
    assert [match.route.confidence for match in table.find("/a").matches if match.route] == list(CONFIDENCES)


def test_every_route_finds_itself(legacy: Legacy, spec: Spec) -> None:
    for route in legacy.routes:
        asked = route.path.replace("{...}", "/x").replace("{symbol}", "BTC").replace("{coin}", "BTC")
        assert any(match.route == route for match in find(legacy, spec, asked).matches), route.path


def test_what_never_existed_and_what_no_document_has_are_told_apart(legacy: Legacy, spec: Spec) -> None:
    wrong = find(legacy, spec, "/api/furures/coin/netflow").matches
    assert [(match.kind, match.current) for match in wrong] == [
        ("never-existed", "/api/futures/coin/netflow")
    ]
    export = find(legacy, spec, "/api/enterprise/futures/liquidation/map").matches
    assert [(match.kind, match.current) for match in export] == [
        ("undocumented", "/api/futures/liquidation/map")
    ]
    draft = find(legacy, spec, "/api/enterprise/-1").matches
    assert [(match.kind, match.current) for match in draft] == [("undocumented", None)]


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("/api/futures/openinterst/ohlc-histroy", V3),
        ("/api/futures/open-interest/histoy", NOW),
        ("/api/etf/bitcoin/flows-history", "/api/etf/bitcoin/flow-history"),
        ("/public/v2/fundings", "/public/v2/funding"),
    ],
)
def test_an_unknown_path_gets_its_neighbours(asked: str, near: str, legacy: Legacy, spec: Spec) -> None:
    found = find(legacy, spec, asked)
    assert found.matches == ()
    assert near in found.near
    assert len(found.near) <= 5


@pytest.mark.parametrize(
    "asked", ["", "/", "x", "??", "/zzz/qqq/www", "\x00\x1b[31m", "%", "{}", "a" * 100_000]
)
def test_nonsense_finds_nothing_and_takes_no_time(asked: str, legacy: Legacy, spec: Spec) -> None:
    began = time.perf_counter()
    found = find(legacy, spec, asked)
    assert found.matches == ()
    assert time.perf_counter() - began < 2


def test_hosts_and_paths_come_apart() -> None:
    assert split("https://Host.example:8443/A/B?c") == ("host.example", "/a/b")
    assert split("https://user:pass@host.example/a") == ("host.example", "/a")
    assert split("https://host.example") == ("host.example", "/")
    assert split("host.example/a") == ("host.example", "/a")
    assert split("futures/a") == ("", "/futures/a")


def test_the_table_is_whole(legacy: Legacy) -> None:
    counts = {name: sum(route.version == name for route in legacy.routes) for name in legacy.versions}
    assert counts == {
        "v1": 11,
        "v1-bybt": 0,
        "v2": 43,
        "v3": 94,
        "v4": 0,
        "websocket": 0,
        "circulating": 20,
        "mixed": 17,
        "advanced": 16,
        "website": 11,
        "hearsay": 0,
    }
    assert legacy.versions["v2"].header == "coinglassSecret"
    assert legacy.versions["v3"].header == legacy.versions["v4"].header == "CG-API-KEY"
    assert legacy.versions["websocket"].query == "cg-api-key"
    assert [name for name, version in legacy.versions.items() if version.current] == ["v4"]
    assert (len(legacy.never_existed), len(legacy.undocumented)) == (6, 21)


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ([], "expected a mapping with `versions` and `routes`"),
        ({"versions": [1]}, "versions: expected a mapping"),
        ({"versions": {"v1": 5}}, "versions/v1: expected a mapping"),
        ({"versions": {"v1": {"host": "x"}}}, "versions/v1: unknown key host"),
        ({"routes": {"v1": []}}, "routes/v1: not a version"),
        ({"versions": {"v1": {}}, "routes": {"v1": 5}}, "routes/v1: expected a list"),
        ({"versions": {"v1": {}}, "routes": {"v1": ["/a"]}}, "routes/v1: expected a mapping"),
        ({"versions": {"v1": {}}, "routes": {"v1": [{"path": "a"}]}}, "expected a `path` that starts with /"),
        ({"versions": {"v1": {}}, "routes": {"v1": [{"path": "/a", "now": "/b"}]}}, "/a: confidence None"),
        (
            {"versions": {"v1": {}}, "routes": {"v1": [{"path": "/a", "confidence": "sure"}]}},
            "confidence 'sure'",
        ),
        (
            {"versions": {"v1": {}}, "routes": {"v1": [{"path": "/a", "confidence": "none", "also": 1}]}},
            "also: expected a list",
        ),
        ({"never_existed": {"path": "/a"}}, "never_existed: expected a list"),
        ({"undocumented": {"draft": [{"now": "/a"}]}}, "draft: unknown key now"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tree: Any, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_legacy(tree)
    assert str(caught.value).startswith("legacy.yaml: ")
    assert words in str(caught.value)


@pytest.mark.parametrize("host", ["fapi.coinglass.com", "capi.coinglass.com", "fapi.bybt.com"])
def test_a_version_is_found_by_each_of_its_hosts(legacy: Legacy, host: str) -> None:
    found = legacy.find(f"https://{host}/api/fundingRate/v2/home")
    assert found.version == "website"
    assert not legacy.versions["website"].documented
    assert [match.path for match in found.matches] == ["/api/fundingRate/v2/home"]
