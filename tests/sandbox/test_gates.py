"""The refusals, literally as users of the live API have published them, and the order they come in."""

from __future__ import annotations

import pytest

from tests.sandbox.asgi import ask

PAIR_HISTORY = "/api/futures/open-interest/history"
HOBBYIST, STANDARD, ENTERPRISE = "sandbox-hobbyist", "sandbox-standard", "sandbox-enterprise"
UPGRADE = {"code": "401", "msg": "Upgrade plan"}
NO_PAIR = {"code": "400", "msg": "The requested pair does not exist on the exchange."}
GOOD = "exchange=Binance&symbol=BTCUSDT&interval=1d&limit=3"


def missing(name: str) -> dict[str, str]:
    return {"code": "400", "msg": f"Required String parameter '{name}' is not present"}


@pytest.fixture
def above(spec):
    """An operation that a hobbyist may not call, with a required parameter."""
    return next(
        one
        for one in spec.operations.values()
        if one.min_plan != "hobbyist" and any(parameter.required for parameter in one.parameters)
    )


def test_unknown_path_comes_first_and_keeps_its_status(sandbox):
    answer = ask(sandbox(), "/api/futures/openInterest/ohlc-history")
    assert answer.status == 404
    assert answer.body == {
        "code": "404",
        "msg": "Endpoint not found. Please refer to the API documentation.",
    }


@pytest.mark.parametrize(
    "path",
    [
        "/api/furures/coin/netflow",
        "/api/futures/aggregated-liquidation/history",
        "/api/futures/basis",
        "/api/futures/hyperliquid/whale-alert",
        "/api/exchange/balance-list",
        "/api/token/unlock-list",
        "/api/futures/open-interest/history/",
        "/",
    ],
)
def test_paths_that_circulate_but_do_not_exist(sandbox, path):
    assert ask(sandbox(), path, key=ENTERPRISE).status == 404


def test_wrong_method_before_the_key(sandbox):
    answer = ask(sandbox(), PAIR_HISTORY, method="POST")
    assert answer.status == 405
    assert answer.body == {"code": "405", "msg": "Method not allowed"}
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_key_missing_before_anything_about_parameters(sandbox):
    answer = ask(sandbox(), PAIR_HISTORY)
    assert (answer.status, answer.body) == (200, {"code": "401", "msg": "API key missing."})


@pytest.mark.parametrize("key", ["0123456789abcdef", "sandbox-", "SANDBOX-HOBBYIST", "sandbox-{plan}"])
def test_wrong_key(sandbox, key):
    answer = ask(sandbox(), PAIR_HISTORY, GOOD, key)
    assert (answer.status, answer.body) == (200, {"code": "400", "msg": "Invalid API key provided"})


def test_old_header_is_no_key(sandbox):
    answer = ask(sandbox(), PAIR_HISTORY, GOOD, HOBBYIST, header="coinglassSecret")
    assert answer.body["msg"] == "API key missing."


@pytest.mark.parametrize("header", ["cg-api-key", "CG-API-KEY", "Cg-Api-Key"])
def test_header_in_any_letter_case(sandbox, header):
    assert ask(sandbox(), PAIR_HISTORY, GOOD, HOBBYIST, header=header).body["code"] == "0"


def test_key_in_the_query_is_no_key(sandbox):
    assert ask(sandbox(), PAIR_HISTORY, "CG-API-KEY=sandbox-standard").body["msg"] == "API key missing."


def test_key_without_plan_is_refused_everywhere(sandbox):
    app = sandbox()
    assert ask(app, PAIR_HISTORY, GOOD, "sandbox-none").body == UPGRADE
    assert ask(app, "/api/user/account/subscription", key="sandbox-none").body == UPGRADE


def test_expired_key_is_told_so_by_the_account_alone(sandbox):
    app = sandbox()
    assert ask(app, PAIR_HISTORY, GOOD, "sandbox-expired").body == UPGRADE
    told = ask(app, "/api/user/account/subscription", key="sandbox-expired").body
    assert told["code"] == "0"
    assert told["data"]["expired"] is True
    assert told["data"]["expire_time"] < 1_790_000_123_000


