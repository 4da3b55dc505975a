"""`history`: the runs that were kept, what changed from one to the next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from audit.cli.groups import Group
from audit.cli.options import FORMAT, HISTORY, NO_COLOR, options

if TYPE_CHECKING:
    from audit.history.entry import Entry
    from audit.history.store import History, Listed

MOST_CHANGES = 6


@click.group(cls=Group, invoke_without_command=True)
@options(HISTORY)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N",
              help="List the N newest.")  # fmt: skip
@click.pass_context
def command(context: click.Context, history: str | None, form: str, limit: int) -> None:
    """List the runs that were kept: when, of what, the decision, and what changed since the one before.

    `signoff` and `probe` keep each run in reports/history.sqlite, or in DIR/history.sqlite with
    --out DIR. A team shares a PostgreSQL by its URL. `drift` compares two runs by their ids.

    \b
    coinglass-audit history
    coinglass-audit history --format json --limit 100
    """
    context.obj = history
    if context.invoked_subcommand is None:
        opened = _opened(context)
        listed = opened.entries()
        if form == "json":
            click.echo(_as_json(listed, limit), nl=False)
        else:
            _print(listed, limit)
        for told in (*listed.unreadable, *_wrong_times(listed.entries, datetime.now(UTC))):
            click.echo(told, err=True)
        left = len(listed.entries) - limit
        if form == "text" and left > 0:
            click.echo(f"{left} older in {opened.name}; --limit shows more", err=True)
        if not listed.entries and not listed.unreadable:
            click.echo(f"no run is kept in {opened.name} yet; `signoff` keeps one", err=True)


@command.command()
@click.argument("id", metavar="ID")
@options(FORMAT, NO_COLOR)
@click.pass_context
def show(context: click.Context, /, **given: Any) -> None:
    """Print a run that was kept, by its number in the list, or the `latest`.

    \b
    coinglass-audit history show latest
    coinglass-audit history show 12 --format html > signoff-12.html
    """
    from audit.cli.screen import terminal_width, wants_color
    from audit.report.formats import check_format, render

    check_format(given["form"])
    run = _opened(context).run(given["id"])
    color = wants_color(given["no_color"])
    click.echo(render(given["form"], run, width=terminal_width(), color=color), nl=False)


@command.command()
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Remove all but the N newest.")
@click.option("--older-than", type=click.IntRange(min=0, max=36_500), metavar="DAYS",
              help="Remove what began longer ago than this.")  # fmt: skip
@click.pass_context
def prune(context: click.Context, keep: int | None, older_than: int | None) -> None:
    """Remove old runs by number, by age, or by both.

    \b
    coinglass-audit history prune --keep 200
    coinglass-audit history prune --older-than 365
    """
    from audit.errors import UsageError

    if keep is None and older_than is None:
        raise UsageError("nothing says what to remove; give --keep N or --older-than DAYS")
    before = None if older_than is None else datetime.now(UTC) - timedelta(days=older_than)
    opened = _opened(context)
    done = opened.prune(keep, before)
    click.echo(f"{opened.name}: {done.removed} removed, {done.left} left")


def _opened(context: click.Context) -> History:
    from audit.errors import UsageError
    from audit.history.store import VARIABLE, open_history

    opened = open_history(context.obj)
    if opened is None:
        raise UsageError(f"the history is off; name one with --history or {VARIABLE}")
    return opened


def _print(listed: Listed, limit: int) -> None:
    """Two lines a run, newest first: the run, and what changed since the one it can be compared with."""
    from audit.cli.screen import lay
    from audit.history.entry import with_changes

    pairs = list(with_changes(listed.entries))[-limit:]
    for now, before in reversed(pairs):
        for told in _lines(now, before):
            lay(told, rest=" " * 5)


def _lines(now: Entry, before: Entry | None) -> Iterator[str]:
    from audit.history.entry import changes
    from audit.report.words import counted, moment, some

    found = [counted(count, name) for name, count in now.severities.items() if count]
    weighty = ", ".join([*found, *([f"{now.waived:,} waived"] if now.waived else [])])
    of = f"preset {now.preset}" if now.preset else counted(now.requests, "request")
    audited = f"{now.target} {now.plan or 'plan not known'}, {of}, {weighty or 'no findings'}"
    yield f"{now.id:>3}  {moment(now.started_at)}  {now.outcome:<10} {audited}"
    if before is None:
        yield "     the first of its kind"
        return
    told = some(changes(before, now), MOST_CHANGES)
    yield f"     since {before.id}: {told}" if told else f"     the same as {before.id}"


def _as_json(listed: Listed, limit: int) -> str:
    from audit.history.entry import changes, with_changes
    from audit.report.formats.json_ import written

    rows = [
        {
            **now.model_dump(mode="json"),
            "before": before.id if before else None,
            "changes": list(changes(before, now)) if before else [],
        }
        for now, before in with_changes(listed.entries)
    ]
    return written(rows[-limit:][::-1])


def _wrong_times(entries: tuple[Entry, ...], now: datetime) -> Iterator[str]:
    """Say of which runs the clock must have been wrong."""
    from audit.jobs.runfile import wrong_time

    for entry in entries:
        odd = wrong_time(entry.started_at, now)
        if odd:
            yield f"run {entry.id}: {odd}"
