"""Puts off looking for garbage: what a file or a description comes to is many objects and hardly a cycle."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected(*, to_stay: bool = False) -> Iterator[None]:
    """Look for no garbage meanwhile, and never in what was made where that is ``to_stay``."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if to_stay:
            gc.freeze()
        if was_enabled:
            gc.enable()
