"""legacy-endpoint: code that asks for a path of an earlier version."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.reliance import Reliance, meaning
from audit.checks.rule import Rule
from audit.model import Finding, Severity

RULE = Rule(
    id="legacy-endpoint",
    severity=Severity.ERROR,
    summary="Code asks for a path that an earlier version had, or that never was the API's own.",
    why="Nearly every path was renamed: the old one answers 404, or means something else today.",
    example='get("/api/futures/openInterest/ohlc-history")',
    remedy="Ask for the path that replaces it; look at the renamed parameters and fields too.",
)


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report each use of an earlier route, with what replaces it."""
    for use in reliance.source.relied.uses:
        meant = meaning(use, reliance.spec)
        if not use.here or meant is None or meant.route is None:
            continue
        route = meant.route
        # A route of that very host, and not one that was only asked of it.
        apart = (
            use.host if use.host and not use.host.documented and use.host.version == route.version else None
        )
        if route.current == route.path and apart is None:
            continue
        certain = use.certain and route.confidence in ("documented", "same-resource")
        if route.current is None:
            told = f"{route.path} has no equal today"
            remedy = route.note or "Compose it from other operations."
            if route.alternatives:
                remedy += f" Look at {', '.join(route.alternatives)}."
        else:
            told = f"{route.path} is {route.current} today"
            if apart is not None:
                told = f"{route.path} of {apart.name} stands in no document; the API has {route.current}"
            remedy = f"Ask for {route.current}" + (f": {route.note}." if route.note else ".")
        yield reliance.finding(
            RULE,
            use.anchor,
            told,
            operation=meant.operation.id if meant.operation else None,
            legacy=route.path,
            replacement=route.current,
            certain=certain,
            remedy=remedy,
        )
