"""`drift`: what has moved since answers were recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.cli.options import (
    BASE_URL,
    FAIL_ON,
    FAULT,
    FORMAT,
    NO_COLOR,
    PLAN,
    QUIET,
    SANDBOX,
    SEED,
    SPEC,
    TIMEOUT,
    options,
)

if TYPE_CHECKING:
    from audit.checks.drift import Edit
    from audit.jobs.drifting import Drifted
    from audit.spec.catalog import Spec


@click.command()
@click.argument("sides", nargs=-1, metavar="[A B]", type=click.Path(path_type=Path))
@options(SPEC, PLAN, BASE_URL, SANDBOX)
@click.option("--cassettes", type=click.Path(path_type=Path), metavar="DIR",
              help="Cassettes to compare with (default: ./cassettes, else the shipped ones).")  # fmt: skip
@click.option("--only", multiple=True, metavar="GLOB", help="Compare only operations whose name matches.")
@click.option("--intervals", type=click.Choice(["none", "floor", "all"]), default="floor",
              show_default=True, help="How much of the interval ladder to ask.")  # fmt: skip
@click.option("--patch", is_flag=True,
              help="Print what is mechanical as a patch of the description instead.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write run.json there as well.")
@options(TIMEOUT, SEED, FAULT, FORMAT, FAIL_ON, QUIET, NO_COLOR)
def command(sides: tuple[Path, ...], patch: bool, form: str, out: Path | None, **given: Any) -> int:
    """Compare a target with cassettes, or two runs or folders of cassettes, A before and B now.

    A run is a run.json, or a number that `history` lists.

    Plans, interval floors, fields, units, refusals, limits and history: what has moved is a finding with
    both sides as evidence, and an error where it breaks a reader.

    \b
    coinglass-audit drift --plan standard
    coinglass-audit drift --sandbox --plan hobbyist --cassettes my-cassettes
    coinglass-audit drift last-month/run.json reports/signoff-live-standard/run.json
    coinglass-audit drift 12 latest
    coinglass-audit drift old-cassettes new-cassettes --patch > description.patch
    """
    from audit.cli.screen import terminal_width, wants_color
    from audit.errors import Exit, UsageError
    from audit.model import Outcome
    from audit.report.files import write
    from audit.report.formats import check_format, render
    from audit.spec.catalog import load

    check_format(form)
    if len(sides) not in (0, 2):
        raise UsageError(f"{len(sides)} side given; name two, or none to compare cassettes with a target")
    spec = load(given["spec"])
    if out is not None:
        from audit.cli.session import make_folder

        make_folder(out)
    found = _two(spec, sides, given) if sides else _target(spec, given)
    if patch:
        _patch(spec, found)
    else:
        color = wants_color(given["no_color"])
        click.echo(render(form, found.run, width=terminal_width(), color=color), nl=False)
        if found.edits and not given["quiet"]:
            click.echo("--patch shows what of it can be put into the description by itself", err=True)
    if out is not None:
        (path,) = write(found.run, out, ("json",))
        if not given["quiet"]:
            click.echo(f"written: {path}", err=True)
    if found.run.decision.outcome is Outcome.INCOMPLETE:
        return Exit.INCOMPLETE
    blocked = found.run.decision.outcome is Outcome.NO_GO and given["fail_on"] != "never"
    return Exit.FINDINGS if blocked else Exit.CLEAN


def _two(spec: Spec, sides: tuple[Path, ...], given: dict[str, Any]) -> Drifted:
    from audit.errors import UsageError
    from audit.jobs.drifting import drift_between
    from audit.model import Severity

    for name in ("base_url", "sandbox", "cassettes", "faults"):
        if given[name]:
            spelled = {"faults": "fault"}.get(name, name).replace("_", "-")
            raise UsageError(
                f"--{spelled} is for comparing with a target; leave out A and B, or leave it out"
            )
    weight = Severity.WARNING if given["fail_on"] == "warning" else Severity.ERROR
    return drift_between(spec, sides[0], sides[1], given["plan"], given["only"], weight)


def _target(spec: Spec, given: dict[str, Any]) -> Drifted:
    from audit.cli import session
    from audit.cli.progress import Bar
    from audit.contract.suite import usual_folder
    from audit.jobs.drifting import drift_from_target
    from audit.jobs.settings import aim, find_key
    from audit.spec.selecting import select

    key = None if given["sandbox"] else find_key(spec.provider.key_variable, Path.cwd())
    settings = session.settings_from(given, None)
    select(spec, settings.only)
    target = aim(settings, spec, key)
    if not given["quiet"]:
        session.announce(session.say, spec, target, given["sandbox"])
    with Bar(enabled=not given["quiet"]) as bar:
        return drift_from_target(spec, settings, key, given["cassettes"] or usual_folder(Path()), bar.show)


def _patch(spec: Spec, found: Drifted) -> None:
    from audit.contract.drift_patch import amend

    made = amend(spec, found.edits)
    click.echo(made.diff(), nl=False)
    for edit in made.left:
        click.echo(f"left to you: {edit.operation}: {_wanted(edit)}", err=True)


def _wanted(edit: Edit) -> str:
    from audit.checks.drift import AddField, SetFloor, SetPlan

    match edit:
        case AddField():
            return f"a field {edit.name!r} ({' or '.join(edit.types)}) in {edit.parent or 'the body'}"
        case SetPlan():
            return f"x-plan: {edit.plan}"
        case SetFloor():
            return f"x-interval-floor on {edit.plan}: {edit.interval or 'none'}"
