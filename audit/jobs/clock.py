"""What time it is while a job asks: the machine's own time, or that of the sandbox in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from audit.jobs.settings import Aim


def clock(target: Aim, moment: float | None = None) -> Callable[[], float]:
    """Epoch seconds; in-process they advance with the loop's own clock, which jumps over waiting."""
    if not target.in_process:
        return time.time
    began = time.time() if moment is None else moment
    loop = asyncio.get_running_loop()
    return lambda: began + loop.time()
