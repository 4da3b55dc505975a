"""`explain`: what a rule means."""

from __future__ import annotations

import click


@click.command()
@click.argument("rule", required=False)
def command(rule: str | None) -> int:
    """Tell what RULE means, with an example and the remedy; without RULE, list the rules."""
    from audit.checks import RULES
    from audit.errors import unknown

    if rule is None:
        width = max(map(len, RULES))
        for name, known in sorted(RULES.items()):
            click.echo(f"{name:<{width}}  {known.severity:<7}  {known.summary}")
        return 0
    if rule not in RULES:
        raise unknown("rule", rule, sorted(RULES))
    known = RULES[rule]
    click.echo(f"{known.id} ({known.severity})\n")
    for title, text in (
        ("What", known.summary),
        ("Why", known.why),
        ("Example", known.example),
        ("Remedy", known.remedy),
    ):
        click.echo(click.formatting.wrap_text(f"{title + ':':<9}{text}", width=88, subsequent_indent=" " * 9))
    return 0
