"""What the terminal can show."""

from __future__ import annotations

import os
import sys


def tell(text: object, *, err: bool = True) -> None:
    """Print one line, by default beside the result; what is in it from outside has no effect there."""
    import click

    from audit.report.words import inert, plain

    click.echo(inert(plain(text)), err=err)


def terminal_width() -> int:
    """Width of the terminal, within what reads well; 100 where there is none."""
    import shutil

    return max(60, min(shutil.get_terminal_size((100, 24)).columns, 140))


def wants_color(no_color: bool) -> bool:
    """Whether standard output takes colour and the user has not said no."""
    return sys.stdout.isatty() and not no_color and not os.environ.get("NO_COLOR")
