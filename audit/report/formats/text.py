"""The terminal: facts first, then what was seen, and the decision where the eye ends."""

from __future__ import annotations

from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.text import Text

from audit.model import Run
from audit.report import terminal
from audit.report.breaking import unglue
from audit.report.summary import summarize
from audit.report.words import inert

WIDTH = 80


def render(run: Run, *, width: int | None = None, color: bool = False) -> str:
    """Return the run as text, legible without colour, no line wider than ``width``."""
    summary = summarize(run)
    parts: list[RenderableType | None] = [
        terminal.heading(run),
        terminal.matrix(summary),
        terminal.requests(summary),
        terminal.channels(run),
        terminal.code(run, summary),
        terminal.floors(summary),
        terminal.key(run),
        terminal.findings(run, summary),
        terminal.advice(run),
        terminal.books(run),
        terminal.decision(run),
    ]
    file = StringIO()
    console = Console(
        file=file,
        width=width or WIDTH,
        force_terminal=color,
        force_jupyter=False,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        markup=False,
        highlight=False,
        emoji=False,
    )
    shown = [part for part in parts if part is not None]
    for part in shown[:-1]:
        console.print(Group(part, Text("")))
    console.print(shown[-1])
    lines = inert(unglue(file.getvalue())).split("\n")[:-1]
    return "".join(f"{line.rstrip()}\n" for line in lines)
