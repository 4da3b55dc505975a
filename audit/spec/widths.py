"""Spans of time as the API spells them: ``5m``, ``4h``, ``1d``, ``1w``, ``90d``, ``1y``."""

from __future__ import annotations

import re

from audit.errors import SpecError, UsageError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
_SPELLING = re.compile(r"([0-9]+)([smhdwy])\Z")


def seconds(width: str) -> int:
    """Length of a span in seconds; raises SpecError where it is not spelled as expected."""
    match = _SPELLING.match(width)
    if not match:
        raise SpecError(
            f"{width!r} is not a span of time; expected a number and one of s m h d w y, such as 4h"
        )
    return int(match[1]) * _SECONDS[match[2]]


def option_seconds(option: str, text: str | None) -> int | None:
    """Length of the span that an option gives, None where it is not given; UsageError names the option."""
    try:
        return None if text is None else seconds(text)
    except SpecError as error:
        raise UsageError(f"{option}: {error}") from None


def is_width(text: str) -> bool:
    """Whether the text is spelled as a span of time."""
    return bool(_SPELLING.match(text))


def respelled(value: str, documented: tuple[str, ...]) -> str | None:
    """Return the documented spelling of ``h4``, ``4H`` or ``24h``; None where it is no such width."""
    text = value.strip().lower()
    turned = text[1:] + text[:1] if text[:1].isalpha() and text[1:].isdigit() else text
    if turned in documented:
        return turned
    if not is_width(turned):
        return None
    return next((one for one in documented if is_width(one) and seconds(one) == seconds(turned)), None)
