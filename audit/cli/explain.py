"""`explain`: what a rule means."""

from __future__ import annotations

import click

from audit.cli import values


@click.command()
@click.argument("rule", required=False, shell_complete=values.rules)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of run.json instead.")
def command(rule: str | None, schema: bool) -> int:
    """Tell what RULE means, with an example and the remedy; without RULE, list the rules."""
    from audit.checks import RULES
    from audit.cli.screen import lay
    from audit.errors import UsageError, unknown

    if schema:
        if rule is not None:
            raise UsageError("--schema is about run.json, not about a rule; give one of the two")
        from audit.report.schema import run_schema_text

        click.echo(run_schema_text(), nl=False)
        return 0
    if rule is None:
        width = max(map(len, RULES))
        for name, known in sorted(RULES.items()):
            lay(known.summary, first=f"{name:<{width}}  {known.severity:<7}  ", rest=" " * (width + 11))
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
        lay(text, first=f"{title + ':':<9}", rest=" " * 9)
    _show_failing(rule)
    return 0


def _show_failing(rule: str) -> None:
    """Print what fails a rule, where the shipped description has something."""
    from textwrap import indent

    from audit.report.catalogue import failing
    from audit.spec.catalog import default_folder, load
    from audit.spec.failures import load_failures

    failure = load_failures(default_folder()).get(rule)
    if failure is not None:
        told, text = failing(failure, load().provider.key_variable if failure.key else "")
        click.echo(f"\n{told.replace('`', '')}\n\n{indent(text, '  ')}")
