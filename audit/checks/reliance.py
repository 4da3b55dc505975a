"""What a source file relies on, with all that the checks need to judge it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from audit.checks.observed import Observed
from audit.checks.rule import Rule
from audit.model import Finding, Severity
from audit.scan.facts import Span
from audit.scan.sends import Send, sends
from audit.scan.source import Source
from audit.scan.uses import Use
from audit.spec.catalog import Spec
from audit.spec.legacy import Route
from audit.spec.operations import Operation
from audit.spec.plans import Plan

# Characters of a line that are looked at for keys; far fewer are shown.
MAX_LINE = 2000


@dataclass(frozen=True)
class Reliance:
    """A file beside the promise.

    ``plan`` is what the code will run on, None where nobody said. ``observed`` is what a Run saw on
    that plan; it outweighs the promise.
    """

    source: Source
    spec: Spec
    plan: Plan | None = None
    observed: Observed | None = None

    @cached_property
    def sends(self) -> tuple[Send, ...]:
        """Every call that sends a request to the API."""
        return tuple(sends(self.source))

    def known(self) -> Iterator[tuple[Use, Meaning, Operation]]:
        """Yield each use that an operation of today serves, with what it means."""
        for use in self.source.relied.uses:
            meant = meaning(use, self.spec)
            if meant is not None and meant.operation is not None:
                yield use, meant, meant.operation

    def shown(self, line: str) -> str:
        """Return a line of the file as it may be shown: without its indentation, with each key shortened."""
        # That rule is one of those that import this.
        from audit.checks.secret import looks_like_key, masked, shortened

        for key in self.source.heard.keys:
            if looks_like_key(key.text):
                line = line.replace(key.text, shortened(key.text))
        return masked(line, self.source.atlas).strip()

    def finding(self, rule: Rule, span: Span, message: str, **more: object) -> Finding:
        """Return a finding at a place in the file."""
        location = self.source.lines.location(self.source.name, span.start)
        severity = more.pop("severity", rule.severity)
        assert isinstance(severity, Severity)  # noqa: S101 - callers give a Severity or none
        # Whatever a finding is about, a key beside it is not repeated.
        line = self.shown(_beginning(self.source.lines.text(location.line or 1)))
        evidence = more.pop("evidence", line if len(line) <= 160 else line[:159] + "…")
        return Finding.model_validate(
            {
                "rule": rule.id,
                "severity": severity,
                "message": message,
                "location": location,
                "evidence": evidence,
                "remedy": more.pop("remedy", None) or rule.remedy,
                **more,
            }
        )


def _beginning(line: str) -> str:
    """Return what may be shown of a line, without half a word at its end: that could be half a key."""
    line = line.strip()
    return line if len(line) <= MAX_LINE else re.sub(r"[\w-]+\Z", "", line[:MAX_LINE]) + "…"


@dataclass(frozen=True)
class Meaning:
    """What one use means today: the operation it is, or the route and the operation that replaces it."""

    operation: Operation | None
    route: Route | None


def meaning(use: Use, spec: Spec) -> Meaning | None:
    """Return what a use means; None where its path is known to nobody, or could be several things.

    A path that lives on in today's API means the earlier route where the host says so, or where it
    is given parameters that only the earlier one had.
    """
    if len(use.known) != 1:
        return None
    known = use.known[0]
    older = use.host is not None and not use.host.current
    if (
        known.operation is not None
        and not (older and known.routes)
        and not _speaks_old(use, known.operation, known.routes)
    ):
        return Meaning(known.operation, None)
    if not known.routes:
        return Meaning(known.operation, None) if known.operation else None
    routes = sorted(known.routes, key=lambda route: use.host is None or route.version != use.host.version)
    route = routes[0]
    by_path = {operation.path: operation for operation in spec.operations.values()}
    return Meaning(by_path.get(route.current or ""), route)


def accepted(name: str, meant: Meaning) -> str:
    """Return the present name of a parameter as sent; an earlier route's renames are followed."""
    if meant.route is not None:
        change = meant.route.params.get(name)
        if change is not None:
            return change.to or name
    return name


def _speaks_old(use: Use, operation: Operation, routes: tuple[Route, ...]) -> bool:
    """Whether the parameters are those of an earlier route, and not of the operation of that path."""
    if not routes or (use.host is not None and use.host.current):
        return False
    names = {param.name for param in use.parameters.given}
    today = {parameter.name for parameter in operation.parameters}
    return bool(names - today) and any(names - today <= set(route.params) for route in routes)
