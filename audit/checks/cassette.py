"""cassette: a recorded answer cannot be used, is old, unused, or says more than it may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.checks.moments import span
from audit.checks.rule import Rule
from audit.model import Finding, Location, Severity

RULE = Rule(
    id="cassette",
    severity=Severity.ERROR,
    summary="A file of recorded answers cannot be relied on as it is.",
    why="Tests on recorded answers prove nothing where these are damaged, edited, out of date or never asked "
    "for, and a recording is public once it is committed.",
    example="cassettes/standard/options.json was recorded 120 d ago; --max-age allows 90 d.",
    remedy="Record the answers again with `record`.",
)
_NAMED = 3


@dataclass(frozen=True)
class Kept:
    """One file of recorded answers.

    ``fault`` is why it cannot be used, ``age`` and ``max_age`` are in seconds, ``leaks`` says where it holds
    what it must not, ``strangers`` are operations that the description does not have, ``unused`` the
    requests that nothing asked for; ``current`` is whether it was recorded with this description.
    """

    file: str
    fault: str | None = None
    age: float = 0.0
    max_age: float | None = None
    leaks: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    current: bool = True


def check(kept: Kept) -> Iterator[Finding]:
    """Report what is wrong with one file."""
    if kept.fault:
        yield _finding(kept, kept.fault)
    for leak in kept.leaks:
        yield _finding(
            kept, leak, remedy="Record it again, and replace the key at the provider if it was published."
        )
    if kept.strangers:
        yield _finding(kept, f"operations that the description does not have: {_named(kept.strangers)}")
    if kept.max_age is not None and kept.age > kept.max_age:
        told = f"recorded {span(kept.age)} ago; at most {span(kept.max_age)} are allowed"
        yield _finding(kept, told, Severity.WARNING)
    if kept.unused:
        told = f"nothing asked for {len(kept.unused)} of its answers: {_named(kept.unused)}"
        yield _finding(kept, told, Severity.WARNING)
    if not kept.current:
        yield _finding(kept, "recorded with another state of the description", Severity.WARNING)


def _named(rows: tuple[str, ...]) -> str:
    return ", ".join(rows[:_NAMED]) + (f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else "")


def _finding(
    kept: Kept, message: str, severity: Severity = Severity.ERROR, remedy: str | None = None
) -> Finding:
    found = RULE.finding(message, severity=severity, remedy=remedy)
    return found.model_copy(update={"location": Location(file=kept.file)})
