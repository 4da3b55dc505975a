"""Tells how each line of a checklist stands after a run. Pure; a line never holds without evidence."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fnmatch import fnmatchcase
from typing import Any

from audit.checks import RULES
from audit.checks.grounds import Grounds, answer
from audit.errors import SpecError, unknown
from audit.model import Finding, Location, Readiness, ReadinessLine, Run, Verdict
from audit.scan.files import Reason
from audit.spec.readiness import FILE, Answers, Code, Item, Observed, Uses
from audit.spec.statements import Person, Statement

Told = tuple[Readiness, str]
# What decides where several parts back one line: the first of these.
ORDER = (Readiness.FAILS, Readiness.NOT_LOOKED_AT, Readiness.NEEDS_A_PERSON, Readiness.HOLDS)
# Rules that judge by a plan, and are silent without one.
BY_PLAN = frozenset({"plan-gated", "interval-gated"})
MOST_PLACES = 3


def evaluate(
    items: tuple[Item, ...], grounds: Grounds, ignored: Collection[str] = ()
) -> tuple[ReadinessLine, ...]:
    """Return every line with its status; ``ignored`` are the rules that the scan was told to leave out."""
    return tuple(_line(item, grounds, frozenset(ignored)) for item in items)


def check_rules(items: tuple[Item, ...]) -> None:
    """Raise SpecError where a line names a rule that does not exist: it would hold for ever."""
    for item in items:
        for one in item.by:
            for rule in one.rules if isinstance(one, Answers | Code) else ():
                if rule not in RULES:
                    raise SpecError(f"{FILE}: {item.id}: {unknown('rule', rule, sorted(RULES))}")


def _line(item: Item, grounds: Grounds, ignored: frozenset[str]) -> ReadinessLine:
    told = [_told(one, grounds, ignored) for one in item.by]
    return ReadinessLine(
        id=item.id,
        checklist=item.checklist,
        says=item.says,
        source=Location(file=item.document, line=item.line),
        status=min((status for status, _ in told), key=ORDER.index),
        evidence="; ".join(evidence for _, evidence in told),
    )


def _told(one: Statement, grounds: Grounds, ignored: frozenset[str]) -> Told:
    if isinstance(one, Code):
        return code(one, grounds, ignored)
    return JUDGES[type(one)](one, grounds)


def code(one: Code, grounds: Grounds, ignored: frozenset[str]) -> Told:
    """Whether the scan found nothing by the rules, and whether it could have."""
    run = grounds.run
    if run is None or run.scanned is None:
        return Readiness.NOT_LOOKED_AT, "no code was scanned"
    rules = ", ".join(one.rules)
    hits = [row for row in run.findings if row.location is not None and _is_meant(one, row)]
    if hits:
        return Readiness.FAILS, f"{_counted(len(hits), 'finding')} of {rules}: {_places(hits)}"
    if hole := _hole(one, run, ignored):
        return Readiness.NOT_LOOKED_AT, hole
    read = f"{_counted(len(run.uses), 'use')} in {_counted(run.scanned.read, 'file')}"
    return Readiness.HOLDS, f"{read}, no finding of {rules}"


def _hole(one: Code, run: Run, ignored: frozenset[str]) -> str | None:
    """Why no finding does not mean that there is nothing to find."""
    scanned = run.scanned
    if not run.uses or scanned is None:
        return "the code makes no use of the API"
    if out := sorted(ignored & set(one.rules)):
        return f"the settings leave out {', '.join(out)}"
    if scanned.known:
        return f"{_counted(scanned.known, 'known finding')} left out by the baseline"
    unjudged = sum(scanned.skipped.get(reason, 0) for reason in (Reason.TIMED_OUT, Reason.FAILED))
    if unjudged:
        return f"{_counted(unjudged, 'file')} could not be judged"
    if BY_PLAN & set(one.rules) and not (run.plan.detected or run.plan.declared):
        return "no plan is known to judge the code by"
    return None


def answers(one: Answers, grounds: Grounds) -> Told:
    """Whether the checks of the live answers found nothing by the rules."""
    run, rules = grounds.run, ", ".join(one.rules)
    rows = run.findings if run else ()
    hits = [row for row in rows if row.location is None and row.rule in one.rules]
    if hits:
        named = sorted({hit.operation for hit in hits if hit.operation})[:MOST_PLACES]
        at = f": {', '.join(named)}" if named else ""
        return Readiness.FAILS, f"{_counted(len(hits), 'finding')} of {rules} in the answers{at}"
    seen = sum(row.verdict is Verdict.AVAILABLE for row in grounds.everything)
    if not seen or not grounds.live:
        return Readiness.NOT_LOOKED_AT, _not_live(grounds, bool(seen))
    return Readiness.HOLDS, f"{_counted(seen, 'answer')} with rows, no finding of {rules}"


def observed(one: Observed, grounds: Grounds) -> Told:
    """Whether the operation answered so."""
    rows = grounds.seen(one.operation)
    if not rows:
        return Readiness.NOT_LOOKED_AT, f"{one.operation} was not asked"
    if not grounds.live:
        return Readiness.NOT_LOOKED_AT, _not_live(grounds, seen=True)
    if not any(row.verdict is one.verdict for row in rows):
        return Readiness.FAILS, answer(rows[0])
    return Readiness.HOLDS, answer(next(row for row in rows if row.verdict is one.verdict))


def uses(one: Uses, grounds: Grounds) -> Told:
    """Whether the code asks the operation at all."""
    run = grounds.run
    if run is None or run.scanned is None:
        return Readiness.NOT_LOOKED_AT, "no code was scanned"
    if not run.uses:
        return Readiness.NOT_LOOKED_AT, "the code makes no use of the API"
    found = next((use for use in run.uses if use.operation == one.operation), None)
    if found is None:
        return Readiness.FAILS, f"none of {_counted(len(run.uses), 'use')} is of {one.operation}"
    return Readiness.HOLDS, f"{found.file}:{found.line} asks {one.operation}"


def person(one: Person, grounds: Grounds) -> Told:
    """What no machine can tell."""
    return Readiness.NEEDS_A_PERSON, one.why


JUDGES: dict[type[Statement], Callable[[Any, Grounds], Told]] = {
    Answers: answers,
    Observed: observed,
    Person: person,
    Uses: uses,
}


def _is_meant(one: Code, finding: Finding) -> bool:
    return finding.rule in one.rules and any(
        fnmatchcase(finding.operation or "", pattern) for pattern in one.operations
    )


def _not_live(grounds: Grounds, seen: bool) -> str:
    if not seen or grounds.run is None:
        return "nothing was answered with rows"
    return f"a {grounds.run.target.kind} was asked, which proves nothing of the live API"


def _places(hits: list[Finding]) -> str:
    places = [hit.location for hit in hits if hit.location is not None]
    shown = [f"{place.file}:{place.line}" if place.line else place.file for place in places]
    rest = f" and {len(shown) - MOST_PLACES} more" if len(shown) > MOST_PLACES else ""
    return f"{', '.join(shown[:MOST_PLACES])}{rest}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
