"""`probe`: ask and check, without the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from audit.cli.options import FORMAT, PROBING, options


@click.command()
@options(*PROBING)
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Folder for run.json (default: one under reports/).")  # fmt: skip
@options(FORMAT)
def command(out: Path | None, form: str, **given: Any) -> int:
    """Ask every operation, compare with the plan's promise, check the fields.

    \b
    coinglass-audit probe --plan hobbyist --sandbox
    coinglass-audit probe --only futures_open_interest_history --intervals all
    coinglass-audit probe --only liquidationOrders
    """
    from audit.cli import session

    return session.run(given, out, form, "probe", ("json",))
