"""`signoff`: the main job, one decision and all outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from audit.cli.options import PROBING, options


@click.command()
@options(*PROBING)
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Folder for run.json and signoff.html (default: one under reports/).")  # fmt: skip
@click.option("--format", "form", default="text", metavar="NAME", show_default=True,
              help="What to print: text, json, markdown or html.")  # fmt: skip
def command(out: Path | None, form: str, **given: Any) -> int:
    """Audit a key and its plan and decide: go, no-go or incomplete.

    Asks every operation of the description, compares each answer with what the plan promises,
    checks fields, times and intervals, proves the key's plan, and writes run.json and signoff.html.

    \b
    coinglass-audit signoff --plan standard
    coinglass-audit signoff --plan standard --only 'futures_*' --format json
    """
    from audit.cli import session

    return session.run(given, out, form, "signoff", ("json", "html"))
