"""missing-heartbeat: a connection to the stream that nothing keeps open."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.reliance import Reliance
from audit.checks.rule import Rule
from audit.model import Finding, Severity

RULE = Rule(
    id="missing-heartbeat",
    severity=Severity.WARNING,
    summary="A program connects to the stream and never sends the heartbeat.",
    why="A server may let go of a client that is silent, and the program sees a quiet market.",
    example="a connection that only relies on the ping frames of its library.",
    remedy="Send the heartbeat as text, as often as the description says.",
)


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report each connection of a file that nowhere sends the text of the heartbeat."""
    source, stream = reliance.source, reliance.spec.stream if reliance.source.heard.addresses else None
    if stream is None or stream.heartbeat is None:
        return
    from audit.scan.stream_life import beats, connections

    opened = connections(source)
    if not opened or beats(source, stream.heartbeat.send):
        return
    beat = stream.heartbeat
    # A file that does not subscribe hands the connection on.
    certain = source.heard.asks and source.heard.near
    for call in opened:
        told = f"the text {beat.send!r} is never sent here, and is due every {beat.every} s"
        yield reliance.finding(
            RULE,
            call.span,
            told if certain else f"{told}, unless another file sends it",
            certain=certain,
            remedy=f"Send the text {beat.send!r} every {beat.every} s, and expect {beat.expect!r}; "
            "a ping frame of the library is something else.",
        )
