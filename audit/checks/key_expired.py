"""key-expired: the plan behind the key has run out, or is about to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from audit.checks.rule import Rule
from audit.model import Finding, KeyFacts, Severity

RULE = Rule(
    id="key-expired",
    severity=Severity.ERROR,
    summary="The key's plan has expired, or expires within a week.",
    why="Everything stops at once, and the refusals look like a plan gate.",
    example="expire_time lies in the past.",
    remedy="Renew the plan, or set another key.",
)

SOON = timedelta(days=7)


def check(key: KeyFacts, now: datetime) -> Iterator[Finding]:
    """Compare the stated expiry with now."""
    expires = datetime.fromisoformat(key.expires_at) if key.expires_at else None
    if key.expired or (expires is not None and expires <= now):
        yield RULE.finding(
            f"the key's plan expired{f' on {key.expires_at}' if key.expires_at else ''}",
            evidence=key.proofs[0].evidence if key.proofs else None,
        )
    elif expires is not None and expires - now < SOON:
        yield RULE.finding(
            f"the key's plan expires on {key.expires_at}, in less than a week", severity=Severity.WARNING
        )
