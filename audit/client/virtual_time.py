"""An event loop whose clock jumps over waiting.

In-process runs wait for nobody outside, so whenever nothing is ready to run the loop moves its clock
to the next timer instead of sleeping. Pacing, back-off and time-outs then behave exactly as they do in
real time, and take none. Two ends of one socket pair may talk on it: what one end wrote can be read at
once, so the clock never jumps over it. Not for sockets to anywhere else, nor for threads.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Polls without waiting and tells the loop how long it would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.elapsed = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout:
            self.elapsed += timeout
        elif not ready and timeout is None:
            # Nothing is scheduled either: only a real event from outside could wake the loop.
            ready = super().select(None)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop that starts at time 0 and never sleeps."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)
        # A timer is due within this many seconds; a real clock's nanosecond is lost to rounding
        # after some months, and a timer that is never quite due would hold the clock for ever.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Seconds since the loop was made, waiting included."""
        return self._virtual.elapsed


def run_virtual(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a loop whose clock jumps over waiting."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(coroutine)
