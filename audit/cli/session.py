"""What `signoff` and `probe` have in common: settings, target, progress, and the word at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from audit.cli.progress import Bar
from audit.errors import Exit
from audit.jobs.probing import Audited, probe
from audit.jobs.settings import Aim, Settings, aim, find_key
from audit.model import Outcome, Severity, TargetKind
from audit.probe.symbols import Wish
from audit.report.files import write
from audit.report.formats import check_format, render
from audit.spec.catalog import Spec, load


def run(given: dict[str, Any], out: Path | None, form: str, job: str, outputs: tuple[str, ...]) -> int:
    """Do a job: probe, write the outputs, print the result; return the exit code."""
    check_format(form)
    tell = _silent if given["quiet"] else say
    spec = load(given["spec"])
    key = None if given["sandbox"] else find_key(spec.provider.key_variable, Path.cwd())
    settings = settings_from(given, out)
    target = aim(settings, spec, key)
    folder = out or default_folder(job, settings, target, spec)
    announce(tell, spec, target)
    with Bar(enabled=not given["quiet"]) as bar:
        audited = probe(spec, replace(settings, out=folder), target, bar.show)
    if audited.set_aside:
        tell(f"an unfinished run was there; it is kept as {audited.set_aside}")
    if audited.resumed:
        tell(f"continued: {audited.resumed} answers were there already")
    written = write(audited.run, folder, outputs)
    text = render(form, audited.run, width=terminal_width(), color=wants_color(given["no_color"]))
    click.echo(text, nl=False)
    for path in written:
        tell(f"written: {path}")
    settle(tell, audited)
    return exit_code(audited, given["fail_on"])


def settings_from(given: dict[str, Any], out: Path | None) -> Settings:
    """Turn the options of a command into settings."""
    return Settings(
        plan=given["plan"],
        base_url=given["base_url"],
        sandbox=given["sandbox"],
        only=tuple(given.get("only", ())),
        out=out,
        timeout=given["timeout"],
        total_timeout=given.get("total_timeout"),
        intervals=given.get("intervals", "floor"),
        resume=given.get("resume", False),
        concurrency=given.get("concurrency", 8),
        seed=given["seed"],
        wish=Wish(given.get("symbol"), given.get("exchange")),
        faults=tuple(given["faults"]),
        threshold=Severity.WARNING if given.get("fail_on") == "warning" else Severity.ERROR,
    )


def default_folder(job: str, settings: Settings, target: Aim, spec: Spec) -> Path:
    """Return where outputs go unless --out says otherwise; the same call finds its own again."""
    plan = spec.ladder.get(settings.plan).name if settings.plan else "any-plan"
    return Path("reports") / f"{job}-{target.target.kind}-{plan}"


def announce(tell: Callable[[str], None], spec: Spec, target: Aim) -> None:
    """Say loudly what is asked when it is not the live API."""
    if target.in_process:
        tell(
            "SANDBOX: nothing here says anything about the live API; "
            f"set {spec.provider.key_variable} to ask that"
        )
    elif target.target.kind is TargetKind.SANDBOX:
        tell(f"{target.base_url} is not the live API: nothing here says anything about that")
    if target.stands_in and not target.in_process:
        tell(f"{spec.provider.key_variable} is not set; using a key of the sandbox")


def settle(tell: Callable[[str], None], audited: Audited) -> None:
    """Remove the journal of a finished run, now that its results are written; else say how to go on."""
    if audited.journal is None:
        return
    if audited.finished:
        audited.journal.unlink(missing_ok=True)
    else:
        tell(f"unfinished: the same command with --resume continues it ({audited.journal})")


def exit_code(audited: Audited, fail_on: str) -> int:
    """Return the exit code of a finished audit."""
    match audited.run.decision.outcome:
        case Outcome.INCOMPLETE:
            return Exit.INCOMPLETE
        case Outcome.NO_GO:
            return Exit.CLEAN if fail_on == "never" else Exit.FINDINGS
    return Exit.CLEAN


def terminal_width() -> int:
    """Width of the terminal, within what reads well; 100 where there is none."""
    import shutil

    return max(60, min(shutil.get_terminal_size((100, 24)).columns, 140))


def wants_color(no_color: bool) -> bool:
    """Whether standard output takes colour and the user has not said no."""
    import os

    return sys.stdout.isatty() and not no_color and not os.environ.get("NO_COLOR")


def say(text: str) -> None:
    """Tell something beside the result: on standard error."""
    click.echo(text, err=True)


def _silent(text: str) -> None:
    """Tell nothing."""
