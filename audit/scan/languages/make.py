"""Makefiles: variables are assignments, recipes are read as shell."""

from __future__ import annotations

import re

from audit.scan import languages
from audit.scan.facts import Assign, Comment, Facts, Import, Joined, Name, Span, Value
from audit.scan.languages.embed import absorb, shifted
from audit.scan.languages.literals import piece
from audit.scan.languages.text import found

_VARIABLE = re.compile(
    rb"[ \t]*(?:(?:export|override|define)[ \t]+)*(?:[\w./%-]+:[ \t]+)?([\w.-]+)[ \t]*"
    rb"(\?|\+|::?:?|!)?=[ \t]*([^\r\n]*)"
)
_REFERENCE = re.compile(rb"\$[({](\w[\w.-]*)[)}]")
_LINE = re.compile(rb"(?:[^\r\n\\]|\\\r?\n|\\.)*\\?(?:\r?\n|\r|\Z)?")


def _value(raw: bytes, start: int, end: int) -> Value:
    """The value of a variable with references to others."""
    comment = re.search(rb"(?<!\\)[ \t]+#|^#", raw[start:end])
    end = start + comment.start() if comment is not None else end
    while end > start and raw[end - 1 : end].isspace():
        end -= 1
    whole = Span(start, end)
    parts: list[Value] = []
    at = start
    for match in _REFERENCE.finditer(raw, start, end):
        if match.start() > at:
            parts.append(piece(raw, at, match.start(), whole))
        parts.append(Name((match[1].decode("utf-8", "replace"),), Span(*match.span())))
        at = match.end()
    if not parts:
        return piece(raw, start, end, whole)
    if at < end:
        parts.append(piece(raw, at, end, whole))
    return Joined(tuple(parts), whole)


def _recipe(facts: Facts, raw: bytes, start: int, end: int) -> None:
    """A line of a recipe; references become those of a shell, byte for byte as long."""
    code = re.sub(rb"\$\((\w+)\)", rb"${\1}", raw[start:end]).replace(b"$$", b" $")
    code = re.sub(rb"\A[ \t]*[@+-]+", lambda match: b" " * len(match[0]), code)
    absorb(facts, languages.reader("shell")(code), shifted(start, end - start), raw)


def read(raw: bytes) -> Facts:
    """Read a file."""
    facts = Facts("make")
    at = 0
    while at < len(raw):
        match = _LINE.match(raw, at)
        end = match.end() if match is not None and match.end() > at else at + 1
        line = raw[at:end]
        variable = _VARIABLE.match(raw, at, end)
        if line.startswith(b"\t"):
            _recipe(facts, raw, at, end)
        elif line.lstrip().startswith(b"#"):
            facts.comments.append(
                Comment(line.strip().decode("utf-8", "replace"), Span(at, at + len(line.rstrip())))
            )
        elif line.startswith((b"include ", b"-include ")):
            facts.imports += [
                Import(word, {"*": "*"}, Span(at, end))
                for word in line.decode("utf-8", "replace").split()[1:]
            ]
        elif variable is not None:
            name = variable[1].decode("utf-8", "replace")
            value = _value(raw, variable.start(3), end)
            where = Span(variable.start(1), max(variable.end(2), value.span.end, variable.end(1)))
            facts.assigns.append(Assign((name,), value, where, 0, append=variable[2] == b"+"))
        else:
            facts.values.extend((0, value) for value in found(raw, at, end))
        at = end
    return facts
