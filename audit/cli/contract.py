"""`contract`: the contract suite on recorded answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.cli.consuming import CONSUMING
from audit.cli.options import FAIL_ON, FORMAT, NO_COLOR, QUIET, SPEC, options

if TYPE_CHECKING:
    from audit.jobs.contracting import Contracted

OUTPUTS = ("json", "markdown", "junit", "sarif", "html")
MOST_FINDINGS = 20


@click.command()
@options(SPEC)
@click.option("--plan", "plans", multiple=True, metavar="NAME",
              help="Plan to test; may be given several times (default: all that are recorded).")  # fmt: skip
@click.option("--only", multiple=True, metavar="GLOB",
              help="Test only operations and channels whose name matches.")  # fmt: skip
@click.option("--cassettes", type=click.Path(path_type=Path), metavar="DIR",
              help="Folder of the cassettes (default: ./cassettes, else the shipped ones).")  # fmt: skip
@click.option("--max-age", metavar="SPAN", help="Oldest recording allowed, such as 90d.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Write run.json, junit.xml and more there, one folder a plan.")  # fmt: skip
@options(*CONSUMING)
@options(FORMAT, FAIL_ON, QUIET, NO_COLOR)
def command(cassettes: Path | None, out: Path | None, form: str, fail_on: str, **given: Any) -> int:
    """Test that what was recorded is what is promised, without network or key.

    Every operation and channel of the description is a test on each plan, and each interval at its promised
    floor one more. pytest runs them; in a repository of your own it does so too, with the plugin's options.

    \b
    coinglass-audit contract
    coinglass-audit contract --plan standard --only 'futures_*' --format junit
    coinglass-audit contract --cassettes my-cassettes --max-age 90d
    coinglass-audit contract --consumer needs.yaml --sandbox
    """
    from audit.cli.consuming import hold, refuse
    from audit.cli.screen import terminal_width, wants_color
    from audit.contract.suite import open_suite, usual_folder
    from audit.errors import Exit, UsageError
    from audit.jobs.contracting import contract
    from audit.model import Severity
    from audit.report.files import write
    from audit.report.formats import check_format, render
    from audit.spec.catalog import load
    from audit.spec.widths import option_seconds

    check_format(form)
    if out is not None:
        from audit.cli.session import make_folder

        make_folder(out)
    folder = cassettes or usual_folder(Path())
    if given["consumer"] is not None:
        return hold(given, folder, out, form, fail_on)
    refuse(given)
    age = option_seconds("--max-age", given["max_age"])
    suite = open_suite(load(given["spec"]), folder, given["plans"], given["only"], max_age=age)
    if form != "text" and len(suite.libraries) > 1:
        recorded = ", ".join(suite.libraries)
        raise UsageError(f"--format {form} shows one plan; name it with --plan (recorded: {recorded})")
    done = contract(suite, folder, Severity.WARNING if fail_on == "warning" else Severity.ERROR)
    if form == "text":
        _print(done)
    else:
        text = render(form, done[0].run, width=terminal_width(), color=wants_color(given["no_color"]))
        click.echo(text, nl=False)
    if out is not None:
        for row in done:
            paths = write(row.run, out / row.plan, OUTPUTS)
            if not given["quiet"]:
                beside = ", ".join(path.name for path in paths[1:])
                click.echo(f"written: {paths[0]}, and beside it {beside}", err=True)
    failed = any(row.failed for row in done) and fail_on != "never"
    return Exit.FINDINGS if failed else Exit.CLEAN


def _print(done: tuple[Contracted, ...]) -> None:
    """A line for each plan, what is wrong, and the decision last."""
    from audit.cli.screen import lay
    from audit.model import Outcome
    from audit.report.summary import group_findings
    from audit.report.words import plain, some, warning

    lay(warning(done[0].run))
    for row in done:
        told = f"{row.tests:,} tests, {row.tests - row.failed:,} passed, {row.failed:,} failed"
        lay(f"  {row.plan:<13} {told}; {plain(row.run.target.base_url)}", rest=" " * 16)
    for row in done:
        groups = group_findings(row.run.findings)
        for group in groups[:MOST_FINDINGS]:
            count = f" ×{len(group.findings):,}" if len(group.findings) > 1 else ""
            told = f"{some(group.where, 3) or 'key'}: {plain(group.first.message, 400)}"
            lay(f"{group.severity}: {group.rule}{count}: {row.plan}: {told}", rest="  ")
            if group.first.evidence:
                lay(plain(group.first.evidence, 400), first="  ", rest="  ")
        if more := sum(len(group.findings) for group in groups[MOST_FINDINGS:]):
            lay(f"and {more:,} more on {row.plan}; --out writes them all", first="  ", rest="  ")
    failed = sum(row.failed for row in done)
    outcome = Outcome.NO_GO if failed else Outcome.GO
    lay(f"{outcome}: {sum(row.tests for row in done):,} tests, {failed:,} failed")
