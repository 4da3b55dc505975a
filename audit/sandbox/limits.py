"""Counts requests per key in a window of time. Strict: with a limit of L, request L+1 is refused."""

from __future__ import annotations

from collections import deque
from typing import Literal

WindowKind = Literal["fixed", "sliding"]


class Counter:
    """Requests of each key in the current window.

    ``fixed``: windows lie end to end from the epoch on, so a window of a minute is a minute of the
    clock and the count falls to zero as the next one begins. ``sliding``: what counts is the last
    ``window`` seconds before now.
    """

    def __init__(self, window: float, kind: WindowKind = "fixed") -> None:
        self._window = window
        self._kind = kind
        self._taken: dict[str, deque[float]] = {}

    def used(self, key: str, now: float) -> int:
        """Return how many requests of the key count at ``now`` (epoch seconds)."""
        return len(self._current(key, now))

    def take(self, key: str, now: float, limit: int | None) -> bool:
        """Count one request; returns False, and counts nothing, where the limit is used up."""
        taken = self._current(key, now)
        if limit is not None and len(taken) >= limit:
            return False
        taken.append(now)
        return True

    def _current(self, key: str, now: float) -> deque[float]:
        taken = self._taken.setdefault(key, deque())
        if self._kind == "fixed":
            began = now // self._window * self._window
            if taken and taken[0] < began:
                taken.clear()
        else:
            while taken and taken[0] <= now - self._window:
                taken.popleft()
        return taken
