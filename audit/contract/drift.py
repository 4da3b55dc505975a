"""Compares two sides, kind by kind. Pure: each difference is a Move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from audit.checks.drift import Move
from audit.contract.drift_fields import faults, fields
from audit.contract.drift_history import history
from audit.contract.drift_plans import floors, limits, operations, promises, verdicts
from audit.contract.drift_refusals import Pair, media, refusals
from audit.contract.drift_sides import Side
from audit.spec.catalog import Spec
from audit.spec.operations import Operation
from audit.spec.selecting import find


def compare(spec: Spec, before: Side, now: Side) -> tuple[Move, ...]:
    """Return everything that has moved between two sides of one plan, each difference once."""
    found: dict[tuple[str | None, str], Move] = {}
    for move in _moves(spec, before, now):
        # The intervals of an operation mostly show the same.
        found.setdefault((move.operation, move.message), move)
    return tuple(found.values())


def _moves(spec: Spec, before: Side, now: Side) -> Iterator[Move]:
    places = [place for place in before.answers if place in now.answers]
    pairs: list[Pair] = [(before.answers[place], now.answers[place]) for place in places]
    yield from operations(before, now)
    yield from promises(spec, before, now)
    yield from limits(before, now)
    for name in dict.fromkeys(name for name, _ in places):
        yield from floors(spec, name, before, now)
    for old, new in pairs:
        yield from verdicts(spec, old, new, now.plan)
        yield from media(old, new)
        described = find(spec, new.observation.operation)
        if isinstance(described, Operation):
            yield from fields(described, old, new)
            yield from history(described, old, new)
        elif described is not None:
            # What edits the description knows operations alone.
            yield from (replace(move, edit=None) for move in fields(described, old, new))
    yield from refusals(pairs)
    yield from faults(before, now)
