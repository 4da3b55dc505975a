"""legacy-host: code that talks to a host of an earlier version."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.reliance import Reliance
from audit.checks.rule import Rule
from audit.model import Finding, Severity

RULE = Rule(
    id="legacy-host",
    severity=Severity.ERROR,
    summary="Code names a host of an earlier version of the API.",
    why="Earlier hosts are being retired: one of them answers 500 to everything.",
    example='BASE = "https://open-api-v3.example.com"',
    remedy="Put the present host in its place; the paths behind it change as well.",
)


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report each place where an earlier host stands."""
    present = reliance.source.atlas.current_host
    for use in reliance.source.relied.hosts:
        if not use.host.current and not use.host.websocket:
            what = f"a host of {use.host.version}" if use.host.documented else use.host.about
            yield reliance.finding(
                RULE,
                use.span,
                f"{use.text} is {what}; the present one is {present}",
                legacy=use.text,
                replacement=present,
                certain=use.certain,
                remedy=f"Put {present} in its place; the paths behind it change as well."
                if use.host.documented
                else f"Ask {present} for what is documented; it wants a key.",
            )
