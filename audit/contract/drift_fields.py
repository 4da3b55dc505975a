"""What moved in the fields of an answer: gone, new, renamed, of another type, unit or nullability. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from statistics import median

from audit.checks.drift import AddField, Move
from audit.checks.mismatches import one_line
from audit.checks.seen import Promised
from audit.contract.drift_plans import OPEN
from audit.contract.drift_shape import ANY_NAME, Field, Shape, documented_unit, moment_unit, types_of
from audit.contract.drift_sides import Answer, Side
from audit.model import Finding, Severity
from audit.spec.strictness import MOMENTS

_UNITS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
_JSON = {"number as text": "string", "text": "string", "true or false": "boolean", "list": "array"}
# A percentage is a hundred times the fraction; values move as well, so there is room on either side.
_HUNDRED = (40, 250)
_FEW = 3


def fields(operation: Promised, before: Answer, now: Answer) -> Iterator[Move]:
    """Compare the bodies of two answers to the same request; nothing without both."""
    old, new = before.shape, now.shape
    verdicts = {before.observation.verdict, now.observation.verdict}
    if old is None or new is None or (len(verdicts) > 1 and not verdicts <= set(OPEN)):
        return
    for parent in sorted(old.objects.keys() & new.objects.keys()):
        yield from _names(operation, parent, old, new, now.clock)
    for place in sorted(old.fields.keys() & new.fields.keys()):
        yield from _kinds(operation, old.fields[place], new.fields[place])
        yield from _units(operation, old.fields[place], new.fields[place], before.clock, now.clock)
    for path in sorted(old.even & new.uneven - old.uneven):
        told = f"lists of {path or 'the body'} that ran beside each other differ in length"
        yield _move(operation, told, Severity.ERROR, "all of one length", "of several lengths")


def faults(before: Side, now: Side) -> Iterator[Move]:
    """Compare what two Run files found about fields: they hold no bodies."""
    old, new = _places(before.faults), _places(now.faults)
    for place in sorted(new.keys() - old.keys()):
        rule, name, _ = place
        weight = Severity.NOTE if rule == "field-unknown" else Severity.ERROR
        yield Move(new[place].message, weight, f"no {rule}", f"{rule} in {now.label}", name)
    for place in sorted(old.keys() - new.keys()):
        rule, name, _ = place
        # A fault can also be gone because nobody looked again.
        if name in now.operations - now.unknown:
            told = f"no longer: {old[place].message}"
            yield Move(told, Severity.NOTE, f"{rule} in {before.label}", f"no {rule}", name)


def _places(found: Iterable[Finding]) -> dict[tuple[str, str, str], Finding]:
    """Findings about fields by rule, operation and place, which is the first word of the message."""
    return {(row.rule, row.operation or "", row.message.split(" ", 1)[0].rstrip(":")): row for row in found}


def _names(operation: Promised, parent: str, old: Shape, new: Shape, clock: float) -> Iterator[Move]:
    was = {name: one for (place, name), one in old.fields.items() if place == parent and name != ANY_NAME}
    now = {name: one for (place, name), one in new.fields.items() if place == parent and name != ANY_NAME}
    required = old.required.get(parent, frozenset())
    gone = [was[name] for name in sorted(was.keys() - now.keys())]
    added = [now[name] for name in sorted(now.keys() - was.keys())]
    for lost, found in _renamed(gone, added):
        gone.remove(lost)
        added.remove(found)
        told = f"{lost.path} is called {found.name} now"
        move = _move(operation, told, Severity.ERROR, _told(lost), _told(found), found, clock)
        yield replace(move, legacy=lost.name, replacement=found.name, certain=False)
    for lost in gone:
        weight = Severity.ERROR if lost.name in required or not lost.schema else Severity.WARNING
        optional = "" if weight is Severity.ERROR else ", which is described as optional,"
        yield _move(operation, f"{lost.path}{optional} is gone", weight, _told(lost), "absent")
    for found in added:
        yield _move(operation, f"{found.path} is new", Severity.NOTE, "absent", _told(found), found, clock)
    for name in sorted(was.keys() & now.keys()):
        always = was[name].seen == old.objects[parent] and now[name].seen < new.objects[parent]
        if always and (name in required or not was[name].schema):
            told = f"{was[name].path} is left out of some rows"
            sides = ("in every row", f"in {now[name].seen} of {new.objects[parent]}")
            yield _move(operation, told, Severity.ERROR, *sides)


def _kinds(operation: Promised, old: Field, new: Field) -> Iterator[Move]:
    if old.kinds and new.kinds and (strange := new.kinds - old.kinds):
        allowed = types_of(old.schema)
        documented = _types(strange) <= allowed | ({"number"} if "integer" in allowed else set())
        decimal = "text" in strange and old.schema.get("format") == "decimal"
        weight = Severity.WARNING if documented and not decimal else Severity.ERROR
        told = f"{new.path} is {_spelled(new.kinds)} now, was {_spelled(old.kinds)}"
        yield _move(operation, told, weight, _told(old), _told(new))
    # Where null is described, its absence from a few rows says nothing.
    if new.null and not old.null and not old.may_be_null and old.kinds:
        told = f"{new.path} may be null now"
        yield _move(operation, told, Severity.ERROR, "never null", f"null in {new.null} of {new.seen} rows")
    if old.null and not new.null and not old.may_be_null and new.kinds:
        yield _move(
            operation, f"{new.path} is no longer null", Severity.NOTE, "null in some rows", "never null"
        )


def _units(operation: Promised, old: Field, new: Field, then: float, now: float) -> Iterator[Move]:
    documented = documented_unit(old.schema) is not None
    was = moment_unit(old.numbers, then, documented)
    unit = moment_unit(new.numbers, now, documented)
    if was and unit and was != unit:
        told = f"{new.path} is in {_UNITS[unit]} now, was in {_UNITS[was]}"
        yield _move(operation, told, Severity.ERROR, _told(old), _told(new))
    elif was and not unit and documented and new.numbers:
        told = f"{new.path} is no longer in {_UNITS[was]} throughout"
        yield _move(operation, told, Severity.ERROR, _told(old), _told(new))
    elif old.schema.get("x-unit") in ("percent", "fraction") and (times := _scale(old, new)):
        told = f"{new.path} is about {times:.0f} times what it was: a fraction and a percentage, perhaps"
        if times < 1:
            told = (
                f"{new.path} is about 1/{1 / times:.0f} of what it was: a percentage and a fraction, perhaps"
            )
        move = _move(operation, told, Severity.WARNING, _told(old), _told(new))
        yield replace(move, certain=False)


def _scale(old: Field, new: Field) -> float | None:
    """How many times larger the values have become, where that is about a hundred and no value overlaps."""
    was, now = ([abs(number) for number in one.numbers if number] for one in (old, new))
    if min(len(was), len(now)) < _FEW:
        return None
    # A value that changes its sign comes near zero on the way; how large it is says nothing of its unit.
    if len({number > 0 for one in (old, new) for number in one.numbers if number}) > 1:
        return None
    apart = max(was) < min(now) or max(now) < min(was)
    times = median(now) / median(was)
    low, high = _HUNDRED
    return times if apart and (low <= times <= high or low <= 1 / times <= high) else None


def _renamed(gone: list[Field], added: list[Field]) -> list[tuple[Field, Field]]:
    """Pair fields that went with those that came: of one kind, and alike in values, place or name."""
    scored = sorted(
        (
            (score, lost.name, found.name)
            for lost in gone
            for found in added
            if (score := _alike(lost, found))
        ),
        reverse=True,
    )
    by_name = {one.name: one for one in (*gone, *added)}
    pairs: list[tuple[Field, Field]] = []
    taken: set[str] = set()
    for _, lost, found in scored:
        if not {lost, found} & taken:
            taken |= {lost, found}
            pairs.append((by_name[lost], by_name[found]))
    return pairs


def _alike(lost: Field, found: Field) -> float:
    """How likely it is that a field was renamed; 0 where it is not."""
    if not lost.kinds or not _types(lost.kinds) & _types(found.kinds):
        return 0
    name = SequenceMatcher(None, lost.name, found.name).ratio()
    score = name + 1.0 * (lost.place == found.place) + _overlap(lost, found)
    return score if score >= 1.5 or (score >= 1.0 and name >= 0.6) else 0


def _overlap(lost: Field, found: Field) -> float:
    """How much common values tell: the same words more than numbers of the same size."""
    if lost.texts & found.texts:
        return 1.5
    was, now = lost.numbers or _read(lost.texts), found.numbers or _read(found.texts)
    return 1.0 if was and now and max(min(was), min(now)) <= min(max(was), max(now)) else 0


def _read(texts: set[str]) -> list[float]:
    found = []
    for text in texts:
        try:
            found.append(float(text))
        except ValueError:
            continue
    return found


def _types(kinds: Iterable[str]) -> set[str]:
    return {_JSON.get(kind, kind) for kind in kinds}


def _spelled(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds)) or "null"


def _told(field: Field) -> str:
    """A field's kind and some of its values."""
    shown = sorted(field.texts)[:2] if field.texts else [f"{number:g}" for number in field.numbers[:2]]
    return f"{field.path}: {_spelled(field.kinds)}" + (
        f", such as {one_line(', '.join(shown))}" if shown else ""
    )


def _move(
    operation: Promised,
    told: str,
    weight: Severity,
    before: str,
    now: str,
    added: Field | None = None,
    clock: float = 0.0,
) -> Move:
    edit = _edit(operation, added, clock) if added else None
    # Names and values come from anywhere.
    told, before, now = (one_line(text, most=300) for text in (told, before, now))
    return Move(told, weight, before, now, operation.id, edit=edit)


def _edit(operation: Promised, added: Field, clock: float) -> AddField | None:
    """The field as an optional one; only what is a plain value is mechanical."""
    types = _types(added.kinds)
    if added.schema or not types or types & {"array", "object"} or added.name.startswith("["):
        return None
    time = moment_unit(added.numbers, clock, documented=False) if types == {"number"} else None
    if time in MOMENTS:
        types = {"integer"}
    null = {"null"} if added.null else set()
    known = time if time in MOMENTS else None
    return AddField(operation.id, added.parent, added.name, tuple(sorted(types | null)), known)
