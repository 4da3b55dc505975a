"""Every kind of fault does what it says, alone, as often as it was told."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from audit.errors import UsageError
from audit.sandbox.app import Sandbox
from audit.sandbox.faults import KINDS, Fault, parse
from audit.sandbox.rows import steps_of
from tests.sandbox.asgi import NOW, ask
from tests.sandbox.test_data import at, request_of

KEY = "sandbox-standard"
PRICE = "/api/futures/price/history"
PARAMS = "exchange=Binance&symbol=BTCUSDT&interval=1h&limit=20"
HOUR = 3_600_000


async def no_wait(_seconds: float) -> None:
    return None


@pytest.fixture
def struck(sandbox):
    """Ask for candles while one fault is on, without waiting for real."""

    def run(fault, path=PRICE, params=PARAMS, key=KEY, stop_after=None, **options):
        app = sandbox(faults=[fault], sleep=no_wait, **options)
        return ask(app, path, params, key, stop_after=stop_after)

    return run


@pytest.fixture
def sound(sandbox):
    return ask(sandbox(), PRICE, PARAMS, KEY).body


def test_rate(struck):
    assert struck("rate").body == {"code": "429", "msg": "Too many requests"}
    assert struck("rate").status == 200
    assert struck("rate", statuses="matching").status == 429


def test_rate_after(struck):
    answer = struck("rate-after")
    assert (answer.body["code"], answer.headers["retry-after"]) == ("429", "2")
    assert "retry-after" not in struck("rate").headers


def test_rate_status(struck):
    answer = struck("rate-status")
    assert (answer.status, answer.raw) == (429, b"")


@pytest.mark.parametrize(("statuses", "status"), [("lying", 200), ("matching", 500)])
def test_server_500(struck, statuses, status):
    answer = struck("server-500", statuses=statuses)
    assert (answer.status, answer.body) == (status, {"code": "500", "msg": "Server Error"})


def test_retired_500(struck):
    assert struck("retired-500").status == 500


@pytest.mark.parametrize(
    ("kind", "status"),
    [("server-502-html", 502), ("edge-403-html", 403), ("edge-520-html", 520), ("html-200", 200)],
)
def test_pages(struck, kind, status):
    answer = struck(kind)
    assert answer.status == status
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.raw.startswith(b"<!DOCTYPE html>")
    assert "api-key-max-limit" not in answer.headers


def test_empty_204(struck):
    answer = struck("empty-204")
    assert (answer.status, answer.raw, answer.complete) == (204, b"", True)


def test_truncated(struck):
    answer = struck("truncated")
    assert int(answer.headers["content-length"]) > len(answer.raw) > 0
    assert (answer.complete, answer.cut) == (False, "close")


def test_truncated_json(struck):
    answer = struck("truncated-json")
    assert answer.complete
    assert int(answer.headers["content-length"]) == len(answer.raw)
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.raw)


def test_oversized(struck):
    answer = struck("oversized")
    assert 64 * 1024 * 1024 <= len(answer.raw) < 65 * 1024 * 1024
    assert "content-length" not in answer.headers


def test_deep(struck):
    with pytest.raises(RecursionError):
        json.loads(struck("deep").raw)


def test_wrong_encoding(struck):
    with pytest.raises(UnicodeDecodeError):
        struck("wrong-encoding").raw.decode("utf-8")


def test_not_json(struck):
    answer = struck("not-json")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.raw)


def test_reset(struck):
    answer = struck("reset")
    assert (answer.status, answer.cut) == (None, "abort")


def test_reset_midway(struck):
    answer = struck("reset-midway")
    assert (answer.status, answer.cut, answer.complete) == (200, "abort", False)
    assert 0 < len(answer.raw) < int(answer.headers["content-length"])


def test_hang_ends_when_the_client_goes(struck):
    answer = struck("hang", stop_after=0)
    assert (answer.status, answer.cut) == (None, "abort")


def test_hang_ends_after_two_minutes(sandbox):
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    assert ask(sandbox(faults=["hang"], sleep=sleep), PRICE, PARAMS, KEY).cut == "abort"
    assert waited == [120.0]


def test_slow(sandbox, sound):
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    answer = ask(sandbox(faults=["slow"], sleep=sleep), PRICE, PARAMS, KEY)
    assert answer.body == sound
    assert answer.complete
    assert 4 < sum(waited) <= 5


def test_slow_tells_the_plan_of_the_key_all_the_same(struck):
    data = struck("slow", "/api/user/account/subscription", "", "sandbox-startup").body["data"]
    assert (data["level"], data["expired"]) == ("STARTUP", False)
    assert data["expire_time"] > NOW * 1000


def test_stale_leaves_what_is_no_series_alone(struck):
    data = struck("stale", "/api/user/account/subscription", "").body["data"]
    assert data["expire_time"] > NOW * 1000


def test_redirect_other_host(struck):
    answer = struck("redirect-other-host")
    assert answer.status == 302
    assert answer.headers["location"] == "http://elsewhere.invalid/api/futures/price/history"


@pytest.mark.parametrize(
    ("kind", "status", "code", "words"),
    [
        ("plan-gate", 200, "401", "Upgrade plan"),
        ("interval-gate", 200, "403", "interval is not available"),
        ("not-found", 404, "404", "Endpoint not found"),
    ],
)
def test_refusals_out_of_turn(struck, kind, status, code, words):
    answer = struck(kind)
    assert (answer.status, answer.body["code"]) == (status, code)
    assert words in answer.body["msg"]


def test_seconds(struck, sound):
    times = [row["time"] for row in struck("seconds").body["data"]]
    assert times == [row["time"] // 1000 for row in sound["data"]]


def test_missing_field(struck, sound):
    row, whole = struck("missing-field").body["data"][0], sound["data"][0]
    assert len(set(whole) - set(row)) == 1
    assert "time" in row


def test_wrong_type(struck, sound):
    spoilt = struck("wrong-type").body["data"]
    for row, whole in zip(spoilt, sound["data"], strict=True):
        changed = [name for name in whole if row[name] != whole[name]]
        assert changed == ["open"]
        assert isinstance(whole["open"], str)
        assert isinstance(row["open"], float)


def test_extra_field(struck, sound):
    for row, whole in zip(struck("extra-field").body["data"], sound["data"], strict=True):
        assert set(row) - set(whole) == {"undocumented_field"}


def test_stale(struck):
    newest = max(row["time"] for row in struck("stale").body["data"])
    assert NOW * 1000 - newest > 365 * 24 * HOUR


def test_shuffled(struck, sound):
    times = [row["time"] for row in struck("shuffled").body["data"]]
    assert times != sorted(times)
    assert sorted(times) == [row["time"] for row in sound["data"]]


def test_duplicate(struck):
    times = [row["time"] for row in struck("duplicate").body["data"]]
    assert times[0] == times[1]
    assert len(set(times)) == len(times) - 1


def test_off_grid(struck):
    times = [row["time"] for row in struck("off-grid").body["data"]]
    assert [time % HOUR for time in times].count(0) == len(times) - 1
    assert times == sorted(times)


def test_ohlc_broken(struck):
    broken = [row for row in struck("ohlc-broken").body["data"] if float(row["high"]) < float(row["low"])]
    assert len(broken) == 1


def test_ohlc_broken_in_an_array_row(struck):
    heatmap = "/api/futures/liquidation/aggregated-heatmap/model1"
    data = struck("ohlc-broken", heatmap, "symbol=BTC&range=3d", "sandbox-enterprise").body["data"]
    assert sum(float(row[2]) < float(row[3]) for row in data["price_candlesticks"]) == 1


def test_empty_list(struck):
    assert struck("empty-list").body == {"code": "0", "msg": "success", "data": []}


def test_numeric_code(struck, sound):
    body = struck("numeric-code").body
    assert body["code"] == 0
    assert body["data"] == sound["data"]


def test_wrong_rate_header(struck):
    assert struck("wrong-rate-header").headers["api-key-max-limit"] == "301"


def test_no_rate_headers(struck):
    answer = struck("no-rate-headers")
    assert answer.body["code"] == "0"
    assert not [name for name in answer.headers if name.startswith("api-key")]


def test_no_kind_is_untested():
    text = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f'"{kind}"' not in text] == []
    assert all((function.__doc__ or "").strip() for function in KINDS.values())


@pytest.fixture(scope="module")
def plain(spec):
    """Every operation's body without a fault."""
    app = Sandbox(spec, now=lambda: NOW, enforce_limits=False)
    return {
        one.id: ask(app, one.path, request_of(one, limit=8), "sandbox-enterprise").body
        for one in spec.operations.values()
    }


