"""The counts that all formats share."""

from __future__ import annotations

import pytest

from audit.model import IntervalFloor, PlanFacts, Severity, Verdict
from audit.report.summary import WITHOUT_PROMISE, Kept, group_findings, group_floors, shape, summarize
from tests.report.factory import finding, no_go, observation, promise, run


def test_cells_count_the_promise_and_the_audited_plan_what_was_seen() -> None:
    summary = summarize(no_go())
    prices, depth, news = summary.groups
    assert [group.name for group in summary.groups] == ["prices", "depth", "news"]
    assert {plan: str(cell) for plan, cell in depth.cells.items()} == {
        "small": "0/2",
        "middle": "1/2",
        "large": "2/2",
    }
    assert (depth.asked, depth.seen, depth.kept) == (2, 0, Kept.NO)
    assert (prices.asked, prices.seen, prices.kept) == (1, 1, Kept.UNKNOWN)
    assert news.kept is Kept.NO
    assert str(summary.total.cells["large"]) == "5/5"
    assert (summary.total_asked.asked, summary.total_asked.as_promised) == (4, 2)


@pytest.mark.parametrize(
    ("first", "verdict", "kept"),
    [
        ("small", Verdict.AVAILABLE, Kept.YES),
        ("small", Verdict.EMPTY, Kept.YES),
        ("small", Verdict.PLAN_GATED, Kept.NO),
        ("small", Verdict.INTERVAL_GATED, Kept.NO),
        ("small", Verdict.SERVER_ERROR, Kept.NO),
        ("small", Verdict.UNREADABLE, Kept.NO),
        ("small", Verdict.UNREACHABLE, Kept.UNKNOWN),
        ("small", Verdict.RATE_LIMITED, Kept.UNKNOWN),
        ("large", Verdict.PLAN_GATED, Kept.YES),
        ("large", Verdict.AVAILABLE, Kept.NO),
        ("large", Verdict.EMPTY, Kept.NO),
        ("large", Verdict.SERVER_ERROR, Kept.UNKNOWN),
        ("large", Verdict.UNREACHABLE, Kept.UNKNOWN),
    ],
)
def test_whether_a_promise_was_kept(first: str, verdict: Verdict, kept: Kept) -> None:
    given = run(
        promises=(promise("depth_map", first=first),), observations=(observation("depth_map", verdict),)
    )
    assert summarize(given).groups[0].rows[0].kept is kept


def test_a_request_that_was_not_sent_counts_as_not_asked() -> None:
    given = run(
        promises=(promise("depth_map"),),
        observations=(observation("depth_map", Verdict.BAD_REQUEST, attempts=0),),
    )
    summary = summarize(given)
    assert (summary.sent, summary.not_sent, summary.verdicts, summary.asked) == (0, 1, (), ())
    assert summary.groups[0].kept is Kept.NOT_ASKED


def test_the_first_observation_is_the_ordinary_one_and_the_others_are_probes() -> None:
    row = next(row for row in summarize(run()).groups[0].rows if row.operation == "prices_history")
    assert row.main is not None
    assert row.main.interval == "1d"
    assert [probe.interval for probe in row.probes] == ["15m", "30m"]


def test_without_a_plan_nothing_can_be_kept_or_broken() -> None:
    summary = summarize(run(plan=PlanFacts()))
    assert summary.plan is None
    assert {row.kept for row in summary.total.rows} == {Kept.UNKNOWN}


def test_what_was_asked_without_a_promise_is_shown_all_the_same() -> None:
    summary = summarize(run(observations=(observation("unheard_of"),)))
    assert summary.groups[-1].name == WITHOUT_PROMISE
    assert summary.groups[-1].rows[0].kept is Kept.UNKNOWN


def test_verdicts_are_counted_in_the_order_of_the_model() -> None:
    summary = summarize(run())
    assert [(row.verdict.value, row.count, row.unexpected) for row in summary.verdicts] == [
        ("available", 4, 0),
        ("empty", 1, 0),
        ("plan_gated", 1, 0),
        ("interval_gated", 1, 0),
    ]
    unexpected = {row.verdict: row.unexpected for row in summarize(no_go()).verdicts}
    assert unexpected == {Verdict.AVAILABLE: 0, Verdict.PLAN_GATED: 1, Verdict.SERVER_ERROR: 1}


def test_findings_fold_by_rule_severity_and_shape() -> None:
    groups = group_findings(
        (
            finding("a", message='12 rows came; "x" was asked for at 2026-01-01T00:00:00Z'),
            finding("b", message='7 rows came; "y" was asked for at 2026-01-02T00:00:00Z'),
            finding("c", message="something else", severity=Severity.NOTE),
            finding("d", message="something else"),
        )
    )
    assert [(group.severity.value, len(group.findings)) for group in groups] == [
        ("error", 2),
        ("error", 1),
        ("note", 1),
    ]
    assert groups[0].where == ("a", "b")


def test_the_shape_of_a_message_keeps_words_and_names() -> None:
    assert shape("interval 4h is refused on standard") == "interval # is refused on standard"
    assert shape("data[].v2_close is absent in 3 rows") == "data[].v2_close is absent in # rows"


def test_families_with_one_floor_share_a_line_and_trouble_comes_first() -> None:
    def floor(family: str, observed: str | None, settled: bool = True) -> IntervalFloor:
        return IntervalFloor(
            family=family, operation=family, promised="30m", observed=observed, settled=settled
        )

    groups = group_floors((floor("a", "30m"), floor("b", None, False), floor("c", "30m"), floor("d", "4h")))
    assert [(group.kept, group.families) for group in groups] == [
        (Kept.NO, ("d",)),
        (Kept.UNKNOWN, ("b",)),
        (Kept.YES, ("a", "c")),
    ]
