"""`scan`: what old code relies on, and what replaces it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.cli.options import FAIL_ON, NO_COLOR, PLAN, QUIET, SPEC, options

if TYPE_CHECKING:
    from audit.jobs.scanning import Rewritten


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH…")
@options(SPEC, PLAN)
@click.option("--run", "run_file", type=click.Path(path_type=Path), metavar="FILE",
              help="Judge against the plan of this run file; what it saw outweighs promises.")  # fmt: skip
@click.option(
    "--exclude", multiple=True, metavar="PATTERN", help="Leave out files, as .gitignore spells them."
)
@click.option("--ignore", multiple=True, metavar="RULE", help="Leave out findings of this rule.")
@options(FAIL_ON)
@click.option("--format", "form", default="text", metavar="NAME", show_default=True,
              help="What to print: text, json, markdown or html.")  # fmt: skip
@click.option("--diff", is_flag=True, help="Print the certain edits as a patch instead; change nothing.")
@click.option("--fix", is_flag=True, help="Make the certain edits.")
@click.option("--force", is_flag=True, help="With --fix: even where Git holds uncommitted changes.")
@options(QUIET, NO_COLOR)
def command(paths: tuple[Path, ...], plan: str | None, run_file: Path | None, **given: Any) -> int:
    """Read code and documents: what of the API they use, what is wrong, what replaces it.

    Nothing is executed. Names the cheapest plan that serves every use found.

    \b
    coinglass-audit scan src --plan standard
    coinglass-audit scan . --format json
    coinglass-audit scan . --diff
    """
    from audit.checks import RULES
    from audit.cli import session
    from audit.errors import Exit, unknown
    from audit.jobs.runfile import observed_in
    from audit.jobs.scanning import Scan, rewrite, scan
    from audit.model import Outcome, Severity
    from audit.report.formats import check_format, render
    from audit.spec.catalog import load

    check_format(given["form"])
    for rule in given["ignore"]:
        if rule not in RULES:
            raise unknown("rule", rule, sorted(RULES))
    described = load(given["spec"])
    seen = observed_in(run_file, described.ladder) if run_file else None
    chosen = described.ladder.get(plan) if plan else (seen.plan if seen else None)
    asked = Scan(
        paths=paths,
        plan=chosen,
        observed=seen.verdicts if seen else None,
        exclude=given["exclude"],
        ignore=given["ignore"],
        threshold=Severity.WARNING if given["fail_on"] == "warning" else Severity.ERROR,
    )
    if given["diff"] or given["fix"]:
        return _rewrite(rewrite(described, asked), given)
    run = scan(described, asked)
    color = session.wants_color(given["no_color"])
    click.echo(render(given["form"], run, width=session.terminal_width(), color=color), nl=False)
    if run.decision.outcome is Outcome.INCOMPLETE:
        return Exit.INCOMPLETE
    return (
        Exit.FINDINGS if run.decision.outcome is Outcome.NO_GO and given["fail_on"] != "never" else Exit.CLEAN
    )


def _rewrite(files: list[Rewritten], given: dict[str, Any]) -> int:
    """Show or make the certain edits; what is left to a person goes to standard error."""
    from audit.errors import Exit, UsageError
    from audit.scan.rewrite import dirty, unified, write

    changed = [file for file in files if file.after != file.before]
    if given["fix"] and not given["force"] and changed and dirty([file.path for file in changed]):
        raise UsageError("Git holds uncommitted changes in files to be fixed; commit them, or add --force")
    for file in changed:
        if given["diff"]:
            click.echo(unified(str(file.path), file.before, file.after), nl=False)
        if given["fix"]:
            write(file.path, file.before, file.after)
            if not given["quiet"]:
                click.echo(f"fixed: {file.path}", err=True)
    for file in files:
        for left in () if given["quiet"] else file.left:
            click.echo(f"left to you: {left}", err=True)
    if not changed and not given["quiet"]:
        click.echo("nothing to rewrite for certain", err=True)
    return Exit.FINDINGS if given["diff"] and changed else Exit.CLEAN