@pytest.mark.parametrize(
    ("plan", "level"),
    [
        ("hobbyist", "HOBBYIST"),
        ("startup", "STARTUP"),
        ("standard", "STANDARD"),
        ("professional", "PROFESSIONAL"),
        ("enterprise", "ENTERPRISE"),
    ],
)
def test_account_tells_the_plan(sandbox, plan, level):
    answer = ask(sandbox(), "/api/user/account/subscription", key=f"sandbox-{plan}")
    assert answer.body["data"] == {
        "level": level,
        "expire_time": (1_790_000_123 + 300 * 86400) * 1000,
        "expired": False,
    }


def test_plan_gate_before_the_parameters(sandbox, above):
    app = sandbox()
    refused = ask(app, above.path, key=HOBBYIST)
    assert (refused.status, refused.body) == (200, UPGRADE)
    told = ask(app, above.path, key=ENTERPRISE).body
    assert told["msg"].startswith("Required ")


def test_every_operation_is_gated_by_its_plan_and_no_other(sandbox, spec):
    app = sandbox(enforce_limits=False)
    for operation in spec.operations.values():
        for plan in spec.ladder.names:
            body = ask(app, operation.path, key=f"sandbox-{plan}").body
            assert (body == UPGRADE) is not operation.allowed(spec.ladder, plan), (operation.id, plan)


def test_missing_parameters_one_at_a_time(sandbox):
    app = sandbox()
    assert ask(app, PAIR_HISTORY, "", HOBBYIST).body == missing("exchange")
    assert ask(app, PAIR_HISTORY, "exchange=Binance", HOBBYIST).body == missing("symbol")
    assert ask(app, PAIR_HISTORY, "exchange=Binance&symbol=", HOBBYIST).body == missing("symbol")
    assert ask(app, PAIR_HISTORY, "exchange=Binance&symbol=BTCUSDT", HOBBYIST).body == missing("interval")
    path = "/api/futures/liquidation/aggregated-history"
    assert ask(app, path, "symbol=BTC&interval=1d", HOBBYIST).body == missing("exchange_list")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("interval=h1", "interval"),
        ("interval=2h", "interval"),
        ("interval=1d&limit=ten", "limit"),
        ("interval=1d&limit=0", "limit"),
        ("interval=1d&limit=-5", "limit"),
        ("interval=1d&limit=1.5", "limit"),
        ("interval=1d&start_time=yesterday", "start_time"),
        ("interval=1d&unit=euro", "unit"),
    ],
)
def test_unacceptable_values(sandbox, query, name):
    answer = ask(sandbox(), PAIR_HISTORY, f"exchange=Binance&symbol=BTCUSDT&{query}", HOBBYIST)
    assert (answer.status, answer.body) == (
        200,
        {"code": "422", "msg": f"Parameter '{name}' is not acceptable"},
    )


def test_limit_above_the_maximum_is_lowered(sandbox):
    app = sandbox()
    path = "/api/futures/open-interest/aggregated-history"
    query = "symbol=BTC&interval=1d&limit={}"
    assert len(ask(app, path, query.format(1000), ENTERPRISE).body["data"]) == 1000
    assert len(ask(app, path, query.format(9999), ENTERPRISE).body["data"]) == 1000


def test_unknown_parameters_are_ignored(sandbox):
    app = sandbox()
    plain = ask(app, PAIR_HISTORY, GOOD, HOBBYIST)
    more = ask(app, PAIR_HISTORY, GOOD + "&ex=OKX&exName=OKX&type=1&startTime=1&pair=X", HOBBYIST)
    assert plain.raw == more.raw


@pytest.mark.parametrize(
    ("exchange", "symbol"),
    [("Binance", "BTC"), ("Binance", "NOPEUSDT"), ("binance", "BTCUSDT"), ("Nowhere", "BTCUSDT")],
)
def test_pair_and_exchange_are_looked_up(sandbox, exchange, symbol):
    query = f"exchange={exchange}&symbol={symbol}&interval=1d"
    answer = ask(sandbox(), PAIR_HISTORY, query, HOBBYIST)
    assert (answer.status, answer.body) == (200, NO_PAIR)


