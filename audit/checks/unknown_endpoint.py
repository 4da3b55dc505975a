"""unknown-endpoint: the API has nothing at a path."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.plan_mismatch import said
from audit.checks.reliance import Reliance
from audit.checks.rule import Rule
from audit.checks.seen import Judged
from audit.model import Finding, Severity, Verdict
from audit.scan.atlas import HOLE
from audit.spec.legacy import Legacy

RULE = Rule(
    id="unknown-endpoint",
    severity=Severity.ERROR,
    summary="A path is not served.",
    why="Paths were renamed between versions; an old or misremembered one answers 404 for ever.",
    example="/api/futures/basis instead of /api/futures/basis/history.",
    remedy="Find the present path with `coinglass-audit spec lookup PATH`.",
)


def check(seen: Judged) -> Iterator[Finding]:
    """Report a documented path that is not there."""
    if seen.observation.verdict is Verdict.NOT_FOUND:
        yield RULE.finding(
            f"documented, but the API knows no {seen.observation.method} {seen.observation.path}",
            operation=seen.operation.id,
            evidence=f"{seen.request} -> {said(seen)}",
            remedy="Check the base URL; if it is right, the operation has gone: correct the description.",
        )


def check_code(reliance: Reliance) -> Iterator[Finding]:
    """Report paths in code that no version of the API ever had, or that stand in no document."""
    paths = [operation.path for operation in reliance.spec.operations.values()]
    for use in reliance.source.relied.uses:
        known = use.known[0] if len(use.known) == 1 else None
        if not use.here:
            continue
        if use.known and (known is None or known.stray is None or known.operation or known.routes):
            continue
        stray = known.stray if known else None
        told_so = stray.current if stray else None
        near = told_so or _nearest(use.path, paths, reliance.source.atlas.legacy)
        documented = stray is None or stray.kind == "never-existed"
        told = "no such endpoint" if documented else "known to the provider's export, not documented"
        remedy = f"The nearest documented path is {near}." if near else None
        if stray is None and use.host is not None and not use.host.documented:
            told = f"no documented endpoint; {use.host.name} is {use.host.about}"
            remedy = f"Nothing documented stands behind it. {remedy or ''}".rstrip()
        yield reliance.finding(
            RULE,
            use.anchor,
            f"{use.path}: {told}",
            severity=Severity.ERROR if documented else Severity.WARNING,
            legacy=use.path,
            replacement=near,
            certain=use.certain and (near is None or told_so is not None),  # a likeness is a guess
            remedy=remedy,
        )
    yield from _streams(reliance)


def _streams(reliance: Reliance) -> Iterator[Finding]:
    """Report addresses of the stream that are none."""
    heard = reliance.source.heard
    stream = reliance.spec.stream if heard.addresses else None
    if stream is None:
        return
    for address in heard.addresses:
        if address.fault is None:
            continue
        told = {
            "mistaken": "refuses the connection",
            "host": "stands in no document",
            "path": "stands in no document",
            "scheme": f"does not begin with {stream.url.partition(':')[0]}",
        }[address.fault]
        yield reliance.finding(
            RULE,
            address.anchor,
            f"{address.url.replace(HOLE, '…')} {told}; the stream is at {stream.url}",
            legacy=address.url.replace(HOLE, "{}"),
            replacement=stream.url,
            certain=address.certain,
            remedy=f"Connect to {stream.url}, with the key as {stream.key_query} in the query.",
        )


def _nearest(path: str, current: list[str], legacy: Legacy) -> str | None:
    """Return the documented path that looks most alike, or that stands for an earlier one which does."""
    today = {name: name for name in current}
    earlier = {stray.path: stray.current for stray in (*legacy.undocumented, *legacy.never_existed)}
    earlier |= {route.path: route.current for route in legacy.routes}
    found = (today.get(name) or earlier.get(name) for name in legacy.near(path, current))
    return next((name for name in found if name is not None), None)
