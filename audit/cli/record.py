"""`record`: keep the answers of a target as cassettes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.cli.options import BASE_URL, FAIL_ON, QUIET, SANDBOX, SEED, SPEC, TIMEOUT, WS_URL, options

if TYPE_CHECKING:
    from audit.client.secret import Secret
    from audit.jobs.recording import Recorded
    from audit.spec.catalog import Spec


@click.command()
@options(SPEC)
@click.option("--plan", "plans", multiple=True, metavar="NAME",
              help="Plan to record, on the sandbox several (default: all, or the key's).")  # fmt: skip
@options(BASE_URL, WS_URL, SANDBOX)
@click.option("--only", multiple=True, metavar="GLOB",
              help="Record only the groups that hold operations or channels whose name matches.")  # fmt: skip
@click.option("--channels/--no-channels", default=True, show_default=True,
              help="Listen to the channels too; live that takes a few minutes.")  # fmt: skip
@click.option("--out", "--cassettes", "out", type=click.Path(path_type=Path), default=Path("cassettes"),
              metavar="DIR", show_default=True,
              help="Folder of the cassettes, one folder a plan in it.")  # fmt: skip
@options(TIMEOUT, SEED)
@click.option(
    "--at", metavar="TIME", help="Moment at which the sandbox is recorded, such as 2026-11-20T00:00Z."
)
@click.option("--check", is_flag=True, help="Record nothing; look through the cassettes that are there.")
@click.option("--max-age", metavar="SPAN", help="With --check: oldest recording allowed, such as 90d.")
@options(FAIL_ON, QUIET)
def command(
    out: Path, plans: tuple[str, ...], check: bool, max_age: str | None, at: str | None, **given: Any
) -> int:
    """Record what a probe asks and what is answered: one file for each plan and group, one for its channels.

    From the live API with a key, else from the sandbox. The key is taken out of everything before it is
    written, and series are cut to a few rows. A plan's cassettes are replaced as a whole or not at all.

    \b
    coinglass-audit record
    coinglass-audit record --sandbox --plan standard --out my-cassettes
    coinglass-audit record --check --max-age 90d
    """
    from audit.errors import UsageError
    from audit.jobs.settings import find_key
    from audit.spec.catalog import load

    spec = load(given["spec"])
    key = None if given["sandbox"] else find_key(spec.provider.key_variable, Path.cwd())
    if check:
        return _check(spec, out, max_age, key, given["fail_on"])
    if max_age is not None:
        raise UsageError("--max-age says how old a recording may be; it goes with --check")
    return _record(spec, out, plans, at, key, given)


def _record(
    spec: Spec, out: Path, plans: tuple[str, ...], at: str | None, key: Secret | None, given: dict[str, Any]
) -> int:
    from dataclasses import replace

    from audit.cli import session
    from audit.cli.progress import Bar
    from audit.cli.screen import lay
    from audit.errors import UsageError
    from audit.jobs.recording import plans_of, record
    from audit.jobs.settings import aim
    from audit.spec.selecting import select

    settings = session.settings_from({**given, "plan": None, "faults": ()}, None)
    target = aim(settings, spec, key)
    if at is not None:
        if not target.in_process:
            raise UsageError(
                "--at sets the clock of the sandbox in this process; add --sandbox, or leave it out"
            )
        settings = replace(settings, moment=_moment(at))
    select(spec, settings.only)
    chosen = plans_of(spec, target, plans)
    if not target.stands_in and len(chosen) > 1:
        raise UsageError("a key has one plan; name one --plan, or none")
    if not given["quiet"]:
        session.announce(session.say, spec, target, given["sandbox"])
    for plan in chosen:
        with Bar(enabled=not given["quiet"]) as bar:
            done = record(spec, replace(settings, plan=plan), key, out, bar.show)
        lay(_told(done, out), rest="  ")
    return 0


def _told(done: Recorded, out: Path) -> str:
    from audit.report.words import counted

    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in done.verdicts.items())
    origin = f"{done.target.target.kind}, {done.target.target.base_url}"
    return f"{out / done.plan}: {counted(len(done.files), 'file')}; {verdicts} ({origin})"


def _check(spec: Spec, out: Path, max_age: str | None, key: Secret | None, fail_on: str) -> int:
    import time

    from audit.cli.screen import tell
    from audit.contract.check import examine
    from audit.contract.replay import plans_in
    from audit.contract.scrub import Scrubber
    from audit.errors import Exit
    from audit.model import Severity
    from audit.spec.widths import option_seconds

    scrubber = Scrubber(key, spec.provider.key_variable) if key else None
    oldest = option_seconds("--max-age", max_age)
    found = examine(out, spec, now=time.time(), max_age=oldest, scrubber=scrubber)
    for row in found:
        tell(f"{row.severity}: {row.location.file if row.location else out}: {row.message}", err=False)
    if not found:
        click.echo(f"{out}: cassettes of {', '.join(plans_in(out))}; nothing wrong")
    if fail_on == "never":
        return Exit.CLEAN
    worst = Severity.WARNING if fail_on == "warning" else Severity.ERROR
    return Exit.FINDINGS if any(row.severity.rank <= worst.rank for row in found) else Exit.CLEAN


def _moment(text: str) -> float:
    """A moment in epoch seconds; without a time zone it is in UTC."""
    from datetime import UTC

    from audit.errors import UsageError

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--at {text!r} is no moment; expected one such as 2026-11-20T00:00Z") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
