"""Options that several commands share, and what follows from them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from audit.cli import values
from audit.report.formats import FORMATS

F = TypeVar("F", bound=Callable[..., Any])

SPEC = click.option(
    "--spec",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Description to audit against (default: the shipped one).",
)
PLAN = click.option(
    "--plan", metavar="NAME", help="Plan the key is expected to have.", shell_complete=values.plans
)
BASE_URL = click.option("--base-url", metavar="URL", help="Ask this server instead of the live API.")
SANDBOX = click.option(
    "--sandbox", is_flag=True, help="Ask the sandbox in this process, even if a key is set."
)
TIMEOUT = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    metavar="SECONDS",
    show_default=True,
    help="Time for one request, body included.",
)
FAULT = click.option(
    "--fault", "faults", multiple=True, metavar="KIND[:GLOB][@CHANCE][xTIMES]",
    help="Make the sandbox misbehave; may be given several times.",
)  # fmt: skip
SEED = click.option(
    "--seed", type=int, default=0, show_default=True, help="Seed of the sandbox's data and of jitter."
)
QUIET = click.option("--quiet", is_flag=True, help="Print the result only.")
NO_COLOR = click.option("--no-color", is_flag=True, help="Print without colour.")
CHANNELS = click.option(
    "--channels/--no-channels", default=None,
    help="Listen to the channels too, a few minutes (default: `signoff` does, a preset and `probe` don't).",
)  # fmt: skip
WS_URL = click.option(
    "--ws-url", metavar="URL", help="Listen to channels here (default: where --base-url serves them)."
)
FORMAT = click.option(
    "--format", "form", default="text", metavar="NAME", show_default=True, shell_complete=values.formats,
    help="What to print: " + "; ".join(f"{name} ({form.help})" for name, form in FORMATS.items()) + ".",
)  # fmt: skip
FAIL_ON = click.option(
    "--fail-on", type=click.Choice(["error", "warning", "never"]), default="error", show_default=True,
    help="Least severe finding that ends with exit code 1.",
)  # fmt: skip
HISTORY = click.option(
    "--history", envvar="AUDIT_HISTORY", metavar="FILE|URL|off",
    help="Where runs are kept: a file, or postgresql://user@host/database (also from AUDIT_HISTORY).",
)  # fmt: skip

PROBING = (
    SPEC,
    PLAN,
    BASE_URL,
    WS_URL,
    SANDBOX,
    click.option("--only", multiple=True, metavar="GLOB",
                 help="Audit only operations and channels whose name matches."),
    CHANNELS,
    click.option("--intervals", type=click.Choice(["none", "floor", "all"]), default="floor",
                 show_default=True, help="How much of the interval ladder to ask."),
    click.option("--symbol", metavar="TEXT", help="Coin or pair to ask for instead of the examples."),
    click.option("--exchange", metavar="NAME", help="Exchange to ask for instead of the examples."),
    TIMEOUT,
    click.option("--total-timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
                 help="Time for the whole run; what is left can be resumed."),
    click.option("--concurrency", type=click.IntRange(1, 64), default=8, show_default=True,
                 help="Requests under way at once."),
    click.option("--resume", is_flag=True,
                 help="Continue the unfinished run in the output folder; channels are heard anew."),
    SEED,
    FAULT,
    FAIL_ON,
    HISTORY,
    QUIET,
    NO_COLOR,
)  # fmt: skip


def options(*chosen: Callable[[F], F]) -> Callable[[F], F]:
    """Apply several options at once, in the order in which --help shall show them."""

    def decorate(function: F) -> F:
        return functools.reduce(lambda inner, option: option(inner), reversed(chosen), function)

    return decorate
