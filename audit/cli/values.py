"""What a shell may complete as the value of an option or argument; nothing where that cannot be told."""

from __future__ import annotations

import click

from audit.errors import AuditError


def rules(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Return the rules whose name begins so."""
    from audit.checks import RULES

    return sorted(name for name in RULES if name.startswith(begun))


def formats(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Return the formats whose name begins so."""
    from audit.report.formats import FORMATS

    return [name for name in FORMATS if name.startswith(begun)]


def plans(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Return the plans whose name begins so, cheapest first."""
    from audit.spec.catalog import load

    try:
        return [name for name in load(context.params.get("spec")).ladder.names if name.startswith(begun)]
    except AuditError:
        return []


def presets(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Return the presets whose name begins so."""
    from audit.spec.catalog import default_folder
    from audit.spec.presets import load_presets

    try:
        known = load_presets(context.params.get("spec") or default_folder())
    except AuditError:
        return []
    return [name for name in known.presets if name.startswith(begun)]
