"""Every way of damaging a recorded channel is caught, by what the table says; an unbroken one by nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from audit.contract.stream_file import Heard, Said
from audit.spec.catalog import Spec
from tests.contract.streams import (
    NAME,
    Change,
    events,
    instead,
    judged,
    messages,
    otherwise_asked,
    rows,
    shipped,
    without,
)

TRADES = "futures_trades"
REFUSAL = f"{NAME} need upgrade plan"


@dataclass(frozen=True)
class Damage:
    """One line of the table: how a recording is damaged, and the rules that say so."""

    name: str
    change: Change
    rules: str
    plan: str = "standard"
    channel: str = NAME


def update(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.update(values)


def renamed(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    def change(row: dict[str, Any]) -> None:
        row[new] = row.pop(old)

    return change


def later(row: dict[str, Any], seconds: float) -> None:
    row["time"] += round(seconds * 1000)


def swapped(said: list[Said]) -> list[Said]:
    """Let what the first two messages carry change places."""
    places = [place for place, event in enumerate(said) if event.way == "came"][:2]
    bodies = [said[place].body for place in reversed(places)]
    for place, body in zip(places, bodies, strict=True):
        said[place] = said[place].model_copy(update={"body": body})
    return said


def repeated(said: list[Said]) -> list[Said]:
    """Send each message twice."""
    return [event for event in said for _ in range(1 if event.way == "sent" else 2)]


def going_on(said: list[Said]) -> list[Said]:
    """Push on for a while after the last that was sent."""
    data = [event for event in said if event.way == "came" and isinstance(event.body, dict)]
    again = [data[-1].model_copy(update={"at": said[-1].at + pause}) for pause in range(1, 9)]
    return [*said, *again]


def cut(events_kept: int, lines_kept: int = 1) -> Change:
    """End the recording early."""

    def change(heard: Heard) -> Heard:
        kept = [
            line.model_copy(update={"events": line.events[:events_kept]}) for line in heard.lines[:lines_kept]
        ]
        return heard.model_copy(update={"lines": tuple(kept)})

    return change


def declined(status: int) -> Change:
    line = {"at": 1.0, "answer": {"status": status, "form": "text", "body": "<html>no</html>"}}
    return lambda heard: Heard.model_validate({"channel": NAME, "name": NAME, "lines": [line]})


def opened(heard: Heard) -> Heard:
    """Let the channel push to a plan that does not include it."""
    other, _ = shipped("standard", heard.channel)
    return other


TABLE = (
    Damage("a field dropped", rows(lambda row: row.pop("price")), "field-missing"),
    Damage("a field renamed", rows(renamed("volUsd", "vol_usd")), "field-missing field-unknown"),
    Damage("a field added", rows(update(trade_id=7)), "field-unknown"),
    Damage("a number as text", rows(lambda row: row.update(price=str(row["price"]))), "field-type"),
    Damage("a value that is none", rows(update(side=3)), "field-type"),
    Damage("null for a number", rows(update(volUsd=None)), "field-type"),
    Damage("seconds for milliseconds", rows(lambda row: row.update(time=row["time"] // 1000)), "field-type"),
    Damage("an hour old", rows(lambda row: later(row, -3600)), "stale-data"),
    Damage("rows turned round", messages(lambda body: body["data"].reverse()), "series-order"),
    Damage("messages swapped", events(swapped), "series-order"),
    Damage("everything twice", events(repeated), "series-order"),
    Damage("one row for a list", messages(lambda body: body.update(data={})), "field-type plan-mismatch"),
    Damage("no rows in any message", messages(lambda body: body.update(data=[])), "plan-mismatch"),
    Damage("the name of another channel", messages(update(channel="liquidations")), "field-type"),
    Damage("messages without a name", messages(lambda body: body.pop("channel")), "field-missing"),
    Damage("another exchange", rows(update(exName="Kraken")), "field-type", channel=TRADES),
    Damage("another pair", rows(update(symbol="ETHUSDT")), "field-type", channel=TRADES),
    Damage("less than the smallest value", rows(update(volUsd=12.5)), "field-type", channel=TRADES),
    Damage("rows of another channel", messages(update(channel=NAME)), "field-type", channel=TRADES),
    Damage("no answer to heartbeats", without("pong"), "server-fault"),
    Damage("goes on after the end", events(going_on), "series-order server-fault"),
    Damage("text for data", instead("text", "Welcome!"), "unreadable-answer"),
    Damage("half a message", instead("text", '{"channel":"liquidationOrders","da'), "unreadable-answer"),
    Damage("a binary message", instead("binary", 12), "unreadable-answer"),
    Damage("a refusal for data", instead("text", REFUSAL), "plan-mismatch"),
    Damage("nothing after subscribing", cut(1), "plan-mismatch server-fault"),
    Damage("nothing after some data", cut(3), "plan-mismatch server-fault"),
    Damage("no second connection", cut(99), "plan-mismatch server-fault"),
    Damage("a handshake that finds nothing", declined(404), "unknown-endpoint"),
    Damage("a handshake that fails", declined(500), "plan-mismatch server-fault"),
    Damage("another form of subscribing", events(otherwise_asked), "plan-mismatch server-fault wrong-param"),
    Damage("the refusal is gone", without(REFUSAL), "plan-mismatch server-fault", plan="startup"),
    Damage("the refusal has other words", instead("text", "no"), "unreadable-answer", plan="startup"),
    Damage("a dearer channel pushes", opened, "plan-mismatch", plan="startup"),
)  # fmt: skip


@pytest.mark.parametrize("damage", TABLE, ids=lambda damage: damage.name.replace(" ", "-"))
def test_damage_is_caught(spec: Spec, damage: Damage) -> None:
    heard, made = shipped(damage.plan, damage.channel)
    broken = damage.change(heard)
    assert broken != heard, "the damage changes nothing"
    found = judged(spec, damage.plan, broken, made, damage.channel).findings
    assert " ".join(sorted({finding.rule for finding in found})) == damage.rules
    assert all(finding.operation == damage.channel for finding in found)


def test_the_unbroken_is_caught_by_nothing(spec: Spec) -> None:
    assert spec.stream is not None
    for plan in spec.ladder.names:
        for name in spec.stream.channels:
            heard, made = shipped(plan, name)
            one = judged(spec, plan, heard, made, name)
            assert one.observation is not None
            assert (one.findings, one.observation.verdict) == ((), one.observation.expected)
            assert one.facts is not None
            assert (one.facts.messages, one.facts.rows) == (heard.messages, heard.rows)
