"""missing-resubscribe: a program that receives nothing any more after its connection broke."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.reliance import Reliance
from audit.checks.rule import Rule
from audit.model import Finding, Severity

RULE = Rule(
    id="missing-resubscribe",
    severity=Severity.WARNING,
    summary="After a break a program does not connect again, or does not subscribe anew.",
    why="No subscription is promised to outlive its connection: the program runs on, and nothing arrives.",
    example="a loop that connects again, around a subscription that is sent once before it.",
    remedy="Connect again in a loop, and subscribe each time that the connection has opened.",
)


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report each connection of a file that subscribes, but not after a break."""
    source = reliance.source
    if not source.heard.addresses or not source.heard.asks:
        return
    from audit.scan.stream_life import connections
    from audit.scan.stream_revival import Life

    opened = connections(source)
    again = Life(source, opened).revival() if opened else None
    if again is None or (again.connects and again.subscribes):
        return
    told = "connects again, and does not subscribe anew" if again.connects else "does not connect again"
    for call in opened:
        yield reliance.finding(
            RULE,
            call.span,
            f"after a break the program {told}, as far as this file tells",
            certain=False,
        )
