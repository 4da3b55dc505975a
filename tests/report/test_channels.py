"""Channels in the outputs: in the matrix, with what they did, and how to hear them by hand."""

from __future__ import annotations

import re
from typing import Any

import pytest

from audit.model import Observation, Run, StreamFacts, Verdict
from audit.report.formats import render
from audit.report.page_numbers import latency
from audit.report.page_requests import Listening, Requests
from audit.report.summary import Kept, summarize
from tests.report.factory import finding, observation, promise, run
from tests.report.parsed import Parsed

NAME = "trades@Example_BTCUSDT@10000"
SEND = f'{{"method":"subscribe","channels":["{NAME}"]}}'
URL = "wss://stream.example.test/ws"
GOOD: dict[str, Any] = {
    "first_seconds": 0.25,
    "messages": 1200,
    "rows": 3600,
    "pings": 2,
    "pongs": 2,
    "gap_seconds": 1.5,
    "unsubscribed": True,
}


def facts(**changes: Any) -> StreamFacts:
    given = {"channel": "trades", "name": NAME, "bound_seconds": 60, "url": URL, "subscribe": SEND}
    return StreamFacts(**{**given, **changes})


def subscribed(verdict: Verdict = Verdict.AVAILABLE, **changes: Any) -> Observation:
    given = {"method": "SUBSCRIBE", "path": NAME, "params": {"pair": "BTCUSDT"}, "http_status": 101}
    return observation("trades", verdict, code=None, **{**given, **changes})


def listened(heard: StreamFacts, seen: Observation, **changes: Any) -> Run:
    """A run in which one channel was listened to, beside one operation."""
    return run(
        promises=(promise("prices_list"), promise("trades", "channels", "middle", path="trades@{pair}")),
        observations=(observation("prices_list"), seen),
        interval_floors=(),
        streams=(heard,),
        **changes,
    )


