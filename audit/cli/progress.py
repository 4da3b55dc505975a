"""The progress bar on standard error, with the time to the end that the pacer can vouch for."""

from __future__ import annotations

import math
import sys
import time
from types import TracebackType
from typing import Any, Self

import click

from audit.probe.runner import Progress

EVERY = 10.0


class Bar:
    """Shows progress: a bar on a terminal, a line now and then in a log."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._live: Any = None
        self._task: Any = None
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        if self._enabled and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
            from rich.progress import Progress as RichProgress

            self._live = RichProgress(
                TextColumn("{task.fields[doing]}"),
                BarColumn(bar_width=None),
                MofNCompleteColumn(),
                TextColumn("{task.fields[left]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._live.start()
            self._task = self._live.add_task("", total=None, left="", doing="asking")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, progress: Progress) -> None:
        """Show one step."""
        if self._live is not None:
            left = time_left(progress.seconds_left, progress.at_most)
            self._live.update(
                self._task,
                completed=progress.done,
                total=progress.total,
                left=left,
                doing=progress.doing or "asking",
            )
        elif self._enabled and time.monotonic() - self._last >= EVERY:
            self._last = time.monotonic()
            left = time_left(progress.seconds_left, progress.at_most)
            done = progress.doing or f"asked {progress.done} of {progress.total}"
            click.echo(f"{done}, {left}", err=True)


def time_left(seconds: float | None, at_most: bool = False) -> str:
    """How long it will take, rounded as honestly as it is known; a bound is rounded up."""
    if seconds is None:
        return "time to the end not known yet"
    word, rounded = ("at most", math.ceil) if at_most else ("about", round)
    if seconds < 90:
        return f"{word} {max(1, rounded(seconds))} s left"
    return f"{word} {rounded(seconds / 60)} min left"
