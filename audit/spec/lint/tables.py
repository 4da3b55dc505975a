"""Rules about the tables beside the operations: plans, refusals, legacy routes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from audit.errors import SpecError
from audit.model import Verdict
from audit.spec.legacy import CONFIDENCES, Legacy, read_legacy
from audit.spec.legacy_params import FILE
from audit.spec.lint import renames
from audit.spec.lint.draft import Draft
from audit.spec.lint.problem import Problem, listed, rather, unreadable
from audit.spec.plans import Plan
from audit.spec.refusals import Refusals, Rule, Signs
from audit.spec.widths import is_width, seconds

# What each answer of the stand-in server says; it cannot play without them.
ANSWERS = {
    "plan": Verdict.PLAN_GATED,
    "interval": Verdict.INTERVAL_GATED,
    "key-missing": Verdict.UNAUTHORIZED,
    "key-wrong": Verdict.UNAUTHORIZED,
    "parameter-missing": Verdict.BAD_REQUEST,
    "parameter-bad": Verdict.BAD_REQUEST,
    "pair": Verdict.BAD_REQUEST,
    "path": Verdict.NOT_FOUND,
    "method": Verdict.NOT_FOUND,
    "rate": Verdict.RATE_LIMITED,
    "server": Verdict.SERVER_ERROR,
}
STATUSES = range(100, 600)


def check_plans(draft: Draft) -> Iterator[Problem]:
    """Each plan may do at least what the cheaper one before it may."""
    file, plans = "plans.yaml", draft.ladder.plans if draft.ladder else ()
    names = [plan.name for plan in plans]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield Problem(file, name, "the plan is listed twice", "keep one")
    for plan in plans:
        yield from _widths(plan, draft)
    for cheap, dear in pairwise(plans):
        few, many = cheap.requests_per_minute, dear.requests_per_minute
        if many is not None and (few is None or many <= few):
            remedy = "list plans cheapest first; leave the last ones null where nothing is published"
            found = f"{dear.name} has {many}, {cheap.name} {'no figure' if few is None else few}"
            yield Problem(
                file,
                f"{dear.name}/requests_per_minute",
                f"expected more than the plan below; {found}",
                remedy,
            )
        if dear.interval_floor and (
            not cheap.interval_floor or _finer(cheap.interval_floor, dear.interval_floor)
        ):
            below = cheap.interval_floor or "any width"
            found = f"{dear.name} begins at {dear.interval_floor}, {cheap.name} at {below}"
            remedy = "correct the floors, or the order of the plans"
            yield Problem(
                file, f"{dear.name}/interval_floor", f"a dearer plan cannot be coarser; {found}", remedy
            )
        yield from _reaches(cheap, dear)


def _finer(one: str, other: str) -> bool:
    return is_width(one) and is_width(other) and seconds(one) < seconds(other)


def _widths(plan: Plan, draft: Draft) -> Iterator[Problem]:
    file, known = "plans.yaml", draft.provider.intervals if draft.provider else ()
    floor = plan.interval_floor
    if floor is not None and floor not in known:
        remedy = f"x-provider.intervals in openapi.yaml has {listed(known)}"
        yield Problem(
            file, f"{plan.name}/interval_floor", f"{floor} is not among the provider's intervals", remedy
        )
    for width in plan.history or {}:
        place = f"{plan.name}/history/{width}"
        if width != "all" and not is_width(str(width)):
            yield Problem(
                file, place, f"expected an interval, found {width}", "write it as 4h, or `all` for the rest"
            )
        elif floor and width != "all" and _finer(str(width), floor):
            remedy = "drop the row or lower the floor"
            yield Problem(
                file, place, f"finer than the floor of {floor}, so it can never be asked for", remedy
            )


def _reaches(cheap: Plan, dear: Plan) -> Iterator[Problem]:
    for width, reach in (dear.history or {}).items():
        below = (cheap.history or {}).get(width, 0)
        if reach is not None and (below is None or below > reach):
            remedy = "correct the one or the other"
            message = f"a dearer plan cannot reach back less than {cheap.name} does"
            yield Problem("plans.yaml", f"{dear.name}/history/{width}", message, remedy)


def check_refusals(draft: Draft) -> Iterator[Problem]:
    """Every rule can be reached, and every answer of the sandbox is read as what it says."""
    if draft.refusals is None:
        return
    file, rules = "refusals.yaml", draft.refusals.rules
    names = [rule.id for rule in rules]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield Problem(file, f"rules/{name}", "two rules have this id", "give each its own")
    for place, rule in enumerate(rules):
        earlier = next((other for other in rules[:place] if covers(other, rule)), None)
        if earlier is not None:
            remedy = f"move it before {earlier.id}, or remove it"
            yield Problem(
                file, f"rules/{rule.id}", f"can never decide: {earlier.id} holds whenever it does", remedy
            )
    yield from _answers(draft.refusals)


def covers(earlier: Rule, later: Rule) -> bool:
    """Whether the earlier rule holds for every answer that the later one holds for."""
    if earlier.worked is not None and earlier.worked != later.worked:
        return False
    if not _accepted(later) <= _accepted(earlier):
        return False
    for wide, narrow in ((earlier.contents, later.contents), (earlier.codes, later.codes)):
        if wide and (not narrow or not narrow <= wide):
            return False
    if not earlier.words:
        return True
    return bool(later.words) and all(any(word in longer for word in earlier.words) for longer in later.words)


def _accepted(rule: Rule) -> frozenset[int]:
    if not rule.statuses and not rule.classes:
        return frozenset(STATUSES)
    return frozenset(
        status for status in STATUSES if status in rule.statuses or status // 100 in rule.classes
    )


def _answers(refusals: Refusals) -> Iterator[Problem]:
    file = "refusals.yaml"
    for name in refusals.answers.keys() - ANSWERS.keys():
        yield Problem(file, f"answers/{name}", "the sandbox makes no such answer", rather(name, ANSWERS))
    for name, verdict in ANSWERS.items():
        answer = refusals.answers.get(name)
        if answer is None:
            yield Problem(
                file, f"answers/{name}", "expected this answer, found none", "add it; the sandbox needs it"
            )
            continue
        for http in dict.fromkeys((answer.http, 200)):
            for worked in (False, True):
                rule = refusals.classify(Signs(http, "json", answer.code, answer.message, worked))
                if rule.verdict is not verdict:
                    told = " by a key that has worked" if worked else ""
                    message = (
                        f"with status {http}{told} expected {verdict}, found {rule.verdict} (rule {rule.id})"
                    )
                    yield Problem(
                        file, f"answers/{name}", message, "correct the answer, or the rule that reads it"
                    )


def check_legacy(draft: Draft) -> Iterator[Problem]:
    """Replacements exist, no route stands twice, what never existed is not listed as having existed."""
    if not draft.documents.has(FILE):
        return
    try:
        legacy = read_legacy(draft.documents.read(FILE))
    except SpecError as error:
        yield unreadable(error)
        return
    paths = [entry.path for entry in draft.entries]
    yield from _routes(legacy, paths)
    yield from renames.check(draft, legacy)
    for place, others in (("never_existed", legacy.never_existed), ("undocumented", legacy.undocumented)):
        for other in others:
            if other.path in paths:
                remedy = "drop it here"
                yield Problem(FILE, f"{place}/{other.path}", "openapi.yaml has this path", remedy)
            if other.current is not None and other.current not in paths:
                yield Problem(
                    FILE,
                    f"{place}/{other.path}",
                    f"{other.current} is not in openapi.yaml",
                    rather(other.current, paths),
                )


def _routes(legacy: Legacy, paths: list[str]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for route in legacy.routes:
        place = f"routes/{route.version}/{route.path}"
        key = (route.version, route.path.lower().rstrip("/"))
        seen[key] = seen.get(key, 0) + 1
        if seen[key] == 2:
            yield Problem(
                FILE, place, "the route is listed twice", "keep one; name further replacements in `also`"
            )
        for target in (route.current, *route.alternatives):
            if target is not None and target not in paths:
                yield Problem(FILE, place, f"{target} is not a path of openapi.yaml", rather(target, paths))
        if route.current in route.alternatives:
            yield Problem(
                FILE, place, f"{route.current} stands among its own alternatives", "drop it from `also`"
            )
        if (route.confidence == "none") != (route.current is None):
            message = (
                f"confidence {route.confidence} does not go with the replacement {route.current or 'none'}"
            )
            yield Problem(
                FILE, place, message, f"`none` means no replacement; else one of {listed(CONFIDENCES)}"
            )
        if route.confidence in ("closest", "none") and not route.note:
            yield Problem(
                FILE, place, f"confidence {route.confidence} needs a note, found none", "say what differs"
            )
