"""Every way of breaking a recorded answer is caught, by what the table says; an unbroken one by nothing."""

from __future__ import annotations

from datetime import datetime

import pytest

from audit.checks.drift import Move
from audit.contract.cases import AnswerCase
from audit.contract.cassette import Cassette, Interaction, default_folder
from audit.contract.drift import compare
from audit.contract.drift_sides import Side, from_cassettes
from audit.contract.replay import Library
from audit.contract.suite import Suite
from audit.spec.catalog import Spec
from tests.contract.mutations import TABLE, Mutation

LEAST = 60


def found_in(spec: Spec, mutation: Mutation) -> tuple[Interaction, datetime]:
    """The shipped answer that a line of the table breaks, and when it was recorded."""
    operation = spec.operation(mutation.operation)
    library = Library(default_folder(), mutation.plan, spec)
    origin = library.origin_of(operation)
    assert origin is not None
    rows = library.interactions(operation)
    wanted = mutation.interval or rows[0].interval
    return next(row for row in rows if row.interval == wanted), origin.recorded_at


def judged(spec: Spec, plan: str, row: Interaction, recorded_at: datetime) -> list[str]:
    """The rules that the suite finds broken, each once."""
    case = AnswerCase(
        "case", spec.ladder.get(plan), spec.operation(row.operation), row.interval, row, recorded_at
    )
    findings = Suite(spec, {}, (case,)).judge(case).findings
    return sorted({finding.rule for finding in findings})


def side(spec: Spec, plan: str, row: Interaction, recorded_at: datetime) -> Side:
    group = spec.operation(row.operation).group
    about = Library(default_folder(), plan, spec).origin
    about = about.model_copy(update={"group": group, "recorded_at": recorded_at})
    made = Cassette(about=about, interactions=(row,))
    return from_cassettes(spec, spec.ladder.get(plan), [made], "a side")


def moved_by(
    spec: Spec, plan: str, before: Interaction, now: Interaction, recorded_at: datetime
) -> tuple[Move, ...]:
    """What drift says of one answer beside another."""
    return compare(spec, side(spec, plan, before, recorded_at), side(spec, plan, now, recorded_at))


@pytest.mark.parametrize("mutation", TABLE, ids=lambda mutation: mutation.name.replace(" ", "-"))
def test_a_broken_answer_is_caught(spec: Spec, mutation: Mutation) -> None:
    row, recorded_at = found_in(spec, mutation)
    broken = mutation.change(row)
    assert broken != row, "the mutation changes nothing"
    rules = judged(spec, mutation.plan, broken, recorded_at)
    moves = moved_by(spec, mutation.plan, row, broken, recorded_at)
    assert rules or moves, "nothing catches it"
    assert " ".join(rules) == mutation.suite
    told = moves[0].message if moves else ""
    assert told.startswith(mutation.drift)
    assert bool(told) == bool(mutation.drift)


def test_the_table_is_long_enough_and_each_line_is_one_way() -> None:
    assert len(TABLE) >= LEAST
    assert len({mutation.name for mutation in TABLE}) == len(TABLE)
    assert len({mutation.operation for mutation in TABLE}) >= 10


@pytest.mark.parametrize("plan", sorted({mutation.plan for mutation in TABLE}))
def test_nothing_catches_an_unbroken_answer(spec: Spec, plan: str) -> None:
    library = Library(default_folder(), plan, spec)
    found = [
        (row.operation, row.interval, rules)
        for cassette in library.cassettes()
        for row in cassette.interactions
        if (rules := judged(spec, plan, row, cassette.about.recorded_at))
    ]
    assert found == []
    whole = from_cassettes(spec, spec.ladder.get(plan), library.cassettes(), plan)
    assert len(whole.answers) >= len(spec.operations)
    assert compare(spec, whole, whole) == ()
