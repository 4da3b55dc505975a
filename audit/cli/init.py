"""`init`: a starter for a user's own repository."""

from __future__ import annotations

from pathlib import Path

import click

from audit.cli.options import PLAN, QUIET, SPEC, options


@click.command()
@click.argument("folder", default=".", type=click.Path(path_type=Path), metavar="[DIR]")
@options(SPEC, PLAN)
@click.option("--force", is_flag=True, help="Write over files that are there already.")
@options(QUIET)
def command(folder: Path, spec: Path | None, plan: str | None, force: bool, quiet: bool) -> int:
    """Write a scan's settings, a consumer contract and a GitHub workflow into a repository.

    The contract is drafted from the code in DIR where it uses the API, and the plan is the cheapest
    that serves it. What is there already stays as it is unless --force is given; settings are added to
    the end of pyproject.toml.

    \b
    coinglass-audit init
    coinglass-audit init my-bot --plan startup
    """
    from audit.cli.screen import lay
    from audit.jobs.starting import starter
    from audit.report.files import write_texts
    from audit.spec.catalog import load

    known = load(spec)
    begun = starter(known, folder, plan)
    kept = [path for path in begun.texts if path.exists() and path not in begun.added and not force]
    written = write_texts({path: text for path, text in begun.texts.items() if path not in kept})
    if not quiet:
        for path in written:
            click.echo(f"{'added to' if path in begun.added else 'written'}: {path}")
        for path in kept:
            click.echo(f"kept: {path} (--force writes over it)")
        for path in begun.settled:
            click.echo(f"kept: {path} has settings for this tool already")
        if written:
            variable = known.provider.key_variable
            lay(f"next: look them over, commit them, and set the secret {variable} in the repository")
    return 0