@pytest.mark.parametrize("kind", ["stale", "shuffled", "duplicate", "seconds", "extra-field", "wrong-type"])
def test_damage_strikes_every_shape_or_leaves_it_valid(spec, sandbox, plain, kind):
    """No operation is too odd for a fault: columns, maps, arrays in arrays, single objects."""
    spoilt = sandbox(enforce_limits=False, faults=[kind])
    changed = 0
    for operation in spec.operations.values():
        before = plain[operation.id]
        after = ask(spoilt, operation.path, request_of(operation, limit=8), "sandbox-enterprise").body
        changed += before != after
        if kind == "stale" and operation.series and not operation.series.times.endswith("date_string"):
            path = steps_of(operation.series.times)
            assert max(at(after, path)) < max(at(before, path)), operation.id
        if kind == "wrong-type" and before != after:
            assert not jsonschema_rs.Draft202012Validator(dict(operation.schema)).is_valid(after), (
                operation.id
            )
    assert changed > 90


def test_times_are_counted_down(sandbox):
    app = sandbox(faults=["server-500x2"])
    codes = [ask(app, PRICE, PARAMS, KEY).body["code"] for _ in range(4)]
    assert codes == ["500", "500", "0", "0"]


def test_only_the_operations_named(sandbox):
    app = sandbox(faults=["rate:*_price_history"])
    assert ask(app, PRICE, PARAMS, KEY).body["code"] == "429"
    assert ask(app, "/api/futures/supported-coins", key=KEY).body["code"] == "0"
    assert ask(app, "/api/nowhere", key=KEY).status == 404


