"""field-unknown: a field nobody documented."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.field_missing import rows
from audit.checks.rule import Rule
from audit.checks.seen import Judged
from audit.model import Finding, Severity

RULE = Rule(
    id="field-unknown",
    severity=Severity.NOTE,
    summary="An answer carries a field that is not documented.",
    why="It breaks nobody, but it is how a rename or an addition first shows.",
    example="a row with open_interest_change_percent_2h.",
    remedy="Add it to the description once you know what it means.",
)


def check(seen: Judged) -> Iterator[Finding]:
    """Report each undocumented field once."""
    for place in seen.mismatches:
        if place.kind == "unknown":
            yield RULE.finding(
                f"{place.path} is not documented; its value is {place.found}{rows(place.rows)}",
                operation=seen.operation.id,
                evidence=seen.request,
            )
