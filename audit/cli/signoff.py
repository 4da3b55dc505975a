"""`signoff`: the main job, one decision and all outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from audit.cli import values
from audit.cli.options import FORMAT, PROBING, options

# The page first: it is the one that is named when all are written.
OUTPUTS = ("html", "json", "markdown", "junit", "sarif", "badge", "badge-json")


@click.command()
@options(*PROBING)
@click.option("--code", multiple=True, type=click.Path(path_type=Path), metavar="PATH",
              help="Scan this code too, against what was seen; may be given several times.")  # fmt: skip
@click.option("--claims", multiple=True, metavar="FILE",
              help="Let contradicted claims of this ledger count as findings; 'shipped' names the "
                   "description's own. May be given several times.")  # fmt: skip
@click.option("--contract/--no-contract", default=True, show_default=True,
              help="Test recorded answers of the plan too; what they show is told apart.")  # fmt: skip
@click.option("--cassettes", type=click.Path(path_type=Path), metavar="DIR",
              help="Folder of the cassettes (default: ./cassettes, else the shipped ones).")  # fmt: skip
@click.option("--waivers", type=click.Path(path_type=Path), metavar="FILE",
              help="Findings that decide nothing, each with reason, name and last day (YAML).")  # fmt: skip
@click.option("--preset", metavar="NAME", shell_complete=values.presets,
              help="Audit a small set with a purpose, such as health-check.")  # fmt: skip
@click.option("--symbols", metavar="A,B,…", help="Coins of the preset `watchlist`.")
@click.option("--top", type=click.IntRange(1, 100), metavar="N",
              help="Take the N largest coins for the preset `watchlist`.")  # fmt: skip
@click.option("--pdf", is_flag=True, help="Print the page to a PDF too, where a browser is at hand.")
@click.option("--templates", type=click.Path(path_type=Path), metavar="DIR",
              help="Own templates of the page, in place of the shipped ones of the same name.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Folder for the outputs (default: one under reports/).")  # fmt: skip
@options(FORMAT)
def command(out: Path | None, form: str, **given: Any) -> int:
    """Audit a key and its plan and decide: go, no-go or incomplete.

    Asks every operation of the description and listens to its channels, compares what comes with what
    the plan promises, checks fields, times and intervals, proves the key's plan, and writes the page,
    run.json, and what CI reads. Recorded answers of the plan are tested as well, and with --code the
    decision covers the code that is to run on the plan.

    \b
    coinglass-audit signoff --plan standard
    coinglass-audit signoff --plan standard --only 'futures_*' --format json
    coinglass-audit signoff --plan standard --code src
    coinglass-audit signoff --preset health-check
    coinglass-audit signoff --preset watchlist --symbols BTC,ETH,SOL
    """
    from audit.cli import session

    return session.run(given, out, form, "signoff", OUTPUTS)
