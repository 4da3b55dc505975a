"""A need held against one answer: what of it the program could not work with. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from audit.checks import (
    field_missing,
    field_type,
    history_too_short,
    interval_gated,
    plan_gated,
    plan_mismatch,
    server_fault,
    stale_data,
    unknown_endpoint,
    unreadable_answer,
    wrong_param,
)
from audit.checks.field_missing import rows
from audit.checks.mismatches import show
from audit.checks.moments import span, when
from audit.checks.plan_mismatch import said
from audit.checks.seen import Seen
from audit.checks.series_order import step_seconds
from audit.contract.cassette import Interaction
from audit.contract.consumer import Need
from audit.contract.consumer_promise import Broken, absolute, interval_of, spelled, step_of
from audit.model import Verdict
from audit.spec.catalog import Spec
from audit.spec.expectations import expect
from audit.spec.operations import Operation
from audit.spec.paths import steps
from audit.spec.plans import Plan
from audit.spec.widths import is_width, seconds

# Answers about the moment or the key: they tell nothing about what a program needs.
SILENT = (Verdict.UNAUTHORIZED, Verdict.RATE_LIMITED, Verdict.UNREACHABLE)

_REFUSED = {
    Verdict.PLAN_GATED: plan_gated.RULE,
    Verdict.INTERVAL_GATED: interval_gated.RULE,
    Verdict.BAD_REQUEST: wrong_param.RULE,
    Verdict.NOT_FOUND: unknown_endpoint.RULE,
    Verdict.SERVER_ERROR: server_fault.RULE,
    Verdict.UNREADABLE: unreadable_answer.RULE,
    Verdict.EMPTY: plan_mismatch.RULE,
}


def check(spec: Spec, need: Need, seen: Seen) -> Iterator[Broken]:
    """Yield what of an answer breaks a need; nothing where the answer tells nothing about it."""
    verdict = seen.observation.verdict
    if verdict in SILENT:
        return
    if verdict is not Verdict.AVAILABLE:
        if verdict is not Verdict.EMPTY or not seen.operation.may_be_empty or need.min_rows:
            told = f"answered {verdict} where rows are needed: {said(seen)}"
            finding = _REFUSED[verdict].finding(told, operation=need.operation, evidence=seen.request)
            yield Broken(("operation",), finding)
        return
    for broken in (*_fields(spec, need, seen), *_age(need, seen), *_rows(need, seen)):
        more = {"operation": need.operation, "evidence": seen.request}
        yield Broken(broken.at, broken.finding.model_copy(update=more))


def nearest(
    spec: Spec, plan: Plan, need: Need, operation: Operation, recorded: Sequence[Interaction]
) -> Interaction | None:
    """Return the recorded answer that tells most about a need: promised to be one, and least different.

    The interval counts first, by how many times one is as wide as the other.
    """

    def far(row: Interaction) -> tuple[float, int, int]:
        return _apart(interval_of(operation, need), row.interval), *_differing(need, row, operation)

    fit = [
        row
        for row in recorded
        if expect(operation, spec.ladder, plan.name, row.interval) is Verdict.AVAILABLE
    ]
    return min(fit, key=far, default=None)


def differences(need: Need, row: Interaction) -> str:
    """Say which parameters of a recorded request are not those of the need."""
    sent = row.request.params
    told = [f"{name}={value}" for name, value in sent.items() if need.params.get(name) != value]
    told += [f"no {name}" for name in need.params if name not in sent]
    return ", ".join(told)


def _apart(wanted: str | None, recorded: str | None) -> float:
    if wanted == recorded:
        return 0.0
    if not (wanted and recorded and is_width(wanted) and is_width(recorded)):
        return math.inf
    return abs(math.log(seconds(wanted) / seconds(recorded)))


def _differing(need: Need, row: Interaction, operation: Operation) -> tuple[int, int]:
    """How many parameters differ: those that choose the shape of an answer, then all others."""
    open_to = {one.name for one in operation.parameters if not one.choices}
    names = {
        name
        for name in need.params.keys() | row.request.params.keys()
        if need.params.get(name) != row.request.params.get(name)
    }
    return len(names - open_to), len(names & open_to)


def _fields(spec: Spec, need: Need, seen: Seen) -> Iterator[Broken]:
    for name, path, accepted, optional in need.wanted():
        values, absent = _gather(seen.body, absolute(spec, seen.operation, path))
        if absent and not optional:
            told = f"{path} is absent{rows(absent)}"
            yield Broken(("fields", name), field_missing.RULE.finding(told))
        wrong = [value for value in values if not any(kind.holds(value) for kind in accepted)]
        if wrong:
            told = f"{path}: needed as {spelled(accepted)}, found {show(wrong[0])}{rows(len(wrong))}"
            yield Broken(("fields", name), field_type.RULE.finding(told))


def _gather(body: Any, path: str) -> tuple[list[Any], int]:
    """Return the values at a path, and in how many places it leads to nothing."""
    values, absent = [body], 0
    for step in steps(path):
        inside = [_inside(value, step) for value in values]
        absent += inside.count(None)
        values = [one for found in inside if found is not None for one in found]
    return values, absent


def _inside(value: Any, step: str | int | None) -> list[Any] | None:
    """What one step of a path leads to; None where there is nothing."""
    if step is None:
        return value if isinstance(value, list) else None
    if isinstance(step, str):
        return [value[step]] if isinstance(value, dict) and step in value else None
    return [value[step]] if isinstance(value, list) and step < len(value) else None


def _age(need: Need, seen: Seen) -> Iterator[Broken]:
    if need.age is None:
        return
    limit = float(need.age)
    asked, step = step_of(seen.operation, interval_of(seen.operation, need)), step_seconds(seen)
    if asked and step:
        # A row carries the start of its bucket: one of another width may be older by the difference.
        limit += step - asked
    newest = max((max(column.moments) for column in seen.columns if column.moments), default=None)
    if newest is None:
        yield Broken(("max_age",), stale_data.RULE.finding("no row carries a moment to tell its age by"))
    elif seen.now - newest > limit:
        width = f" at interval {seen.observation.interval}" if asked != step else ""
        told = (
            f"the newest row is {span(seen.now - newest)} old ({when(newest)}); "
            f"needed within {span(limit)}{width}"
        )
        yield Broken(("max_age",), stale_data.RULE.finding(told))


def _rows(need: Need, seen: Seen) -> Iterator[Broken]:
    limit = seen.operation.parameter("limit")
    sent = seen.observation.params.get(limit.name, "") if limit else ""
    # A recording that asked for fewer rows cannot show more.
    wanted = min(need.min_rows or 0, int(sent)) if sent.isdecimal() else need.min_rows or 0
    came = seen.observation.rows or 0
    if came < wanted:
        told = f"{came} rows came, {wanted} are needed"
        yield Broken(("min_rows",), history_too_short.RULE.finding(told))
