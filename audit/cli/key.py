"""`key`: which plan is this key."""

from __future__ import annotations

import json
from typing import Any

import click

from audit.cli.options import BASE_URL, FAULT, NO_COLOR, PLAN, QUIET, SANDBOX, SEED, SPEC, TIMEOUT, options


@click.command()
@options(SPEC, PLAN, BASE_URL, SANDBOX, TIMEOUT, SEED, FAULT, QUIET, NO_COLOR)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(form: str, **given: Any) -> int:
    """Tell which plan a key has, proved three ways, with at most five requests.

    The account answers with a level, every answer states a limit, and one witness operation per
    plan boundary shows what the key can really open.
    """
    from pathlib import Path

    from audit.cli import session
    from audit.errors import Exit
    from audit.jobs.probing import check_key
    from audit.jobs.settings import aim, find_key
    from audit.model import Severity
    from audit.spec.catalog import load

    spec = load(given["spec"])
    key = None if given["sandbox"] else find_key(spec.provider.key_variable, Path.cwd())
    settings = session.settings_from(given, None)
    target = aim(settings, spec, key)
    if not given["quiet"]:
        session.announce(session.say, spec, target, given["sandbox"])
    audited = check_key(spec, settings, target)
    run = audited.run
    facts = audited.key
    if form == "json":
        click.echo(
            json.dumps(
                {"target": run.target.model_dump(mode="json"), **facts.model_dump(mode="json")}, indent=2
            )
        )
    else:
        _print(run, spec.provider.key_variable)
    if facts.plan is None:
        return Exit.INCOMPLETE
    wrong = [finding for finding in run.findings if finding.severity is Severity.ERROR]
    return Exit.FINDINGS if wrong else Exit.CLEAN


def _print(run: Any, variable: str) -> None:
    from audit.cli.screen import lay, tell
    from audit.model import Verdict

    facts = run.key
    tell(f"plan      {facts.plan or 'not known'}  ({run.target.kind}, {run.target.base_url})", err=False)
    if facts.requests_per_minute is not None:
        tell(f"limit     {facts.requests_per_minute} requests a minute", err=False)
    if facts.expires_at:
        tell(f"expires   {facts.expires_at}{'  EXPIRED' if facts.expired else ''}", err=False)
    for proof in facts.proofs:
        lay(f"  by {proof.way:<13} {proof.plan or 'not known':<13} {proof.evidence}", rest=" " * 33)
    if facts.plan is None:
        lost = any(one.verdict is Verdict.UNREACHABLE for one in run.observations)
        # Where nothing answered, the key was never looked at.
        todo = "Check the network and the address." if lost else f"Check {variable}."
        tell(f"error: {run.decision.reasons[0]} {todo}")
    elif facts.agree:
        tell("the three proofs agree", err=False)
    for finding in run.findings:
        lay(f"{finding.severity}: {finding.rule}: {finding.message}", rest="  ")
        if finding.remedy:
            lay(finding.remedy, first="  ", rest="  ")
