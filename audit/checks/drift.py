"""drift: what the API answers is no longer what it answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.checks.rule import Rule
from audit.model import Finding, Severity

RULE = Rule(
    id="drift",
    severity=Severity.ERROR,
    summary="An answer differs in kind from the one that was recorded before.",
    why="Programs are written against what came; a field that goes, a unit or a gate that moves breaks them "
    "without a word.",
    example="data[].time: milliseconds before, seconds now.",
    remedy="Adapt what reads it, correct the description (`drift --patch` offers what is mechanical) "
    "and record the answers again.",
)


@dataclass(frozen=True)
class AddField:
    """The description lacks a field: ``parent`` is the object that holds it, such as ``data[]``."""

    operation: str
    parent: str
    name: str
    types: tuple[str, ...]
    time: str | None = None


@dataclass(frozen=True)
class SetPlan:
    """The cheapest plan that opens an operation has moved; ``narrowed`` says that it became dearer."""

    operation: str
    plan: str
    narrowed: bool


@dataclass(frozen=True)
class SetFloor:
    """The finest interval of an operation on a plan has moved; None where every interval is answered."""

    operation: str
    plan: str
    interval: str | None


Edit = AddField | SetPlan | SetFloor


@dataclass(frozen=True)
class Move:
    """One difference between two sides.

    ``before`` and ``now`` are the evidence of each; ``edit`` is what the description would have to say,
    where that follows by itself.
    """

    message: str
    severity: Severity
    before: str
    now: str
    operation: str | None = None
    legacy: str | None = None
    replacement: str | None = None
    certain: bool = True
    edit: Edit | None = None


def check(move: Move) -> Iterator[Finding]:
    """Report one difference, with both sides as evidence."""
    found = RULE.finding(
        move.message,
        operation=move.operation,
        severity=move.severity,
        evidence=f"before: {move.before}; now: {move.now}",
    )
    told = {"legacy": move.legacy, "replacement": move.replacement, "certain": move.certain}
    yield found.model_copy(update=told)
