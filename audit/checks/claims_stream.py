"""Claims about what is pushed: what its connection wants of those who listen."""

from __future__ import annotations

from audit.checks.grounds import Grounds, confirmed, contradicted, either, silent
from audit.model import Against
from audit.spec.statements import Heartbeat, Resubscribe
from audit.spec.widths import is_width, seconds


def heartbeat(claim: Heartbeat, grounds: Grounds) -> Against:
    """Whether a client is to show, this often, that it is still there."""
    stream = grounds.spec.stream
    beat = stream.heartbeat if stream else None
    if beat is None:
        return contradicted("no heartbeat is described")
    told = f"{beat.send!r} every {beat.every} s, answered by {beat.expect!r}"
    if claim.every is None:
        return confirmed(told)
    return either(is_width(claim.every) and seconds(claim.every) == beat.every, told)


def heartbeat_seen(claim: Heartbeat, grounds: Grounds) -> Against:
    """Whether heartbeats were answered; how often they have to come is not tried."""
    for facts in grounds.streams:
        if facts.pongs:
            return confirmed(f"{facts.name}: {facts.pongs} of {facts.pings} heartbeats were answered")
    return silent("no heartbeat was answered")


def resubscribe(claim: Resubscribe, grounds: Grounds) -> Against:
    """What becomes of a subscription when its connection ends, no document says."""
    if grounds.spec.stream is None:
        return contradicted("nothing that is pushed is described")
    return silent("the description does not say what becomes of a subscription when its connection ends")


def resubscribe_seen(claim: Resubscribe, grounds: Grounds) -> Against:
    """Whether a channel came back that was subscribed to anew after a drop; nobody tries without."""
    for facts in grounds.streams:
        if facts.gap_seconds is not None:
            return confirmed(
                f"{facts.name}: subscribed to anew after a drop, it came back after {facts.gap_seconds:g} s"
            )
    return silent("no channel was subscribed to anew")
