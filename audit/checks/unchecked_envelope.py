"""unchecked-envelope: code takes the data of an answer without looking whether it is one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from audit.checks.reliance import Reliance
from audit.checks.rule import Rule
from audit.model import Finding, Severity
from audit.scan.facts import Call, Name, Read, Text, Value, roots, walk
from audit.scan.flow import Origins
from audit.scan.source import Source

RULE = Rule(
    id="unchecked-envelope",
    severity=Severity.WARNING,
    summary="Code reads the data of an answer and never looks at its code.",
    why="Refusals come over HTTP 200: unless the code is looked at, they seem to be an empty market.",
    example='rows = response.json()["data"]',
    remedy="Look at the code first, and stop with the message where it does not say success.",
)


_LINKS = (("then",), ("catch",), ("finally",))
# What an interceptor looks at, it looks at for every answer.
_EVERY = ("interceptors", "response", "use")
# What was caught has a code of its own.
_FAULT = re.compile(r"(?i)e|ex|exc|err|error|exception")


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report the first unguarded read of each function."""
    source = reliance.source
    envelope = reliance.spec.provider.envelope
    sent = {send.call.span: send.library for send in reliance.sends}
    used = {use.call.span: use.call for use in source.relied.uses if use.call is not None}
    through = {at: call for at, call in used.items() if at not in sent and _own(call, source)}
    if not sent and not through:
        return
    bodies = _Bodies(source)
    looking = _lookers(source, bodies, {envelope.code, "success", *envelope.messages})
    origins = Origins(source, frozenset(sent) | frozenset(through))
    told: set[int] = set()
    for span, (call, keys), key in origins.reads():
        # What axios calls data is the whole body.
        depth = 1 if sent.get(call) == "axios" else 0
        if key != envelope.data or keys != (envelope.data,) * depth:
            continue
        scope = bodies.around(span.start)
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


class _Bodies:
    """The functions that an answer is handled in: each named one, and each handler outside of those.

    A function that is passed to another belongs to the one around it, and a link of a chain to the chain.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        links = {
            one.value.span for call, _ in source.calls if call.callee[-1:] in _LINKS for one in call.arguments
        }
        self._functions = [one for one in source.facts.functions if one.name or one.span not in links]

    def around(self, offset: int) -> int:
        """Return the scope of the function that a place belongs to, 0 for the file itself."""
        around = [one for one in self._functions if one.span.start <= offset < one.span.end]
        named = [one for one in around if one.name]
        if named:
            return max(named, key=lambda one: one.span.start).scope
        return min(around, key=lambda one: one.span.start).scope if around else 0


def _lookers(source: Source, bodies: _Bodies, words: set[str]) -> set[int]:
    """Return the functions in which somebody looks at the outcome, or hands the answer to one who does."""
    facts = source.facts
    found: set[int] = set()
    for _, root in roots(source.facts):
        for value in walk(root):
            if _looks(value, words):
                found.add(bodies.around(value.span.start))
    checking = {one.name for one in facts.functions if one.scope in found and one.name}
    for call, _ in source.calls:
        if call.callee[-3:] == _EVERY and any(_looks(inner, words) for inner in _said(call, source)):
            return {0, *(one.scope for one in facts.functions)}
        if call.callee and call.callee[-1] in checking:
            found.add(bodies.around(call.span.start))
    return found


def _said(call: Call, source: Source) -> Iterator[Value]:
    """Yield every value inside a call, those of the functions it is given too."""
    for _, root in roots(source.facts):
        if call.span.start <= root.span.start < call.span.end:
            yield from walk(root)


def _looks(value: object, words: set[str]) -> bool:
    match value:
        case Read(base, key):
            return key in words and not (isinstance(base, Name) and _FAULT.fullmatch(base.path[0]))
        case Name(path):
            return len(path) > 1 and path[-1] in words and not _FAULT.fullmatch(path[0])
        case Call(callee, arguments) if callee and arguments:
            first = arguments[0].value
            return isinstance(first, Text) and first.value in words
    return False
