"""What every operation answers on every interval: the documented shape, on time, and plausible."""

from __future__ import annotations

import itertools
import json
import re
from datetime import datetime
from typing import Any

import jsonschema_rs
import pytest

from audit.sandbox.app import Sandbox
from audit.sandbox.rows import steps_of
from audit.spec.expectations import usual_interval
from audit.spec.widths import seconds
from tests.sandbox.asgi import NOW, ask

KEY = "sandbox-enterprise"
UNITS = {"s": 1, "ms": 1000, "ns": 10**9}


def request_of(operation, interval=None, limit=60) -> dict[str, str]:
    """Return what an ordinary request would send."""
    params = {one.name: one.example for one in operation.parameters if one.example is not None}
    for one in operation.parameters:
        if one.example_ago is not None:
            params[one.name] = str(int((NOW - one.example_ago) * (1000 if one.time == "ms" else 1)))
        if one.role == "limit":
            params[one.name] = str(limit)
        if one.role == "interval" and interval:
            params[one.name] = interval
    return params


def cases(spec):
    for operation in spec.operations.values():
        for interval in operation.intervals or (None,):
            yield operation, interval


def at(tree: Any, path: tuple[str, ...]) -> list[Any]:
    """Return all values at a path such as data, [], time."""
    found = [tree]
    for step in path:
        if step == "[]":
            found = [item for value in found for item in value]
        elif step.startswith("["):
            found = [value[int(step[1:-1])] for value in found]
        else:
            found = [value[step] for value in found]
    return found


