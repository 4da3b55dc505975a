"""The trend: numbers over runs of one series, and the small lines that draw them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from audit.history.entry import entry_of
from audit.model import Run, Waiver
from audit.report.formats.json_ import render
from audit.report.trend import MOST, Line, sparkline, trend, trend_in, with_earlier
from tests.report.factory import finding, no_go, observation, run


def slower(milliseconds: float) -> Run:
    return run(
        observations=[row.model_copy(update={"latency_ms": milliseconds}) for row in run().observations]
    )


def drawn(line: Line) -> ET.Element:
    """The picture as a parser sees it."""
    return ET.fromstring(sparkline(line))  # noqa: S314 - our own


def test_counts_and_latencies_of_each_run() -> None:
    told = trend([entry_of(one) for one in [slower(10), run(findings=(finding(),)), slower(30)]])
    assert told is not None
    assert {line.title: line.values for line in told.lines} == {
        "errors": (0, 1, 0),
        "warnings": (0, 0, 0),
        "notes": (0, 0, 0),
        "answers that are open": (5, 5, 5),
        "other answers": (2, 2, 2),
        "latency, half within": (10.0, 12.3, 30.0),
        "latency, 95 of 100 within": (10.0, 12.3, 30.0),
    }
    assert told.changes == ("error 1 → 0", "plan-mismatch 1 → 0")
    assert [row[1] for row in told.rows] == [told.changes, ("error 0 → 1", "plan-mismatch 0 → 1"), ()]


def test_what_is_waived_is_counted_apart() -> None:
    """A waived finding is not in the way, so no line of the trend rises with it."""
    found = finding()
    known = found.model_copy(
        update={"waived": Waiver(rule=found.rule, reason="known", by="Ada", until="2026-12-31")}
    )
    told = trend([entry_of(run(findings=(found,))), entry_of(run(findings=(known,)))])
    assert told is not None
    assert next(line.values for line in told.lines if line.title == "errors") == (1, 0)
    assert told.changes == ("error 1 → 0", "plan-mismatch 1 → 0", "waived 0 → 1")


def test_other_series_stay_out_and_the_oldest_are_left_away() -> None:
    told = trend(
        [entry_of(one) for one in [no_go(), *[run(commit=str(number)) for number in range(MOST + 5)]]]
    )
    assert told is not None
    assert [entry.commit for entry in told.entries] == [str(number) for number in range(5, MOST + 5)]


def test_one_run_is_no_trend() -> None:
    assert trend([]) is None
    assert trend([entry_of(one) for one in [run()]]) is None
    assert trend([entry_of(one) for one in [no_go(), run()]]) is None


def test_a_run_carries_what_its_page_needs() -> None:
    earlier = [entry_of(slower(10)).model_copy(update={"id": number}) for number in range(1, 99)]
    carrying = with_earlier(run(), earlier)
    told = trend_in(carrying)
    assert told == trend_in(Run.model_validate_json(render(carrying)))
    assert told is not None
    assert [entry.id for entry in told.entries] == [*range(99 - MOST + 1, 99), 0]
    assert trend_in(run()) is None
    assert with_earlier(run(), []) == run()


@pytest.mark.parametrize("spoilt", [7, "x", [{"id": 1}], [None], {"a": 1}])
def test_what_a_run_carries_may_be_spoilt(spoilt: object) -> None:
    assert trend_in(run().model_copy(update={"earlier": spoilt})) is None


def test_a_line_is_drawn_for_eyes_and_told_for_ears() -> None:
    line = Line("latency, half within", (10.0, 30.0, 20.0), "ms")
    label = "latency, half within over 3 runs: now 20 ms, before 30 ms, lowest 10 ms, highest 30 ms"
    picture = drawn(line)
    assert picture.attrib["role"] == "img"
    assert picture.attrib["aria-label"] == label
    assert picture[0].tag == "title"
    assert picture[0].text == label
    (graph,) = [part for part in picture if part.tag == "polyline"]
    assert graph.attrib["points"] == "4,28 80,4 156,16"
    (last,) = [part for part in picture if part.tag == "circle"]
    assert (last.attrib["cx"], last.attrib["cy"]) == ("156", "16")


def test_a_line_breaks_where_a_run_has_no_number() -> None:
    line = Line("x", (1.0, None, 2.0, 3.0, None))
    picture = drawn(line)
    assert [part.tag for part in picture] == ["title", "polyline", "circle"]
    assert picture.attrib["aria-label"] == "x over 5 runs: now –, before 3, lowest 1, highest 3"
    assert drawn(Line("x", (None, None))).attrib["aria-label"] == "x: not known"


def test_a_level_line_stands_in_the_middle() -> None:
    picture = drawn(Line("x", (0.0, 0.0)))
    assert picture[1].attrib["points"] == "4,16 156,16"


def test_nothing_from_outside_becomes_markup() -> None:
    picture = drawn(Line("<script>&\x1b", (1.0, 2.0)))
    assert not list(picture.iter("script"))
    assert "\x1b" not in picture.attrib["aria-label"]


def test_a_verdict_nobody_knows_counts_among_the_others() -> None:
    entry = entry_of(run(observations=(observation("depth_book"),)))
    strange = entry.model_copy(update={"verdicts": {"available": 1, "melted": 4}})
    told = trend([strange, entry])
    assert told is not None
    assert {line.title: line.values for line in told.lines}["other answers"] == (4, 0)