def row_of(page: str) -> list[str]:
    """The cells of the channel on the page."""
    (row,) = re.findall(rf"<tr[^>]*><th scope=\"row\"><code>{re.escape(NAME)}</code>.*?</tr>", page)
    return [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td.*?</td>", row)]


@pytest.mark.parametrize(
    ("changes", "verdict", "cells"),
    [
        (
            GOOD,
            Verdict.AVAILABLE,
            ["available", "250 ms", "1,200", "3,600", "2 of 2", "1.5 s", "stops"],
        ),
        (
            {**GOOD, "pongs": 0, "unsubscribed": False, "gap_seconds": 150},
            Verdict.AVAILABLE,
            ["available", "250 ms", "1,200", "3,600", "0 of 2", "2 min", "goes on"],
        ),
        ({}, Verdict.EMPTY, ["empty", "none in 60 s", "0", "0", "–", "–", "–"]),
        ({"bound_seconds": 7200}, Verdict.EMPTY, ["empty", "none in 2 h", "0", "0", "–", "–", "–"]),
        ({}, Verdict.PLAN_GATED, ["plan_gated", "–", "0", "0", "–", "–", "–"]),
    ],
)
def test_what_a_channel_did_stands_in_each_output_for_people(
    changes: dict[str, Any], verdict: Verdict, cells: list[str]
) -> None:
    made = listened(facts(**changes), subscribed(verdict))
    page = render("html", made)
    assert row_of(page) == cells
    assert f"| `{NAME}` | {' | '.join(cells)} |" in render("markdown", made)
    told = render("text", made)
    shown = " ".join(told[told.index("\nChannels\n") :].split())
    begun = f"first message: {cells[1]}, " if cells[1] != "–" else ""
    assert f"{NAME} verdict: {cells[0]}, {begun}messages: {cells[2]}, rows: {cells[3]}" in shown
    assert ("heartbeats" in shown) is (cells[4] != "–")
    assert max(map(len, told.splitlines())) <= 80


@pytest.mark.parametrize(("changes", "broken"), [(GOOD, False), ({**GOOD, "pongs": 1}, True)])
def test_a_channel_that_breaks_its_promise_is_marked(changes: dict[str, Any], broken: bool) -> None:
    page = render("html", listened(facts(**changes), subscribed()))
    assert (f'<tr class="broken"><th scope="row"><code>{NAME}' in page) is broken


@pytest.mark.parametrize(("name", "shown"), [("html", 30), ("markdown", 20), ("text", 8)])
def test_of_many_channels_the_first_are_shown(name: str, shown: int) -> None:
    many = tuple(facts(name=f"book@{number}") for number in range(30))
    told = render(name, listened(facts(), subscribed()).model_copy(update={"streams": many}))
    assert len(re.findall(r"book@\d+\b|book&#64;\d+", told)) == shown
    assert (f"and {30 - shown} channels more, see run.json" in told) is (shown < 30)


@pytest.mark.parametrize("name", ["html", "markdown", "text"])
def test_a_run_without_channels_shows_nothing_of_them(name: str) -> None:
    assert "hannel" not in re.sub(r"<(style|script)>.*?</\1>", "", render(name, run()), flags=re.DOTALL)


@pytest.mark.parametrize(
    ("verdict", "expected", "kept", "seen"),
    [
        (Verdict.AVAILABLE, Verdict.AVAILABLE, Kept.YES, 1),
        (Verdict.PLAN_GATED, Verdict.AVAILABLE, Kept.NO, 0),
        (Verdict.EMPTY, Verdict.AVAILABLE, Kept.UNKNOWN, 0),
        (Verdict.UNREACHABLE, Verdict.AVAILABLE, Kept.UNKNOWN, 0),
        (Verdict.UNREADABLE, Verdict.AVAILABLE, Kept.NO, 0),
    ],
)
def test_channels_are_a_group_of_the_matrix(
    verdict: Verdict, expected: Verdict, kept: Kept, seen: int
) -> None:
    summary = summarize(listened(facts(), subscribed(verdict, expected=expected)))
    group = next(group for group in summary.groups if group.name == "channels")
    assert (group.kept, group.seen, group.asked) == (kept, seen, 1)
    count = next(one for one in summary.verdicts if one.verdict is verdict)
    assert count.unexpected == (verdict is not Verdict.AVAILABLE)


def test_the_wait_for_a_market_is_no_latency() -> None:
    told = latency(listened(facts(), subscribed(latency_ms=58_000.0)))
    assert told is not None
    assert (told.answers, told.longest) == (1, 12.3)


def refused(**changes: Any) -> Run:
    evidence = f'SUBSCRIBE {NAME} -> HTTP 101, "{NAME} need upgrade plan"'
    return listened(
        facts(**changes),
        subscribed(Verdict.PLAN_GATED, expected=Verdict.AVAILABLE),
        findings=(finding("trades", evidence=evidence),),
    )


def test_a_finding_tells_how_to_hear_the_channel_by_hand() -> None:
    page = render("html", refused())
    article = " ".join("".join(Parsed(page[page.index("<article") : page.index("</article")]).words).split())
    assert f"connect to {URL} with a key, send {SEND}" in article
    assert f'HTTP 101, "{NAME} need upgrade plan"' in article
    assert "curl -H" not in article


@pytest.mark.parametrize(
    ("changes", "listening"),
    [
        ({}, Listening(URL, SEND)),
        ({"url": None}, Listening("$WS_URL", SEND)),
        ({"url": "javascript:alert(1)"}, Listening("$WS_URL", SEND)),
        ({"url": "wss://user:key@stream.example.test/ws?key=1"}, Listening("$WS_URL", SEND)),
        ({"subscribe": None}, None),
        ({"subscribe": "x" * 2000}, None),
        ({"name": "other"}, None),
    ],
)
def test_what_to_do_by_hand_is_whole_or_left_out(
    changes: dict[str, Any], listening: Listening | None
) -> None:
    made = refused(**changes)
    grounds = Requests(made).of(made.findings[0])
    assert (grounds.channel, grounds.curl) == (listening, None)
    assert grounds.answer == f'HTTP 101, "{NAME} need upgrade plan"'
