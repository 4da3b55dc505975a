"""`fuzz`: requests made from the description, good and bad, and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from audit.cli.options import (
    BASE_URL,
    FAIL_ON,
    FAULT,
    NO_COLOR,
    PLAN,
    QUIET,
    SPEC,
    TIMEOUT,
    options,
)

if TYPE_CHECKING:
    from audit.jobs.fuzzing import Plot
    from audit.jobs.settings import Aim
    from audit.model import Run

# Requests that leave for another machine unless --budget says otherwise.
CAREFUL = 200


@click.command()
@options(SPEC, PLAN)
@click.option("--only", multiple=True, metavar="GLOB", help="Fuzz only operations whose name matches.")
@click.option("--max-examples", type=click.IntRange(1, 1000), default=6, show_default=True,
              help="Most good and most bad requests for each operation.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed makes the same requests.")
@click.option("--live", is_flag=True, help="Ask the live API; needs a key.")
@options(BASE_URL)
@click.option("--budget", type=click.IntRange(min=1), metavar="N",
              help=f"Most requests to send, repeats included ({CAREFUL} outside this process).")  # fmt: skip
@options(TIMEOUT, FAULT, FAIL_ON)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="What to print; json is a run file with the numbers under `fuzz`.")  # fmt: skip
@options(QUIET, NO_COLOR)
def command(max_examples: int, live: bool, budget: int | None, form: str, **given: Any) -> int:
    """Send requests made from the description, good and bad; say what is answered wrongly.

    Asks the sandbox in this process unless --live or --base-url says otherwise. Only reads.

    \b
    coinglass-audit fuzz --plan hobbyist --max-examples 20
    coinglass-audit fuzz --live --plan standard --budget 100 --only 'futures_open_interest_*'
    """
    import time
    from pathlib import Path

    from audit.cli import session
    from audit.cli.progress import Bar
    from audit.errors import Exit, UsageError
    from audit.jobs.fuzzing import fuzz, plot
    from audit.jobs.settings import aim, find_key
    from audit.model import Outcome
    from audit.report.formats import render
    from audit.spec.catalog import load

    spec = load(given["spec"])
    away = live or given["base_url"] is not None
    key = find_key(spec.provider.key_variable, Path.cwd()) if away else None
    if live and given["base_url"] is not None:
        raise UsageError("--live and --base-url exclude each other; leave one out")
    if live and key is None:
        raise UsageError(f"--live needs a key; set {spec.provider.key_variable}")
    if away and given["plan"] is None:
        raise UsageError(f"name the plan of the key with --plan; one of {', '.join(spec.ladder.names)}")
    settings = session.settings_from({**given, "sandbox": not away}, None)
    target = aim(settings, spec, key)
    began = time.monotonic()
    plotted = plot(
        spec, settings, max_examples=max_examples, budget=CAREFUL if away and not budget else budget
    )
    if not given["quiet"]:
        session.announce(session.say, spec, target, live="--live")
        session.say(_before(plotted, target))
    with Bar(enabled=not given["quiet"]) as bar:
        run = fuzz(spec, settings, target, plotted, bar.show)
    if form == "json":
        click.echo(render("json", run), nl=False)
    else:
        _print(run, time.monotonic() - began)
    if run.decision.outcome is Outcome.INCOMPLETE:
        return Exit.INCOMPLETE
    failed = run.decision.outcome is Outcome.NO_GO and given["fail_on"] != "never"
    return Exit.FINDINGS if failed else Exit.CLEAN


def _before(plotted: Plot, target: Aim) -> str:
    pace = ""
    if plotted.minutes and not target.in_process:
        pace = f", {max(1, round(plotted.minutes))} min at the plan's pace"
    return (
        f"fuzz: {len(plotted.cases)} cases for {target.target.base_url} on {plotted.plan.name}, "
        f"seed {plotted.seed}; "
        f"at most {plotted.budget} requests{pace}"
    )


def _print(run: Run, seconds: float) -> None:
    from audit.cli.screen import lay
    from audit.report.words import plain, warning

    tally = run.fuzz  # type: ignore[attr-defined]  # a key of this job alone
    if loud := warning(run):
        click.echo(loud)
    lay(
        f"fuzzed {tally['operations']} of {run.spec.operations} operations on {run.plan.declared}: "
        f"{tally['cases']} cases ({tally['positive']} must be answered, "
        f"{tally['negative']} must be refused, "
        f"{tally['either']} may be either), {tally['requests']} requests, {seconds:.0f} s, "
        f"seed {tally['seed']}",
        rest="  ",
    )
    lay("verdicts: " + ", ".join(f"{count} {name}" for name, count in tally["verdicts"].items()), rest="  ")
    told = ", ".join(f"{count} {rule}" for rule, count in tally["failures"].items())
    lay(f"failures: {told or 'none'}", rest="  ")
    for finding in run.findings:
        where = f"{finding.severity}: {finding.rule}: {finding.operation}"
        lay(f"{where}: {plain(finding.message, 400)}", rest="  ")
        lay(finding.evidence or "", first="  ", rest="  ")
    lay(f"{run.decision.outcome}: {' '.join(run.decision.reasons)}", rest="  ")
