"""unchecked-envelope: code takes the data of an answer without looking whether it is one."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.legacy_field import Origins, place
from audit.checks.missing_timeout import calls, roots, sends
from audit.checks.reliance import Reliance
from audit.checks.rule import Rule
from audit.model import Finding, Severity
from audit.scan.facts import Call, Name, Read, Text, walk
from audit.scan.source import Source

RULE = Rule(
    id="unchecked-envelope",
    severity=Severity.WARNING,
    summary="Code reads the data of an answer and never looks at its code.",
    why="Refusals come over HTTP 200: unless the code is looked at, they seem to be an empty market.",
    example='rows = response.json()["data"]',
    remedy="Look at the code first, and stop with the message where it does not say success.",
)


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report the first unguarded read of each function."""
    source = reliance.source
    envelope = reliance.spec.provider.envelope
    sent = {place(send.call): send.library for send in sends(source)}
    used = {place(use.call): use.call for use in source.relied.uses if use.call is not None}
    looking = _lookers(source, {envelope.code, "success"})
    through = {at: call for at, call in used.items() if at not in sent and _own(call, source)}
    origins = Origins(source, frozenset(sent) | frozenset(through))
    told: set[int] = set()
    for span, (call, keys), key in origins.reads():
        # What axios calls data is the whole body.
        depth = 1 if sent.get(call) == "axios" else 0
        if key != envelope.data or keys != (envelope.data,) * depth:
            continue
        scope = _outermost(span.start, source)
        if scope in told or scope in looking:
            continue
        wrapper = through.get(call)
        if wrapper is not None and any(one in looking for one in _own(wrapper, source)):
            continue
        told.add(scope)
        yield reliance.finding(RULE, span, f"{envelope.data} is read, and nothing looks at {envelope.code}")


def _own(call: Call, source: Source) -> list[int]:
    """Return the bodies of the functions in this file that a call may reach."""
    name = call.callee[-1] if call.callee else ""
    return [function.scope for function in source.facts.functions if name and function.name == name]


def _outermost(offset: int, source: Source) -> int:
    """Return the named function around a place, for one that is passed to another belongs to it."""
    around = [one for one in source.facts.functions if one.span.start <= offset < one.span.end and one.name]
    return max(around, key=lambda one: one.span.start).scope if around else 0


def _lookers(source: Source, words: set[str]) -> set[int]:
    """Return the functions in which somebody looks at the outcome, or hands the answer to one who does."""
    facts = source.facts
    found: set[int] = set()
    for _, root in roots(source):
        for value in walk(root):
            if _looks(value, words):
                found.add(_outermost(value.span.start, source))
    checking = {one.name for one in facts.functions if one.scope in found and one.name}
    for call, _ in calls(source):
        if call.callee and call.callee[-1] in checking:
            found.add(_outermost(call.span.start, source))
    return found


def _looks(value: object, words: set[str]) -> bool:
    match value:
        case Read(_, key):
            return key in words
        case Name(path):
            return len(path) > 1 and path[-1] in words
        case Call(callee, arguments) if callee and arguments:
            first = arguments[0].value
            return isinstance(first, Text) and first.value in words
    return False
