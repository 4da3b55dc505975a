"""Code inside another file: read on its own, then put where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Sequence as Order
from dataclasses import dataclass, fields
from typing import Any

from audit.scan.facts import Facts, Span, Text

_LISTS = ("assigns", "functions", "returns", "imports", "loops", "comments")
_CHARACTER = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[\s\S]"
)
_SIMPLE = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}
_FIELDS: dict[type, tuple[str, ...]] = {}


@dataclass(frozen=True)
class Place:
    """Where each byte of a piece of code stands in the file: from ``starts`` to before ``ends``."""

    starts: Order[int]
    ends: Order[int]

    def span(self, given: Span) -> Span:
        """Return a stretch of the code as a stretch of the file."""
        if not self.starts:
            return Span(0, 0)
        size = len(self.starts)
        start = self.starts[given.start] if given.start < size else self.ends[-1]
        if given.end <= given.start:
            return Span(start, start)
        return Span(start, max(start, self.ends[min(given.end, size) - 1]))


def shifted(by: int, size: int) -> Place:
    """Return the place of code that stands in the file as it is, ``by`` bytes after its start."""
    return Place(range(by, by + size), range(by + 1, by + size + 1))


def encoded(text: str, widths: str) -> tuple[bytes, Place]:
    """Return a decoded file in UTF-8, and where its bytes stand in the encoding ``widths``."""
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for character in text:
        wide = 1 if widths == "latin-1" else len(character.encode(widths, "surrogatepass"))
        size = len(character.encode("utf-8", "replace"))
        starts += [at] * size
        ends += [at + wide] * size
        at += wide
    return text.encode("utf-8", "replace"), Place(starts, ends)


def decoded(raw: bytes, lines: Iterable[Text]) -> tuple[bytes, Place]:
    """Return the code that strings of JSON hold, and where each of its bytes is written."""
    code = bytearray()
    starts: list[int] = []
    ends: list[int] = []
    for line in lines:
        for match in _CHARACTER.finditer(raw, line.span.start, line.span.end):
            written = match[0]
            if written.startswith(b"\\u"):
                units = bytes.fromhex(written.replace(b"\\u", b"").decode("ascii"))
                meant = units.decode("utf-16-be", "replace").encode()
            else:
                meant = _SIMPLE.get(written[1:], written[1:]) if written[:1] == b"\\" else written
            code += meant
            starts += [match.start()] * len(meant)
            ends += [match.end()] * len(meant)
    return bytes(code), Place(starts, ends)


def absorb(into: Facts, part: Facts, place: Place, raw: bytes) -> None:
    """Take over what a piece of the file says; its outermost scope becomes that of the file."""
    base = max((function.scope for function in into.functions), default=0)
    mover = _Mover(place, raw, base)
    for name in _LISTS:
        getattr(into, name).extend(mover.move(item) for item in getattr(part, name))
    into.values.extend((mover.scope(scope), mover.move(value)) for scope, value in part.values)
    into.errors += part.errors


@dataclass(frozen=True)
class _Mover:
    place: Place
    raw: bytes
    base: int

    def scope(self, scope: int) -> int:
        return scope + self.base if scope else 0

    def move(self, item: Any) -> Any:
        """Return a fact with every position and scope in it moved."""
        if isinstance(item, Span):
            return self.place.span(item)
        if isinstance(item, tuple):
            return tuple([self.move(one) for one in item])
        kind = type(item)
        if kind.__module__ != Span.__module__:
            return item
        names = _FIELDS.get(kind)
        if names is None:
            names = _FIELDS[kind] = tuple(entry.name for entry in fields(kind))
        given = {
            name: self.scope(getattr(item, name))
            if name in {"scope", "parent"}
            else self.move(getattr(item, name))
            for name in names
        }
        if kind is Text:
            where = self.place.span(item.span)
            given["exact"] = self.raw[where.start : where.end] == item.value.encode("utf-8", "replace")
        return kind(**given)
