"""What the terminal can show."""

from __future__ import annotations

import os
import sys

# Where there is no terminal: what fits everywhere, a log or a narrow window.
USUAL = 80


def tell(text: object, *, err: bool = True) -> None:
    """Print one line, by default beside the result; what is in it from outside has no effect there.

    A terminal gets it broken between words; in a pipe or a log it stays one line, to be searched for.
    """
    import click

    from audit.report.words import inert, plain

    line = inert(plain(text))
    stream = sys.stderr if err else sys.stdout
    click.echo(wrapped(line, rest="  ") if stream.isatty() else line, err=err)


def lay(text: object, *, first: str = "", rest: str = "") -> None:
    """Print a paragraph of the result, broken between words, behind ``first`` and then ``rest``."""
    import click

    from audit.report.words import inert, plain

    click.echo(inert(wrapped(plain(text), first=first, rest=rest)))


def wrapped(text: str, *, first: str = "", rest: str = "") -> str:
    """Break a line between words at the width of the terminal; a path or a command stays whole."""
    import textwrap

    lines = textwrap.wrap(
        text,
        terminal_width(),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines) or first.rstrip()


def terminal_width() -> int:
    """Width of the terminal, within what reads well; 80 where there is none."""
    import shutil

    return max(60, min(shutil.get_terminal_size((USUAL, 24)).columns, 140))


def wants_color(no_color: bool) -> bool:
    """Whether standard output takes colour and the user has not said no."""
    return sys.stdout.isatty() and not no_color and not os.environ.get("NO_COLOR")
