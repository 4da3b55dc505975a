"""Channels: what the shipped description says, what the forms mean, and each fault the lint finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from audit.checks.mismatches import mismatches
from audit.errors import SpecError, UsageError
from audit.model import Verdict
from audit.spec.catalog import CHANNELS as FILE
from audit.spec.catalog import Spec, load
from audit.spec.channels import Form, Stream, load_stream
from audit.spec.lint import lint
from tests.spec.broken_channels import FAULTS
from tests.support.cli import run_here
from tests.support.official import ASYNCAPI, official

TRADES = "futures_trades@Binance_BTCUSDT@10000"
ROW = {
    "baseAsset": "BTC",
    "exName": "Binance",
    "price": 56738.00,
    "side": 2,
    "symbol": "BTCUSDT",
    "time": 1725416318379,
    "volUsd": 3858.184,
}


@pytest.fixture
def stream(spec: Spec) -> Stream:
    found = load_stream(spec.folder, spec.ladder)
    assert found is not None
    return found


@pytest.fixture
def pushing(spec: Spec, small: Path) -> Path:
    """The small description with the shipped channels, plans and sources in its own names."""
    text = (spec.folder / FILE).read_text(encoding="utf-8")
    for old, new in (("x-plan: standard", "x-plan: crew"), ("docs", "manual"), ("users", "site")):
        text = text.replace(old, new)
    (small / FILE).write_text(text, encoding="utf-8")
    return small


def test_channels_belong_to_any_provider(pushing: Path) -> None:
    found = load_stream(pushing, load(pushing).ladder)
    assert found is not None
    assert [channel.min_plan for channel in found.channels.values()] == ["crew", "crew"]
    assert lint(pushing) == ()


def test_the_connection_is_described(stream: Stream) -> None:
    beat = stream.heartbeat
    assert beat is not None
    assert (stream.url, stream.key_query) == ("wss://open-ws.coinglass.com/ws-api", "cg-api-key")
    assert (beat.send, beat.expect, beat.every) == ("ping", "pong", 20)
    assert json.loads(stream.subscribe.text(["liquidationOrders"])) == {
        "method": "subscribe",
        "channels": ["liquidationOrders"],
    }
    assert stream.unsubscribe.fill(["a", "b"]) == {"method": "unsubscribe", "channels": ["a", "b"]}


@pytest.mark.parametrize("name", ["futures_trades", "liquidationOrders"])
def test_both_channels_need_the_standard_plan(name: str, spec: Spec, stream: Stream) -> None:
    may = [plan for plan in spec.ladder.names if stream.channel(name).allowed(spec.ladder, plan)]
    assert may == ["standard", "professional", "enterprise"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (TRADES, {"exchange": "Binance", "symbol": "BTCUSDT", "minVol": "10000"}),
        (
            "futures_trades@Gate_BTC_USDT@5",
            {"exchange": "Gate", "symbol": "BTC_USDT", "minVol": "5"},
        ),
        (
            "futures_trades@OKX_BTC-USDT-SWAP@0",
            {"exchange": "OKX", "symbol": "BTC-USDT-SWAP", "minVol": "0"},
        ),
        ("futures_trades@Binance_BTCUSDT", None),
        ("futures_trades@Binance@10000", None),
        ("futures_trades@_BTCUSDT@10000", None),
        ("futures_trades", None),
        ("liquidationOrders", None),
        ("futures_trades@Binance_" + "X" * 500 + "@1", None),
    ],
)
def test_a_name_carries_its_parameters(name: str, values: dict[str, str] | None, stream: Stream) -> None:
    channel = stream.channels["futures_trades"]
    assert channel.values(name) == values
    if values:
        assert channel.name(values) == name
        assert stream.channel(name) is channel


def test_a_name_from_the_examples_is_the_documented_one(stream: Stream) -> None:
    assert stream.channel("futures_trades").name() == TRADES
    assert stream.channel("liquidationOrders").name() == "liquidationOrders"


def test_an_unknown_channel_lists_the_right_ones(stream: Stream) -> None:
    with pytest.raises(
        UsageError, match=r"unknown channel 'liquidationOrder'; did you mean liquidationOrders"
    ):
        stream.channel("liquidationOrder")


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ({"method": "subscribe", "channels": ["a", "b"]}, ("a", "b")),
        ({"channels": ["a"], "method": "subscribe"}, ("a",)),
        ({"op": "subscribe", "args": ["a"]}, None),
        ({"method": "unsubscribe", "channels": ["a"]}, None),
        ({"method": "subscribe", "channels": "a"}, None),
        ({"method": "subscribe", "channels": []}, None),
        ({"method": "subscribe", "channels": [1]}, None),
        ({"method": "subscribe", "channels": ["a"], "id": 1}, None),
        (["subscribe"], None),
        ("subscribe", None),
        (None, None),
    ],
)
def test_only_the_documented_form_subscribes(message: Any, names: Any, stream: Stream) -> None:
    assert stream.subscribe.names(message) == names


def test_what_is_in_use_and_does_not_work_is_known(stream: Stream) -> None:
    assert stream.mistaken_urls == ("wss://open-api-v4.coinglass.com/ws",)
    assert stream.mistaken_forms == (Form({"op": "subscribe", "args": ["{channel}"]}),)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("liquidationOrders need upgrade plan", Verdict.PLAN_GATED),
        (f"{TRADES} need upgrade plan", Verdict.PLAN_GATED),
        ("Upgrade plan", Verdict.PLAN_GATED),
        ("pong", None),
        ("", None),
        ("liquidationOrders", None),
    ],
)
def test_a_text_is_read_as_a_refusal_or_not(text: str, verdict: Verdict | None, stream: Stream) -> None:
    found = stream.refusal(text)
    assert (found.verdict if found else None) == verdict


@pytest.mark.parametrize("name", ["futures_trades", "liquidationOrders"])
@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ({}, []),
        ({"time": 1725416318}, ["wrong"]),
        ({"side": 3}, ["wrong"]),
        ({"price": "56738"}, ["wrong"]),
        ({"volUsd": -1}, ["wrong"]),
        ({"extra": 1}, ["unknown"]),
        ({"exName": None}, ["wrong"]),
    ],
)
def test_messages_are_held_against_their_schema(
    name: str, change: dict[str, Any], kinds: list[str], stream: Stream
) -> None:
    channel = stream.channel(name)
    held: Any = channel  # a channel has a schema as an operation has
    message = {channel.name_field: channel.name(), channel.data_field: [ROW | change]}
    assert [found.kind for found in mismatches(held, message)] == kinds


def test_a_description_without_channels_has_none(small: Path) -> None:
    assert load_stream(small, load(small).ladder) is None
    assert lint(small) == ()
    listed = json.loads(run_here("spec", "list", "--spec", str(small), "--format", "json").out)
    assert listed["channels"] == []
    assert len(listed["operations"]) == 4


def test_the_official_schema_accepts_it(spec: Spec) -> None:
    schema = official(ASYNCAPI)
    tree = yaml.safe_load((spec.folder / FILE).read_text(encoding="utf-8"))
    validator = jsonschema_rs.Draft7Validator(schema)
    assert [error.message for error in validator.iter_errors(tree)] == []
    tree["operations"]["heartbeat"]["action"] = "shout"
    assert not validator.is_valid(tree)


@pytest.mark.parametrize("case", FAULTS)
def test_the_lint_finds_each_fault(case: str, pushing: Path) -> None:
    old, new, place, words = FAULTS[case]
    text = (pushing / FILE).read_text(encoding="utf-8")
    assert old in text, f"{FILE} no longer has {old!r}; the case breaks nothing"
    (pushing / FILE).write_text(text.replace(old, new, 1), encoding="utf-8")
    problems = lint(pushing)
    assert any(one.file == FILE and place in one.place and words in str(one) for one in problems), "\n".join(
        map(str, problems)
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected a mapping with `asyncapi`, found NoneType"),
        ("[]", "expected a mapping with `asyncapi`, found list"),
        ("asyncapi: 3.0.0", "info: field required"),
        ("asyncapi: 3.0.0\nchannels: {1: {}}", "the key 1 is not text"),
    ],
)
def test_what_cannot_be_read_is_one_line(text: str, words: str, small: Path) -> None:
    (small / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as raised:
        load_stream(small, load(small).ladder)
    assert str(raised.value).startswith(f"{FILE}:")
    assert "\n" not in str(raised.value)
    found = [str(one) for one in lint(small)]
    assert any(words in one for one in found), found


@pytest.mark.parametrize("asked", ["liquidationOrders", "futures_trades", TRADES])
def test_a_channel_is_shown(asked: str) -> None:
    shown = run_here("spec", "show", asked)
    assert shown.code == 0
    for words in (
        "SUBSCRIBE",
        "standard      yes",
        "startup       no",
        "ping every 20s",
        "number, usd",
        "need upgrade",
    ):
        assert words in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80


def test_channels_are_listed_by_plan_and_pattern() -> None:
    def listed(*more: str) -> tuple[int, list[str]]:
        data = json.loads(run_here("spec", "list", "--format", "json", *more).out)
        return len(data["operations"]), [one["channel"] for one in data["channels"]]

    assert listed() == (158, ["futures_trades", "liquidationOrders"])
    assert listed("--plan", "startup") == (128, [])
    assert listed("--only", "liquidation*") == (0, ["liquidationOrders"])
    assert listed("--only", "*trades*") == (0, ["futures_trades"])
    assert listed("--only", "futures_basis_history") == (1, [])
    assert run_here("spec", "list", "--only", "nothing_*").code == 2
    assert "futures_trades@{exchange}_{symbol}@{minVol}  standard" in run_here("spec", "list").out
