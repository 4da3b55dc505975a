"""field-type: a field is not of the documented type or unit."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.field_missing import rows
from audit.checks.rule import Rule
from audit.checks.seen import Judged
from audit.model import Finding, Severity

RULE = Rule(
    id="field-type",
    severity=Severity.ERROR,
    summary="A field has another type, unit or range than documented.",
    why="Numbers as text, seconds as milliseconds: code computes with them and is quietly wrong.",
    example='close documented as text ("67490.1"), found as a number (67490.1).',
    remedy="Convert at the border of your code; if the change is there to stay, correct the description.",
)


def check(seen: Judged) -> Iterator[Finding]:
    """Report each place once: what was expected and what came."""
    for place in seen.mismatches:
        if place.kind == "wrong":
            yield RULE.finding(
                f"{place.path or 'the body'}: expected {place.expected}, "
                f"found {place.found}{rows(place.rows)}",
                operation=seen.operation.id,
                evidence=seen.request,
            )
