"""missing-required-param: a call leaves out a parameter that the operation insists on."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.reliance import Reliance, accepted
from audit.checks.rule import Rule
from audit.model import Finding, Severity

RULE = Rule(
    id="missing-required-param",
    severity=Severity.ERROR,
    summary="A parameter that the operation requires is not sent.",
    why="The refusal comes over HTTP 200, so nothing fails until the data is missed.",
    example="aggregated liquidation history without exchange_list.",
    remedy="Send it; `coinglass-audit spec show OPERATION` has an example value.",
)


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report what is missing where all parameters of a call are in sight."""
    for use, meant, operation in reliance.known():
        if use.parameters.open or not use.parameters.known:
            continue
        sent = {accepted(param.name, meant) for param in use.parameters.given}
        missing = [p for p in operation.parameters if p.required and p.name not in sent]
        if missing:
            names = ", ".join(parameter.name for parameter in missing)
            examples = ", ".join(f"{p.name}={p.example}" for p in missing if p.example)
            yield reliance.finding(
                RULE,
                use.anchor,
                f"{operation.id} requires {names}",
                operation=operation.id,
                certain=use.certain and not use.chosen and meant.route is None,
                remedy=f"Send {examples or names}.",
            )
