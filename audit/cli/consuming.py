"""What `contract --consumer` does: hold what a program needs against recordings, the sandbox or a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.cli.options import BASE_URL, SANDBOX

if TYPE_CHECKING:
    from audit.contract.consumer_file import Stated
    from audit.model import Run
    from audit.spec.catalog import Spec
    from audit.spec.plans import Plan

CONSUMING = (
    click.option("--consumer", metavar="FILE",
                 help="Test instead what a program needs, as this file states it; or a shipped one by name."),
    SANDBOX,
    BASE_URL,
    click.option("--live", is_flag=True, help="With --consumer: ask the live API; needs a key."),
)  # fmt: skip


def hold(given: dict[str, Any], cassettes: Path, out: Path | None, form: str, fail_on: str) -> int:
    """Hold a consumer contract against the chosen target, print a line a need; return the exit code."""
    from audit.cli.screen import terminal_width, wants_color
    from audit.contract.consumer_file import find, read
    from audit.errors import Exit
    from audit.jobs.consuming import plan_of
    from audit.model import Outcome
    from audit.report.files import write
    from audit.report.formats import render
    from audit.spec.catalog import load

    spec = load(given["spec"])
    stated = read(find(given["consumer"], spec.folder))
    plan = plan_of(spec, stated, _only_plan(given))
    run = _run(spec, stated, plan, given, cassettes)
    if form == "text":
        _print(run)
    else:
        click.echo(render(form, run, width=terminal_width(), color=wants_color(given["no_color"])), nl=False)
    if out is not None:
        (written,) = write(run, out, ("json",))
        if not given["quiet"]:
            click.echo(f"written: {written}", err=True)
    if run.decision.outcome is Outcome.INCOMPLETE:
        return Exit.INCOMPLETE
    broken = run.decision.outcome is Outcome.NO_GO and fail_on != "never"
    return Exit.FINDINGS if broken else Exit.CLEAN


def refuse(given: dict[str, Any]) -> None:
    """Refuse options that only mean something together with --consumer."""
    from audit.errors import UsageError

    for name in ("sandbox", "base_url", "live"):
        if given[name]:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} goes with --consumer; the suite itself runs on recorded answers")


def _only_plan(given: dict[str, Any]) -> str | None:
    from audit.errors import UsageError

    for name in ("only", "max_age"):
        if given[name]:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} goes without --consumer; the file says what is needed")
    if len(given["plans"]) > 1:
        raise UsageError("--consumer is held against one plan; give --plan once, or leave it to the file")
    return given["plans"][0] if given["plans"] else None


def _run(spec: Spec, stated: Stated, plan: Plan, given: dict[str, Any], cassettes: Path) -> Run:
    from audit.cli import session
    from audit.errors import UsageError
    from audit.jobs.consuming import hold_answered, hold_recorded
    from audit.jobs.settings import Settings, aim, find_key

    chosen = [name for name in ("sandbox", "base_url", "live") if given[name]]
    if len(chosen) > 1:
        named = " and ".join(f"--{name.replace('_', '-')}" for name in chosen)
        raise UsageError(f"{named} exclude each other; leave one out")
    if not chosen:
        return hold_recorded(spec, stated, plan, cassettes)
    key = None if given["sandbox"] else find_key(spec.provider.key_variable, Path.cwd())
    if given["live"] and key is None:
        raise UsageError(f"--live needs a key; set {spec.provider.key_variable}")
    settings = Settings(plan=plan.name, base_url=given["base_url"], sandbox=given["sandbox"])
    target = aim(settings, spec, key)
    if not given["quiet"]:
        session.announce(session.say, spec, target, live="--live")
    return hold_answered(spec, stated, plan, settings, target)


def _print(run: Run) -> None:
    """Say what was asked, a line for each need, and the decision last."""
    from audit.cli.screen import lay
    from audit.report.words import plain, warning

    if loud := warning(run):
        click.echo(loud)
    told = run.consumer  # type: ignore[attr-defined]  # a key of this job alone
    click.echo(f"{plain(told['name'])} on {run.plan.declared}: {plain(run.target.base_url)}")
    for need in told["needs"]:
        params = " ".join(f"{name}={value}" for name, value in need["params"].items())
        reason = "; ".join(need["why"]) or need["by"]
        place = f" ({told['file']}:{need['line']})" if need["line"] and need["state"] != "holds" else ""
        asked = plain(f"{need['operation']} {params}".strip(), 160)
        lay(f"  {need['state']:<8} {asked}: {plain(reason, 600)}{place}", rest=" " * 11)
    lay(f"{run.decision.outcome}: {' '.join(run.decision.reasons)}", rest="  ")
