"""Moments as the wire spells them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formatdate

TIME_UNITS = {"s": 1, "ms": 1000, "ns": 1_000_000_000}
DAY = 86400


def day_text(seconds: int, separator: str = "-", precise: bool = False) -> str:
    """Spell an epoch second as a day, or as a full RFC 3339 moment."""
    moment = datetime.fromtimestamp(seconds, UTC)
    if precise:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.strftime(f"%Y{separator}%m{separator}%d")


def http_date(seconds: float) -> str:
    """Spell an epoch second as a Date header wants it."""
    return formatdate(seconds, usegmt=True)


def is_weekend(seconds: int) -> bool:
    """Whether the UTC day is a Saturday or Sunday; the epoch began on a Thursday."""
    return (seconds // DAY + 3) % 7 >= 5