def schema_at(schema: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if step == "[]":
            schema = schema["items"]
        elif step.startswith("["):
            schema = schema["prefixItems"][int(step[1:-1])]
        else:
            schema = schema["properties"][step]
    return schema


def times_of(operation, body) -> list[int]:
    """Return the times of a series in epoch seconds."""
    path = steps_of(operation.series.times)
    unit = schema_at(operation.schema, path).get("x-time")
    values = at(body, path)
    if unit:
        assert all(value % UNITS[unit] == 0 for value in values)
        return [value // UNITS[unit] for value in values]
    days = [re.sub(r"\D", "-", value) for value in values]
    return [int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp()) for day in days]


@pytest.fixture(scope="module")
def bodies(spec):
    """Every operation's body on every one of its intervals."""
    app = Sandbox(spec, now=lambda: NOW, enforce_limits=False)
    found = {}
    for operation, interval in cases(spec):
        answer = ask(app, operation.path, request_of(operation, interval), KEY)
        assert (answer.status, answer.body["code"]) == (200, "0"), (operation.id, interval, answer.raw[:200])
        found[operation.id, interval] = answer.body
    return found


def test_there_are_158_operations_and_their_intervals(spec, bodies):
    assert len(spec.operations) == 158
    assert len({name for name, _ in bodies}) == 158
    assert len(bodies) > 600


def test_every_body_is_valid(spec, bodies):
    for operation in spec.operations.values():
        validator = jsonschema_rs.Draft202012Validator(dict(operation.schema))
        for (name, interval), body in bodies.items():
            if name == operation.id:
                error = next(validator.iter_errors(body), None)
                assert error is None, (name, interval, str(error))


def test_a_spoilt_body_is_not_valid(spec, sandbox):
    """The validators above can fail."""
    app = sandbox(faults=["missing-field"])
    operation = spec.operations["futures_open_interest_history"]
    validator = jsonschema_rs.Draft202012Validator(dict(operation.schema))
    assert not validator.is_valid(ask(app, operation.path, request_of(operation), KEY).body)


def test_times_run_in_order_on_the_grid_and_are_unique(spec, bodies):
    for operation, interval in cases(spec):
        if operation.series is None:
            continue
        times = times_of(operation, bodies[operation.id, interval])
        assert times, (operation.id, interval)
        ordered = sorted(times, reverse=operation.series.order == "descending")
        assert times == ordered, (operation.id, interval)
        assert len(set(times)) == len(times), (operation.id, interval)
        step = interval if operation.series.step == "interval" else operation.series.step
        if step is None:
            continue
        width = seconds(step)
        assert all(time % width == 0 for time in times), (operation.id, interval)
        if not operation.series.gaps:
            gaps = {later - sooner for sooner, later in itertools.pairwise(times)}
            assert gaps <= {width}, (operation.id, interval)


def test_the_newest_row_is_the_current_bucket(spec, bodies):
    for operation, interval in cases(spec):
        series = operation.series
        if series is None or operation.parameter("page") is not None:
            continue
        newest = max(times_of(operation, bodies[operation.id, interval]))
        assert newest <= NOW
        step = interval if series.step == "interval" else series.step
        if step and not series.gaps:
            assert NOW - newest < seconds(step), (operation.id, interval)
        if series.fresh is not None:
            assert NOW - newest <= series.fresh, (operation.id, interval)


def test_weekends_are_missing_where_nobody_trades(spec, sandbox):
    operation = next(one for one in spec.operations.values() if one.series and one.series.gaps)
    for day in range(8):
        app = sandbox(now=lambda day=day: NOW + day * 86400)
        body = ask(app, operation.path, request_of(operation), KEY).body
        times = times_of(operation, body)
        weekdays = {(time // 86400 + 3) % 7 for time in times}
        assert weekdays == {0, 1, 2, 3, 4}
        assert NOW + day * 86400 - max(times) < 3 * 86400


def test_limit_is_honoured(spec, sandbox):
    app = sandbox(enforce_limits=False)
    for operation in spec.operations.values():
        if operation.series is None or operation.parameter("limit") is None:
            continue
        body = ask(app, operation.path, request_of(operation, limit=7), KEY).body
        assert len(times_of(operation, body)) == 7, operation.id


def candles(schema: Any, value: Any):
    """Yield open, high, low and close of every row that has them."""
    if isinstance(value, dict):
        for name, inner in value.items():
            known = schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))
            yield from candles(known if isinstance(known, dict) else {}, inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            items = schema.get("prefixItems")
            yield from candles(items[place] if items else schema.get("items", {}), inner)
    roles = schema.get("x-ohlc", {})
    if len(roles) == 4 and value is not None:
        yield tuple(float(value[roles[role]]) for role in ("open", "high", "low", "close"))


def test_candles_hold_together(spec, bodies):
    seen = 0
    for (name, interval), body in bodies.items():
        before = None
        for first, high, low, last in candles(spec.operations[name].schema, body):
            seen += 1
            assert low <= min(first, last) <= max(first, last) <= high, (name, interval)
            assert before is None or first == before, (name, interval)
            before = last
    assert seen > 5000


def test_text_numbers_keep_the_decimals_of_their_example(sandbox):
    body = ask(
        sandbox(),
        "/api/futures/funding-rate/history",
        "exchange=Binance&symbol=BTCUSDT&interval=1d&limit=500",
        KEY,
    ).body
    closes = [row["close"] for row in body["data"]]
    assert all(re.fullmatch(r"-?\d+\.\d{6}", close) for close in closes)
    assert any(float(close) < 0 for close in closes)
    assert any(float(close) > 0 for close in closes)
    assert all(abs(float(close)) < 0.1 for close in closes)


def test_times_are_never_in_the_future(spec, bodies):
    def visit(schema: Any, value: Any, name: str) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                known = schema.get("properties", {}).get(key, schema.get("additionalProperties", {}))
                visit(known if isinstance(known, dict) else {}, inner, name)
        elif isinstance(value, list):
            items = schema.get("prefixItems")
            for place, inner in enumerate(value):
                visit(items[place] if items else schema.get("items", {}), inner, name)
        elif "x-time" in schema and value is not None:
            assert 0 < value <= NOW * UNITS[schema["x-time"]], name

    account = "user_account_subscription"
    for (name, _), body in bodies.items():
        if name != account:
            visit(spec.operations[name].schema, body, name)


def test_bounds_and_choices_are_kept_over_many_rows(spec, sandbox):
    app = sandbox(enforce_limits=False)
    for operation in spec.operations.values():
        if operation.series is None or operation.parameter("limit") is None:
            continue
        interval = usual_interval(operation, "enterprise")
        body = ask(app, operation.path, request_of(operation, interval, limit=1000), KEY).body
        validator = jsonschema_rs.Draft202012Validator(dict(operation.schema))
        error = next(validator.iter_errors(body), None)
        assert error is None, (operation.id, error)


def test_answers_say_what_was_asked_for(sandbox):
    app = sandbox()
    rows = ask(app, "/api/futures/open-interest/exchange-list", "symbol=ETH", KEY).body["data"]
    assert {row["symbol"] for row in rows} == {"ETH"}
    assert [row["exchange"] for row in rows][:2] == ["All", "Binance"]
    orders = ask(app, "/api/spot/orderbook/large-limit-order", "exchange=OKX&symbol=ETHUSDT", KEY).body[
        "data"
    ]
    assert {(row["exchange_name"], row["symbol"], row["base_asset"]) for row in orders} == {
        ("OKX", "ETHUSDT", "ETH")
    }


def test_a_field_in_capitals_stays_so(sandbox):
    query = "exchange=OKX&symbol=ETH&min_liquidation_amount=10000&limit=5"
    rows = ask(sandbox(), "/api/futures/liquidation/order", query, KEY).body["data"]
    assert {(row["exchange_name"], row["symbol"], row["base_asset"]) for row in rows} == {
        ("OKX", "ETHUSDT", "ETH")
    }
    named = ask(sandbox(), "/api/futures/liquidation/order", query.replace("OKX", "Binance"), KEY).body[
        "data"
    ]
    assert {row["exchange_name"] for row in named} == {"BINANCE"}


def test_an_axis_rises(sandbox):
    app = sandbox(enforce_limits=False)
    for symbol in ("BTC", "ETH", "SOL"):
        query = f"symbol={symbol}&range=3d"
        data = ask(app, "/api/futures/liquidation/aggregated-heatmap/model1", query, KEY).body["data"]
        assert data["y_axis"] == sorted(set(data["y_axis"]))
        assert max(cell[1] for cell in data["liquidation_leverage_data"]) < len(data["y_axis"])


def test_pairs_of_one_exchange(sandbox):
    app = sandbox()
    path = "/api/futures/supported-exchange-pairs"
    whole = ask(app, path, key=KEY).body["data"]
    assert {"Binance", "OKX", "Bybit"} <= set(whole)
    assert ask(app, path, "exchange=OKX", KEY).body["data"] == {"OKX": whole["OKX"]}


def test_every_listed_pair_is_answered(sandbox):
    app = sandbox(enforce_limits=False)
    listed = ask(app, "/api/futures/supported-exchange-pairs", key=KEY).body["data"]
    for exchange, rows in listed.items():
        for row in rows:
            params = {"exchange": exchange, "symbol": row["instrument_id"], "interval": "1d", "limit": "1"}
            assert ask(app, "/api/futures/open-interest/history", params, KEY).body["code"] == "0"


def test_columns_are_of_equal_length(sandbox):
    data = ask(
        sandbox(), "/api/futures/open-interest/exchange-history-chart", "symbol=BTC&range=12h", KEY
    ).body["data"]
    lengths = {len(data["time_list"]), len(data["price_list"]), *map(len, data["data_map"].values())}
    assert len(lengths) == 1
    assert lengths.pop() > 50
    assert {"Binance", "OKX"} <= set(data["data_map"])


def test_pages_cut_a_list(sandbox):
    app = sandbox()
    path, query = "/api/spot/coins-markets", "per_page=1&page={}"
    first = ask(app, path, query.format(1), KEY).body["data"]
    second = ask(app, path, query.format(2), KEY).body["data"]
    assert len(first) == len(second) == 1
    assert first[0]["symbol"] != second[0]["symbol"]
    assert ask(app, path, query.format(999999999999), KEY).body["data"] == []


def test_bodies_are_compact_json(sandbox):
    raw = ask(sandbox(), "/api/spot/supported-coins", key=KEY).raw
    assert raw == json.dumps(json.loads(raw), separators=(",", ":")).encode()
    assert raw.startswith(b'{"code":"0","msg":"success","data":["BTC"')
