"""Series: the same question gets the same rows, ranges are honoured, history ends where promised."""

from __future__ import annotations

import pytest

from audit.sandbox.app import Sandbox
from audit.sandbox.rows import steps_of
from tests.sandbox.asgi import NOW, ask
from tests.sandbox.test_data import at, request_of

HISTORY = "/api/futures/open-interest/history"
PAIR = "exchange=Binance&symbol=BTCUSDT&interval={}"
DAY = 86400


def rows(app, interval="1d", extra="", key="sandbox-enterprise"):
    body = ask(app, HISTORY, PAIR.format(interval) + extra, key).body
    assert body["code"] == "0"
    return body["data"]


def test_two_servers_agree_to_the_byte(spec):
    one, two = (Sandbox(spec, now=lambda: NOW, seed=5, enforce_limits=False) for _ in range(2))
    for operation in spec.operations.values():
        params = request_of(operation)
        first = ask(one, operation.path, params, "sandbox-enterprise")
        second = ask(two, operation.path, params, "sandbox-enterprise")
        assert first.raw == second.raw, operation.id


def test_another_seed_gives_other_values(spec):
    one, two = (Sandbox(spec, now=lambda: NOW, seed=seed) for seed in (1, 2))
    assert [row["time"] for row in rows(one)] == [row["time"] for row in rows(two)]
    assert rows(one) != rows(two)


@pytest.mark.parametrize("later", [0, 61, 3 * 3600, 9 * DAY])
def test_overlapping_answers_agree_on_what_they_share(spec, later):
    """Whatever the limit and the clock, a moment that two answers hold has one row."""
    one = Sandbox(spec, now=lambda: NOW, enforce_limits=False)
    two = Sandbox(spec, now=lambda: NOW + later, enforce_limits=False)
    shared_by = 0
    for operation in spec.operations.values():
        if operation.series is None or operation.series.times.endswith("[]"):
            continue
        path = steps_of(operation.series.times)
        held = path[: len(path) - 1]
        tables = []
        for app, limit in ((one, 80), (two, 33)):
            body = ask(app, operation.path, request_of(operation, limit=limit), "sandbox-enterprise").body
            tables.append({at(row, path[-1:])[0]: row for row in at(body, held)})
        shared = set(tables[0]) & set(tables[1])
        shared_by += bool(shared)
        for moment in shared:
            assert tables[0][moment] == tables[1][moment], operation.id
    assert shared_by > (20 if later > 3600 else 80)


def test_parameters_that_matter_change_the_values(sandbox):
    app = sandbox()
    base = rows(app)
    assert base != rows(app, extra="&unit=coin")
    assert base == rows(app, extra="&unit=usd")
    other = ask(app, HISTORY, "exchange=OKX&symbol=BTCUSDT&interval=1d", "sandbox-enterprise")
    if other.body["code"] == "0":
        assert base != other.body["data"]


def test_range(sandbox):
    app = sandbox()
    start, end = 1_789_000_000_000, 1_789_500_000_000
    times = [row["time"] for row in rows(app, "4h", f"&start_time={start}&end_time={end}")]
    assert times[0] == 1_789_012_800_000
    assert times[-1] == 1_789_488_000_000
    assert len(times) == (times[-1] - times[0]) // 14_400_000 + 1
    last = rows(app, "4h", f"&start_time={start}&end_time={end}&limit=5")
    assert [row["time"] for row in last] == times[-5:]
    assert rows(app, "4h", f"&start_time={end}&end_time={start}") == []
    edge = rows(app, "4h", f"&start_time={times[3]}&end_time={times[3]}")
    assert [row["time"] for row in edge] == [times[3]]


def test_a_start_in_the_wrong_unit_reaches_back_to_the_beginning(sandbox):
    assert len(rows(sandbox(), "1d", "&start_time=1789000000")) == 1000


def test_an_end_in_the_wrong_unit_is_before_everything(sandbox):
    assert rows(sandbox(), "1d", "&end_time=1789000000") == []


@pytest.mark.parametrize(
    ("plan", "interval", "days"),
    [
        ("hobbyist", "4h", 180),
        ("startup", "30m", 90),
        ("standard", "1m", 6),
        ("professional", "5m", 60),
        ("standard", "1h", 360),
    ],
)
def test_history_ends_where_the_plan_does(sandbox, plan, interval, days):
    app, key = sandbox(), f"sandbox-{plan}"
    oldest = int((NOW - days * DAY) * 1000)
    far = [
        row["time"]
        for row in rows(app, interval, f"&start_time=1400000000000&end_time={oldest + DAY * 500}", key)
    ]
    assert far, "half a day is left before the end of history"
    assert min(far) >= oldest
    assert min(far) - oldest < 4 * 3600 * 1000
    assert rows(app, interval, f"&start_time=1400000000000&end_time={oldest - 1}", key) == []


def test_an_end_ahead_of_now_brings_nothing_from_the_future(sandbox):
    app = sandbox()
    assert rows(app, "4h", "&end_time=1999999999999&limit=9") == rows(app, "4h", "&limit=9")


def test_all_history_goes_back_to_the_beginning(sandbox):
    found = rows(sandbox(), "1d", "&end_time=1400000000000", "sandbox-hobbyist")
    assert len(found) == 1000 or found[0]["time"] >= 1_356_998_400_000
    assert found


def test_a_week_begins_where_the_epoch_did(sandbox):
    times = [row["time"] for row in rows(sandbox(), "1w", "&limit=5")]
    assert all(time % (7 * DAY * 1000) == 0 for time in times)


def test_a_clock_near_zero_is_no_reason_to_fail(spec):
    app = Sandbox(spec, now=lambda: 1000.0, enforce_limits=False)
    for operation in spec.operations.values():
        answer = ask(app, operation.path, request_of(operation), "sandbox-enterprise")
        assert answer.body["code"] == "0", operation.id
