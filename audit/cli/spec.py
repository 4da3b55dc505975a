"""`spec`: list, show, look up and lint the description of the API."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.cli.groups import Group
from audit.cli.options import SPEC
from audit.errors import Exit, UsageError

if TYPE_CHECKING:
    from audit.spec.catalog import Spec
    from audit.spec.operations import Operation

FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="Text for people or JSON for programs.",
)  # fmt: skip


@click.group(cls=Group)
def command() -> None:
    """List, show, look up and lint the description of the API."""


@command.command("list")
@SPEC
@FORMAT
@click.option(
    "--only", multiple=True, metavar="GLOB", help="Only operations and channels whose name matches."
)
@click.option("--plan", metavar="NAME", help="Only operations and channels that this plan may use.")
def list_operations(spec: Path | None, form: str, only: tuple[str, ...], plan: str | None) -> int:
    """List the operations and channels with the cheapest plan that may use each."""
    from fnmatch import fnmatchcase

    from audit.spec.catalog import load
    from audit.spec.channels import load_stream
    from audit.spec.describe import channel_listing, channel_overview, listing, overview

    description = load(spec)
    stream = load_stream(description.folder, description.ladder)
    channels = stream.select(only) if stream else ()
    # A pattern that only a channel matches need not match an operation.
    asked = tuple(
        pattern
        for pattern in only
        if not (stream and stream.select((pattern,)))
        or any(fnmatchcase(name, pattern) for name in description.operations)
    )
    chosen = description.select(asked) if asked or not only else ()
    if plan is not None:
        plan = description.ladder.get(plan).name
        chosen = tuple(operation for operation in chosen if operation.allowed(description.ladder, plan))
        channels = tuple(channel for channel in channels if channel.allowed(description.ladder, plan))
    if form == "json":
        _echo_json(listing(description, chosen) | {"channels": channel_listing(channels, description.ladder)})
    else:
        parts = [part for part in (overview(chosen, plan), channel_overview(channels)) if part]
        click.echo("\n\n".join(parts) or f"{plan} may call none of them")
    return Exit.CLEAN


@command.command()
@click.argument("operation")
@SPEC
def show(operation: str, spec: Path | None) -> int:
    """Show all that is promised of OPERATION, given by name or by path, or of a channel."""
    from audit.spec.catalog import load
    from audit.spec.channels import load_stream
    from audit.spec.describe import show as text_of
    from audit.spec.describe import show_channel

    description = load(spec)
    stream = load_stream(description.folder, description.ladder)
    channel = stream.find(operation) if stream else None
    if stream and channel:
        click.echo(show_channel(description, stream, channel))
    else:
        click.echo(text_of(description, _find(description, operation)))
    return Exit.CLEAN


@command.command()
@click.argument("legacy_path")
@SPEC
def lookup(legacy_path: str, spec: Path | None) -> int:
    """Tell what replaces LEGACY_PATH, a path or address of any API version."""
    from audit.spec.catalog import default_folder, load
    from audit.spec.describe import lookup as text_of
    from audit.spec.legacy import load_legacy

    description = load(spec)
    legacy = load_legacy(spec or default_folder())
    if not legacy_path.strip(" /"):
        raise UsageError("an empty path; give one such as /api/futures/history, or a whole address")
    found = legacy.find(legacy_path, [operation.path for operation in description.operations.values()])
    if not found.matches:
        near = f"; nearest: {', '.join(found.near)}" if found.near else "; `spec list` shows the current ones"
        raise UsageError(f"no version has a path {_short(found.path)!r}{near}")
    click.echo(text_of(description, legacy, found))
    return Exit.CLEAN


@command.command()
@SPEC
@FORMAT
def lint(spec: Path | None, form: str) -> int:
    """Check the whole description: OpenAPI 3.1, its own vocabulary, and what must agree."""
    from audit.spec.catalog import default_folder
    from audit.spec.describe import plain
    from audit.spec.lint import lint as check

    folder = spec or default_folder()
    problems = check(folder)
    if form == "json":
        _echo_json({"problems": [vars(problem) for problem in problems]})
    else:
        for problem in problems:
            click.echo(plain(str(problem)))
        count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}" if problems else "clean"
        click.echo(f"{folder.name}: {count}")
    return Exit.FINDINGS if problems else Exit.CLEAN


def _find(description: Spec, asked: str) -> Operation:
    from audit.spec.legacy import split

    if "/" not in asked:
        return description.operation(asked)
    path = split(asked)[1]
    prefix = description.provider.path_prefix.rstrip("/").lower()
    for operation in description.operations.values():
        if operation.path.lower() in (path, prefix + path):
            return operation
    raise UsageError(
        f"no operation has the path {_short(path)!r}; `spec lookup` knows earlier ones and near misses"
    )


def _short(text: str) -> str:
    return text if len(text) <= 100 else text[:99] + "…"


def _echo_json(value: object) -> None:
    import json

    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