def test_chance_is_the_same_every_time(sandbox):
    def run(seed):
        app = sandbox(faults=["rate@0.5"], seed=seed)
        return [ask(app, "/api/futures/supported-coins", key=KEY).body["code"] for _ in range(40)]

    first = run(1)
    assert first == run(1)
    assert first != run(2)
    assert 8 < first.count("429") < 32


@pytest.mark.parametrize(("kind", "used"), [("truncated-json", "1"), ("server-500", "1"), ("rate", "0")])
def test_what_reaches_the_api_is_counted(struck, kind, used):
    assert struck(kind).headers["api-key-use-limit"] == used


def test_several_faults_at_once(sandbox):
    app = sandbox(faults=["extra-field", "numeric-code", "no-rate-headers", "ratex1"])
    assert ask(app, PRICE, PARAMS, KEY).body["code"] == "429"
    answer = ask(app, PRICE, PARAMS, KEY)
    assert answer.body["code"] == 0
    assert "undocumented_field" in answer.body["data"][0]
    assert "api-key-use-limit" not in answer.headers


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rate", Fault("rate")),
        ("rate-after", Fault("rate-after")),
        ("rate:futures_*", Fault("rate", "futures_*")),
        ("reset@0.25", Fault("reset", probability=0.25)),
        ("server-500x3", Fault("server-500", times=3)),
        ("edge-520-html:*_list@0.5x12", Fault("edge-520-html", "*_list", 0.5, 12)),
        (" hang:index_[a-b]*x1 ", Fault("hang", "index_[a-b]*", 1.0, 1)),
    ],
)
def test_spelling(text, fault):
    assert parse(text) == fault


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rats", "unknown fault 'rats'; did you mean rate"),
        ("server-50", "server-500"),
        ("", "KIND[:OPERATION-GLOB][@PROBABILITY][xTIMES]"),
        ("rate:", "KIND[:OPERATION-GLOB]"),
        ("rate@", "KIND[:OPERATION-GLOB]"),
        ("rate@2", "'2' is not between 0 and 1"),
        ("rate@0", "'0' is not between 0 and 1"),
        ("rate@often", "'often' is not between 0 and 1"),
        ("rate@nan", "'nan' is not between 0 and 1"),
        ("ratex0", "would never strike"),
    ],
)
def test_misspelling(text, words):
    with pytest.raises(UsageError, match="fault") as caught:
        parse(text)
    assert words in str(caught.value)


@pytest.mark.parametrize("fault", ["rate:futures_openinterest_history", "rate:nothing_*", Fault("rats")])
def test_faults_that_cannot_strike(sandbox, fault):
    with pytest.raises(UsageError):
        sandbox(faults=[fault])
