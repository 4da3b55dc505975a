"""field-missing: a documented field is not there."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.rule import Rule
from audit.checks.seen import Judged
from audit.model import Finding, Severity

RULE = Rule(
    id="field-missing",
    severity=Severity.ERROR,
    summary="A field that every row should carry is absent.",
    why="Code that reads it fails, or silently works with nothing.",
    example="a candle without close.",
    remedy="Treat the field as absent in your code; if it has gone for good, correct the description.",
)


def check(seen: Judged) -> Iterator[Finding]:
    """Report each missing field once, with the number of rows."""
    for place in seen.mismatches:
        if place.kind == "missing":
            yield RULE.finding(
                f"{place.path} is absent{rows(place.rows)}",
                operation=seen.operation.id,
                evidence=seen.request,
            )


def rows(count: int) -> str:
    """How many rows are meant, where it is more than one."""
    return f" in {count} rows" if count > 1 else ""