def test_exchange_lists_need_one_exchange_that_is_known(sandbox):
    app = sandbox()
    path, query = "/api/futures/liquidation/aggregated-history", "symbol=BTC&interval=1d&exchange_list="
    bare = ask(app, path, query + "Binance,OKX,Bybit", HOBBYIST)
    escaped = ask(app, path, query + "Binance%2COKX%2CBybit", HOBBYIST)
    assert bare.body["code"] == "0"
    assert bare.raw == escaped.raw == ask(app, path, query + "Bybit,OKX,Binance", HOBBYIST).raw
    assert bare.raw != ask(app, path, query + "Binance", HOBBYIST).raw
    assert ask(app, path, query + "Binance,Unheard", HOBBYIST).body["code"] == "0"
    assert ask(app, path, query + "Unheard,Unseen", HOBBYIST).body == NO_PAIR


def test_interval_gate_comes_last(sandbox):
    app = sandbox()
    gated = {"code": "403", "msg": "The requested interval is not available for your current API plan."}
    query = "exchange=Binance&symbol={}&interval={}"
    assert ask(app, PAIR_HISTORY, query.format("BTCUSDT", "1h"), HOBBYIST).body == gated
    assert ask(app, PAIR_HISTORY, query.format("BTC", "1h"), HOBBYIST).body == NO_PAIR
    assert ask(app, PAIR_HISTORY, query.format("BTCUSDT", "4h"), HOBBYIST).body["code"] == "0"
    assert ask(app, PAIR_HISTORY, query.format("BTCUSDT", "15m"), "sandbox-startup").body == gated
    assert ask(app, PAIR_HISTORY, query.format("BTCUSDT", "30m"), "sandbox-startup").body["code"] == "0"
    assert ask(app, PAIR_HISTORY, query.format("BTCUSDT", "1m"), STANDARD).body["code"] == "0"


def test_matching_statuses(sandbox):
    app = sandbox(statuses="matching")
    history = "exchange=Binance&symbol=BTCUSDT&interval="
    assert ask(app, PAIR_HISTORY).status == 401
    assert ask(app, PAIR_HISTORY, key="nonsense").status == 401
    assert ask(app, PAIR_HISTORY, key="sandbox-none").status == 401
    assert ask(app, PAIR_HISTORY, key=HOBBYIST).status == 400
    assert ask(app, PAIR_HISTORY, history + "h1", HOBBYIST).status == 422
    assert ask(app, PAIR_HISTORY, history + "1m", HOBBYIST).status == 403
    assert ask(app, PAIR_HISTORY, history + "1d", HOBBYIST).status == 200
    assert ask(app, "/api/nowhere").status == 404


def test_percent_encoding_and_plus(sandbox):
    app = sandbox()
    plain = ask(app, PAIR_HISTORY, GOOD, HOBBYIST)
    escaped = ask(app, PAIR_HISTORY, "%65xchange=%42inance&symbol=%42TCUSDT&interval=%31d&limit=3", HOBBYIST)
    assert plain.raw == escaped.raw
    assert ask(app, PAIR_HISTORY, "exchange=Bin+ance&symbol=BTCUSDT&interval=1d", HOBBYIST).body == NO_PAIR
    assert ask(app, PAIR_HISTORY, "&".join(f"a{n}=1" for n in range(5000)), HOBBYIST).body["code"] == "400"
    assert ask(app, PAIR_HISTORY, "exchange=%ff%fe&symbol=%00&interval=1d", HOBBYIST).body == NO_PAIR


def test_head_and_options(sandbox):
    app = sandbox()
    head = ask(app, PAIR_HISTORY, GOOD, HOBBYIST, method="HEAD")
    whole = ask(app, PAIR_HISTORY, GOOD, HOBBYIST)
    assert (head.status, head.raw) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.raw)) == whole.headers["content-length"]
    options = ask(app, PAIR_HISTORY, method="OPTIONS")
    assert (options.status, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert ask(app, "/api/nowhere", method="OPTIONS").status == 404
