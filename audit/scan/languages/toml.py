"""TOML: every entry is an assignment to its full name, and every table a mapping as well."""

from __future__ import annotations

import re

from audit.scan.facts import Assign, Comment, Facts, Mapping, Pair, Span
from audit.scan.languages.data import Scanner

_LINE = re.compile(
    rb"[ \t]*(?:(?P<comment>\#[^\n]*)|\[{1,2}(?P<table>[^\]\n]*)\]{1,2}[^\n]*"
    rb"|(?P<key>"
    rb"(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')(?:[ \t]*\.[ \t]*(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*'))*)[ \t]*=)"
)
_PART = re.compile(rb"\"([^\"\n]*)\"|'([^'\n]*)'|([\w-]+)")


def _parts(raw: bytes, start: int, end: int) -> list[tuple[str, Span]]:
    found = []
    for match in _PART.finditer(raw, start, end):
        group = match.lastindex or 0
        found.append((match[group].decode("utf-8", "replace"), Span(*match.span(group))))
    return found


def read(raw: bytes) -> Facts:
    """Read a file."""
    facts = Facts("toml")
    scanner = Scanner(raw, literal=True)
    table: tuple[str, ...] = ()
    pairs: list[Pair] = []
    at = 0

    def finish() -> None:
        if table and pairs:
            where = Span(pairs[0].span.start, pairs[-1].span.end)
            facts.assigns.append(Assign(table, Mapping(tuple(pairs), where), where, 0))
        pairs.clear()

    while at < len(raw):
        match = _LINE.match(raw, at)
        if match is not None and match["key"] is not None:
            scanner.at = match.end()
            value = scanner.value()
            names = _parts(raw, *match.span("key"))
            if value is not None and names:
                where = Span(match.start("key"), scanner.at)
                facts.assigns.append(Assign((*table, *(word for word, _ in names)), value, where, 0))
                pairs.append(Pair(".".join(word for word, _ in names), names[-1][1], value, where))
            at = scanner.at
        elif match is not None and match["table"] is not None:
            finish()
            table = tuple(word for word, _ in _parts(raw, *match.span("table")))
        elif match is not None:
            facts.comments.append(
                Comment(match["comment"].decode("utf-8", "replace"), Span(*match.span("comment")))
            )
        elif raw[at : raw.find(b"\n", at) if b"\n" in raw[at : at + 4096] else len(raw)].strip():
            facts.errors += 1
        following = raw.find(b"\n", at)
        at = len(raw) if following < 0 else following + 1
    finish()
    facts.comments += scanner.comments
    facts.values.extend((0, value) for value in scanner.deep)
    facts.errors += scanner.errors
    facts.parsed = not facts.errors or bool(facts.assigns)
    return facts
