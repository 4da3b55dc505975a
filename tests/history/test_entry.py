"""What is told of a run in a line, and what changed from one to the next."""

from __future__ import annotations

from typing import Any

import pytest

from audit.history.entry import changes, entry_of, series_of, with_changes
from audit.model import PlanFacts, PresetFacts, Run, Scanned, Target, TargetKind, Verdict
from audit.report.page_numbers import latency
from tests.report.factory import CASES, finding, no_go, observation, run


@pytest.mark.parametrize("case", CASES)
def test_the_latency_is_the_one_of_the_page(case: str) -> None:
    made = CASES[case]()
    entry, page = entry_of(made), latency(made)
    if page is None:
        assert entry.latency_p50_ms is entry.latency_p95_ms is None
        return
    assert entry.latency_p50_ms == pytest.approx(page.half, abs=0.001)
    assert entry.latency_p95_ms == pytest.approx(page.most, abs=0.001)


def test_latencies_of_many_answers() -> None:
    rows = [observation("prices_list", latency_ms=float(number)) for number in range(1, 102)]
    entry = entry_of(run(observations=(*rows, observation("prices_list", latency_ms=None))))
    assert (entry.latency_p50_ms, entry.latency_p95_ms) == (51.0, 96.0)
    assert entry_of(run(observations=(rows[6],))).latency_p95_ms == 7.0


def test_what_was_not_sent_is_not_counted() -> None:
    entry = entry_of(no_go())
    assert entry.requests == sum(entry.verdicts.values()) == 4
    assert "bad_request" not in entry.verdicts


OTHERS: dict[str, dict[str, Any]] = {
    "plan": {"plan": PlanFacts(declared="large", detected="middle")},
    "kind": {"target": Target(kind=TargetKind.SANDBOX, base_url="https://api.example.test")},
    "host": {"target": Target(kind=TargetKind.LIVE, base_url="https://other.example.test")},
    "preset": {"preset": PresetFacts(name="quick", title="Quick")},
    "questions": {"observations": run().observations[1:]},
    "code": {"scanned": Scanned(paths=("src",), files=1, read=1)},
}


@pytest.mark.parametrize("other", OTHERS)
def test_runs_that_cannot_be_compared_are_of_different_series(other: str) -> None:
    assert series_of(run(**OTHERS[other])) != series_of(run())


def test_what_an_audit_is_to_find_out_does_not_change_the_series() -> None:
    worse = run(
        observations=tuple(
            row.model_copy(update={"verdict": Verdict.SERVER_ERROR}) for row in run().observations
        ),
        findings=(finding(),),
        started_at="2027-01-01T00:00:00Z",
    )
    assert series_of(worse) == series_of(run())


def test_a_sandbox_may_be_at_another_port() -> None:
    first, second = (
        series_of(run(target=Target(kind=TargetKind.SANDBOX, base_url=f"http://127.0.0.1:{port}")))
        for port in (4001, 4002)
    )
    assert first == second


def test_changes_are_told_weightiest_first_and_only_where_there_are_some() -> None:
    before = entry_of(run())
    assert changes(before, before) == ()
    spec = run().spec.model_copy(update={"sha256": "cd" * 32})
    assert changes(before, entry_of(no_go().model_copy(update={"spec": spec}))) == (
        "go → no-go",
        "another description",
        "error 0 → 2",
        "note 0 → 1",
        "warning 0 → 1",
        "field-unknown 0 → 1",
        "plan-mismatch 0 → 2",
        "server-fault 0 → 1",
        "available 4 → 1",
        "empty 1 → 0",
        "interval_gated 1 → 0",
        "plan_gated 1 → 2",
        "server_error 0 → 1",
    )


def test_each_run_is_compared_with_the_one_before_it_of_its_series() -> None:
    runs: list[Run] = [run(), no_go(), run(), no_go()]
    entries = [entry_of(one).model_copy(update={"id": number}) for number, one in enumerate(runs)]
    pairs = [(now.id, before.id if before else None) for now, before in with_changes(entries)]
    assert pairs == [(0, None), (1, None), (2, 0), (3, 1)]
