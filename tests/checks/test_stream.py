"""What channels push: a good stream has no finding, each damage is found once by the rule meant for it."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from audit.checks.mismatches import MAX_PLACES
from audit.checks.stream import MAX_NAMES, StreamJudge
from audit.checks.stream_rows import WINDOW, shape
from audit.model import Finding, Observation, Severity, StreamFacts, Verdict
from audit.spec.catalog import Spec
from audit.spec.channels import Channel

NOW = 1_760_000_000.0
TRADES = "futures_trades@Binance_BTCUSDT@10000"
OTHER = "futures_trades@OKX_BTC-USDT-SWAP@10000"
ORDERS = "liquidationOrders"
Message = dict[str, Any]
Change = Callable[[list[Message]], object]


def row(number: int, **other: Any) -> dict[str, Any]:
    """One trade as the documents show it, ``number`` seconds after NOW."""
    return {
        "baseAsset": "BTC",
        "exName": "Binance",
        "price": 56738.0 + number,
        "side": 2,
        "symbol": "BTCUSDT",
        "time": (int(NOW) + number) * 1000,
        "volUsd": 13858.184,
        **other,
    }


def stream_of(name: str, count: int = 20) -> list[Message]:
    """One message a second with two trades in it, in the order of time."""
    return [{"channel": name, "data": [row(2 * at), row(2 * at + 1)]} for at in range(count)]


def channel(spec: Spec, name: str) -> Channel:
    assert spec.stream is not None
    return spec.stream.channel(name)


def judge_of(spec: Spec, name: str) -> StreamJudge:
    return StreamJudge(channel(spec, name), spec.ladder.get("standard"))


def found(judge: StreamJudge, spec: Spec, name: str, **other: Any) -> tuple[Finding, ...]:
    """What a judge finds of an observation and facts that are good unless told otherwise."""
    own = channel(spec, name)
    seen: dict[str, Any] = {"expected": Verdict.AVAILABLE, "verdict": Verdict.AVAILABLE, "http_status": 101}
    of_facts = StreamFacts.model_fields
    seen |= {key: other.pop(key) for key in list(other) if key not in of_facts}
    observation = Observation(operation=own.id, method="SUBSCRIBE", path=name, **seen)
    facts: dict[str, Any] = {"bound_seconds": 60.0, "first_seconds": 0.5, "messages": 20, "rows": 40}
    facts |= {"pings": 2, "pongs": 2, "gap_seconds": 1.5, "unsubscribed": True, **other}
    return judge.findings(observation, StreamFacts(channel=own.id, name=name, **facts))


def judged(spec: Spec, name: str, messages: list[Any], **other: Any) -> tuple[Finding, ...]:
    """What is found in messages that arrive as they happen."""
    judge = judge_of(spec, name)
    for at, message in enumerate(messages):
        judge.take(message, NOW + 2 * at + 1.5)
    return found(judge, spec, name, **other)


@pytest.mark.parametrize("name", [TRADES, ORDERS])
def test_a_good_stream_has_no_finding(name: str, spec: Spec) -> None:
    assert judged(spec, name, stream_of(name)) == ()


def put(field: str, value: Any, every: int = 1) -> Change:
    """A change of one field in the first row of every so many messages."""

    def change(messages: list[Message]) -> None:
        for message in messages[::every]:
            message["data"][0][field] = value

    return change


def in_seconds(messages: list[Message]) -> None:
    for message in messages:
        for one in message["data"]:
            one["time"] //= 1000


def moved(seconds: int, every: int = 1) -> Change:
    """A change of the moment of every row in every so many messages."""

    def change(messages: list[Message]) -> None:
        for message in messages[::every]:
            for one in message["data"]:
                one["time"] += seconds * 1000

    return change


def without(field: str) -> Change:
    return lambda messages: [message["data"][1].pop(field) for message in messages]


def renamed(name: str, count: int) -> Change:
    return lambda messages: [message.update(channel=name) for message in messages[:count]]


def swapped(messages: list[Message]) -> None:
    messages[4], messages[9] = messages[9], messages[4]


def sent_again(messages: list[Message]) -> None:
    messages[7:7] = [json.loads(json.dumps(messages[6]))]


DAMAGE: dict[str, tuple[Change, str, Severity, str]] = {
    "a field of another type": (
        put("price", "56738"),
        "field-type",
        Severity.ERROR,
        'data[].price: expected a number, found "56738" in 20 rows',
    ),
    "seconds for milliseconds": (
        in_seconds,
        "field-type",
        Severity.ERROR,
        "data[].time: expected a moment in milliseconds, found 1760000000 (looks like seconds) in 40 rows",
    ),
    "a value that is none of those": (
        put("side", 3, every=20),
        "field-type",
        Severity.ERROR,
        "data[].side: expected one of 1 or 2, found 3",
    ),
    "a field is gone": (
        without("volUsd"),
        "field-missing",
        Severity.ERROR,
        "data[].volUsd is absent in 20 rows",
    ),
    "a field nobody knows": (
        put("tradeId", 7, every=2),
        "field-unknown",
        Severity.NOTE,
        "data[].tradeId is not documented; its value is 7 in 10 rows",
    ),
    "another exchange": (
        put("exName", "OKX", every=4),
        "field-type",
        Severity.ERROR,
        'data[].exName: expected "Binance" as asked for, found "OKX" in 5 rows',
    ),
    "another pair": (
        put("symbol", "ETHUSDT", every=20),
        "field-type",
        Severity.ERROR,
        'data[].symbol: expected "BTCUSDT" as asked for, found "ETHUSDT"',
    ),
    "less than asked for": (
        put("volUsd", 3858.184, every=10),
        "field-type",
        Severity.WARNING,
        "data[].volUsd: expected at least 10000 as asked for, found 3858.184 in 2 rows",
    ),
    "under another name": (
        renamed(OTHER, 1),
        "field-type",
        Severity.ERROR,
        f'channel: expected "{TRADES}" as subscribed to, found "{OTHER}" in 1 message',
    ),
    "of another channel": (
        renamed(ORDERS, 3),
        "field-type",
        Severity.ERROR,
        f'channel: expected "{TRADES}" as subscribed to, found "{ORDERS}" in 3 messages',
    ),
    "out of order": (
        swapped,
        "series-order",
        Severity.WARNING,
        "10 of 40 rows are older than one before; the largest step back is 11.0 s",
    ),
    "sent again": (
        sent_again,
        "series-order",
        Severity.WARNING,
        "2 of 42 rows are the same as one of an earlier message",
    ),
    "hours late": (
        moved(-9 * 3600),
        "stale-data",
        Severity.ERROR,
        "40 of 40 rows are more than 2 min old on arrival, the oldest 9 h",
    ),
    "of tomorrow": (
        moved(86_400, every=20),
        "field-type",
        Severity.ERROR,
        "data[].time: expected a moment that has been, found one 24 h ahead in 2 rows",
    ),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_found_by_the_rule_meant_for_it(case: str, spec: Spec) -> None:
    change, rule, severity, message = DAMAGE[case]
    messages = stream_of(TRADES)
    change(messages)
    findings = judged(spec, TRADES, messages)
    if case == "under another name":  # its rows are still those of the first
        findings = tuple(one for one in findings if one.message.startswith("channel"))
    assert [(one.rule, one.severity, one.message) for one in findings] == [(rule, severity, message)]
    assert findings[0].operation == "futures_trades"
    assert (findings[0].evidence or "").partition(" -> ")[0] == f"SUBSCRIBE {TRADES}"


def test_a_late_message_or_two_is_a_warning(spec: Spec) -> None:
    messages = stream_of(TRADES)
    moved(-3600, every=20)(messages)
    (finding,) = judged(spec, TRADES, messages)
    assert (finding.rule, finding.severity) == ("stale-data", Severity.WARNING)
    assert finding.message == "2 of 40 rows are more than 2 min old on arrival, the oldest 60 min"


@pytest.mark.parametrize(
    ("other", "rule", "severity", "words"),
    [
        ({"pongs": 0}, "server-fault", Severity.ERROR, "answered 0 of 2 heartbeats"),
        ({"pongs": 1}, "server-fault", Severity.WARNING, "answered 1 of 2 heartbeats"),
        ({"unsubscribed": False}, "server-fault", Severity.WARNING, "goes on after it was unsubscribed from"),
        (
            {"verdict": Verdict.PLAN_GATED, "message": f"{TRADES} need upgrade plan"},
            "plan-mismatch",
            Severity.ERROR,
            "standard promises it, the API refuses it as above the plan",
        ),
        (
            {"expected": Verdict.PLAN_GATED},
            "plan-mismatch",
            Severity.WARNING,
            "answers on standard although it is promised from standard on",
        ),
        (
            {"verdict": Verdict.EMPTY, "gap_seconds": None},
            "plan-mismatch",
            Severity.ERROR,
            "pushes nothing within 60 s of subscribing again after a drop",
        ),
        (
            {"verdict": Verdict.EMPTY, "rows": 0},
            "plan-mismatch",
            Severity.ERROR,
            "pushes messages without rows within 60 s",
        ),
        (
            {"verdict": Verdict.EMPTY, "messages": 0},
            "plan-mismatch",
            Severity.ERROR,
            "pushes nothing within 60 s, nor refuses",
        ),
        (
            {"verdict": Verdict.EMPTY, "expected": Verdict.PLAN_GATED, "messages": 0},
            "plan-mismatch",
            Severity.WARNING,
            "pushes nothing within 60 s, nor refuses",
        ),
        (
            {"verdict": Verdict.NOT_FOUND, "http_status": 404},
            "unknown-endpoint",
            Severity.ERROR,
            f"documented, but the API knows no SUBSCRIBE {TRADES}",
        ),
        (
            {"verdict": Verdict.UNREADABLE},
            "unreadable-answer",
            Severity.ERROR,
            "answers with something other than the documented JSON",
        ),
        (
            {"verdict": Verdict.SERVER_ERROR, "http_status": 500},
            "server-fault",
            Severity.ERROR,
            "the server failed (1 attempt)",
        ),
        (
            {"verdict": Verdict.UNREACHABLE, "http_status": None, "pongs": 0},
            "server-fault",
            Severity.WARNING,
            "no complete answer (1 attempt)",
        ),
        (
            {"verdict": Verdict.BAD_REQUEST},
            "wrong-param",
            Severity.ERROR,
            "the API refuses the parameters",
        ),
    ],
)
def test_what_a_channel_did_is_judged_as_an_answer_is(
    other: dict[str, Any], rule: str, severity: Severity, words: str, spec: Spec
) -> None:
    (finding,) = found(judge_of(spec, TRADES), spec, TRADES, **other)
    assert (finding.rule, finding.severity, finding.message) == (rule, severity, words)
    assert finding.remedy


def test_a_promised_refusal_is_as_promised(spec: Spec) -> None:
    refused = {"expected": Verdict.PLAN_GATED, "verdict": Verdict.PLAN_GATED}
    facts = {"first_seconds": None, "messages": 0, "pings": 0, "pongs": 0, "gap_seconds": None}
    assert found(judge_of(spec, TRADES), spec, TRADES, unsubscribed=None, **refused, **facts) == ()


def test_the_first_row_of_a_documented_example_breaks_its_own_bound(spec: Spec) -> None:
    judge = judge_of(spec, TRADES)
    judge.take({"channel": TRADES, "data": [row(0, volUsd=3858.184)]}, NOW)
    assert [one.severity for one in found(judge, spec, TRADES)] == [Severity.WARNING]


@pytest.mark.parametrize(
    ("asked", "bound"),
    [("futures_trades@OKX_BTC-USDT-SWAP@0", True), ("futures_trades@Binance_BTCUSDT@x", False)],
)
def test_rows_are_held_against_the_name_they_come_under(asked: str, bound: bool, spec: Spec) -> None:
    values = channel(spec, TRADES).values(asked) or {}
    good = row(0, exName=values["exchange"], symbol=values["symbol"], volUsd=0.5)
    judge = judge_of(spec, asked)
    judge.take({"channel": asked, "data": [good]}, NOW)
    assert found(judge, spec, asked) == ()
    judge.take({"channel": asked, "data": [good | {"symbol": "?"}]}, NOW)
    assert [one.rule for one in found(judge, spec, asked)] == ["field-type"]


def test_which_field_carries_a_parameter_is_read_from_the_description(spec: Spec) -> None:
    assert shape(channel(spec, TRADES)).carriers == {
        "exchange": "exName",
        "symbol": "symbol",
        "minVol": "volUsd",
    }
    assert shape(channel(spec, ORDERS)).carriers == {}


@pytest.mark.parametrize(
    "message",
    [
        [],
        None,
        "text",
        7,
        {},
        {"channel": 5, "data": []},
        {"channel": TRADES},
        {"channel": TRADES, "data": {}},
        {"channel": TRADES, "data": [[], None, "row", 7]},
        {"channel": TRADES, "data": [{"time": True, "exName": [], "symbol": {}, "volUsd": "many"}]},
        {"channel": TRADES, "data": [row(0, time=10**400), row(0, volUsd=float("nan"))]},
        {"channel": TRADES, "data": [row(0, symbol=["BTCUSDT"])]},
        {"channel": "\ud800\n<b>", "data": [row(0, symbol="\x1b[2J")]},
    ],
)
def test_whatever_is_pushed_is_a_finding_and_no_failure(message: Any, spec: Spec) -> None:
    findings = judged(spec, TRADES, [message, *stream_of(TRADES)])
    assert {one.rule for one in findings} <= {"field-type", "field-missing", "field-unknown"}
    assert any(one.severity is Severity.ERROR for one in findings)
    assert all(one.message.isprintable() and len(one.message) < 400 for one in findings)


def hostile(count: int) -> Iterator[Message]:
    """Messages of which each has a name, a field and values that no other has, the longest names first."""
    for at in range(MAX_NAMES):
        yield {"channel": f"{at}" + "z" * 500_000, "data": []}
    for at in range(count):
        yield {"channel": f"futures_trades@E{at}_P{at}@{at}", "data": [row(at, **{f"field{at}": "x" * 1000})]}
        yield {"channel": TRADES, "data": [row(at, symbol=f"{at}" + "y" * 1000)]}


def test_memory_does_not_grow_with_what_comes(spec: Spec) -> None:
    judge = judge_of(spec, TRADES)

    def held(messages: Iterator[Message]) -> int:
        for message in messages:
            judge.take(message, NOW)
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        filled = held(hostile(2 * WINDOW))
        assert filled < 5_000_000
        assert held(hostile(2 * WINDOW)) < filled + 200_000
    finally:
        tracemalloc.stop()
    findings = found(judge, spec, TRADES)
    assert len(findings) <= MAX_PLACES + MAX_NAMES
    told = next(one.message for one in findings if "subscribed to" in one.message)
    assert f"in {2 * (2 * WINDOW + MAX_NAMES)} messages" in told


def test_repetition_is_seen_as_far_back_as_the_window_reaches(spec: Spec) -> None:
    def again(apart: int) -> list[str]:
        judge = judge_of(spec, ORDERS)
        for at in (*range(apart), 0):
            judge.take({"channel": ORDERS, "data": [row(0, price=float(at))]}, NOW)
        return [one.message for one in found(judge, spec, ORDERS)]

    assert again(WINDOW) == [f"1 of {WINDOW + 1} rows is the same as one of an earlier message"]
    assert again(3 * WINDOW) == []


def test_rows_that_are_alike_in_one_message_are_two_trades(spec: Spec) -> None:
    judge = judge_of(spec, ORDERS)
    judge.take({"channel": ORDERS, "data": [row(0), row(0)]}, NOW)
    assert found(judge, spec, ORDERS) == ()
    judge.take({"channel": ORDERS, "data": [dict(reversed(row(0).items()))]}, NOW)
    (finding,) = found(judge, spec, ORDERS)
    assert finding.message == "1 of 3 rows is the same as one of an earlier message"
