"""Settings line by line: .env, ini, properties."""

from __future__ import annotations

import re

from audit.scan.facts import Assign, Comment, Facts, Joined, Name, Span, Value
from audit.scan.languages.literals import Escapes, piece
from audit.scan.languages.text import found

_LINE = re.compile(
    rb"[ \t]*(?:export[ \t]+|set[ \t]+)?(?P<key>[A-Za-z_][\w.\-/ ]{0,200}?)[ \t]*"
    rb"(?:=|:(?!//))[ \t]*(?P<value>[^\r\n]*)"
)
_SECTION = re.compile(rb"[ \t]*\[([^\]\r\n]*)\]")
_REFERENCE = re.compile(rb"\$\{(\w[\w.]*)(?::?-[^}]*)?\}|\$(\w+)")
_LONG = re.compile(rb"\"(?:[^\"\\]|\\.)*\"|'[^']*'|`[^`]*`", re.DOTALL)


def _value(raw: bytes, start: int, end: int) -> tuple[Value, int]:
    """Return the value that begins at a place, and where it ends."""
    long = _LONG.match(raw, start)
    if long is not None and re.match(rb"[ \t]*(?:[#;].*)?(?:\r|\n|$)", raw[long.end() : long.end() + 400]):
        quoted = Span(*long.span())
        mark = raw[start : start + 1]
        if mark != b'"':
            return piece(raw, start + 1, long.end() - 1, quoted), long.end()
        return _parts(raw, start + 1, long.end() - 1, quoted, Escapes.BACKSLASH), long.end()
    comment = re.search(rb"[ \t]+[#;]", raw[start:end])
    if comment is not None:
        end = start + comment.start()
    while end > start and raw[end - 1 : end] in (b" ", b"\t"):
        end -= 1
    return _parts(raw, start, end, Span(start, end), Escapes.NONE), end


def _parts(raw: bytes, start: int, end: int, quoted: Span, escapes: Escapes) -> Value:
    parts: list[Value] = []
    at = start
    for match in _REFERENCE.finditer(raw, start, end):
        if match.start() > at:
            parts.append(piece(raw, at, match.start(), quoted, escapes))
        word = (match[1] or match[2]).decode("utf-8", "replace")
        parts.append(Name((word,), Span(*match.span())))
        at = match.end()
    if not parts:
        return piece(raw, start, end, quoted, escapes)
    if at < end:
        parts.append(piece(raw, at, end, quoted, escapes))
    return Joined(tuple(parts), quoted)


def read(raw: bytes) -> Facts:
    """Read a file."""
    facts = Facts("dotenv")
    section: tuple[str, ...] = ()
    at = 0
    while at < len(raw):
        newline = raw.find(b"\n", at)
        end = len(raw) if newline < 0 else newline
        line = raw[at:end].strip()
        match = _LINE.match(raw, at, end)
        head = _SECTION.match(raw, at, end)
        if line.startswith((b"#", b";", b"//")):
            facts.comments.append(Comment(line.decode("utf-8", "replace"), Span(at, end)))
        elif head is not None:
            section = (head[1].decode("utf-8", "replace").strip(),)
        elif match is not None:
            value, stop = _value(raw, match.start("value"), match.end("value"))
            key = match["key"].decode("utf-8", "replace").strip()
            facts.assigns.append(Assign((*section, key), value, Span(match.start("key"), stop), 0))
            end = max(end, stop)
            newline = raw.find(b"\n", end)
            end = len(raw) if newline < 0 else newline
        elif line:
            facts.values.extend((0, value) for value in found(raw, at, end))
        at = end + 1
    return facts
