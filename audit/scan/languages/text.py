"""Plain text: URLs, paths, and words with a value."""

from __future__ import annotations

import re

from audit.scan.facts import Comment, Facts, Mapping, Pair, Sequence, Span, Value
from audit.scan.languages.literals import piece

_PLACES = (
    rb"(?P<url>\b(?:https?|wss?)://[^\s\"'`<>\\|^]{1,2000})"
    rb"|(?P<path>(?<![\w/.}-])[\w.{}$-]{0,80}(?:/(?:[\w.{}$:%~@-]|<[\w:]{1,40}>){1,200}){1,40}/?(?:\?[^\s\"'`<>|)\\]{0,1000})?)"
)
_ADDRESSED = re.compile(_PLACES)
_FOUND = re.compile(
    _PLACES
    + rb"|(?<![\w.-])(?P<key>[A-Za-z_][\w.-]{0,80})[\"'`]{0,2}[ \t]{0,8}(?:=>|[:=])(?![:=/])[ \t]{0,8}"
    rb"[\"'`]{0,2}(?P<value>[\w$./+%@-][^\s\"'`,;|<>()\[\]{}]{0,300}"
    rb"(?:, {0,2}[\w.+-]{1,60}(?![\w.+-]|[\"'`]{0,2}[ \t]{0,4}[:=])){0,60})"
)

_BREAK = re.compile(rb"[\s,]")

# Comments begin a line or stand behind a blank, so that a URL is none.
_SLASHES = re.compile(rb"(?m)(?:^|(?<=[\s;{}(),]))//[^\r\n]*|/\*[\s\S]{0,20000}?\*/")
_HASHES = re.compile(rb"(?m)(?:^|(?<=\s))#[^\r\n]*")
_DASHES = re.compile(rb"(?m)(?:^|(?<=\s))--[^\r\n]*")


def read_addresses(raw: bytes) -> Facts:
    """Read the URLs and paths of a file that is too large for all of its words."""
    facts = Facts("text", parsed=False)
    for match in _ADDRESSED.finditer(raw):
        first, last = match.span()
        last = _trimmed(raw, first, last)
        facts.values.append((0, piece(raw, first, last, Span(first, last))))
    return facts


def read(raw: bytes, comment: re.Pattern[bytes] | None = None) -> Facts:
    """Read a file as text; what ``comment`` finds is left to the comments."""
    facts = Facts("text", parsed=False)
    at = 0
    for match in comment.finditer(raw) if comment is not None else ():
        facts.comments.append(Comment(match[0].decode("utf-8", "replace"), Span(*match.span())))
        facts.values.extend((0, value) for value in found(raw, at, match.start()))
        at = match.end()
    facts.values.extend((0, value) for value in found(raw, at, len(raw)))
    return facts


def read_slashes(raw: bytes) -> Facts:
    """Read source code with comments of C, of a language that there is no grammar for."""
    return read(raw, _SLASHES)


def read_hashes(raw: bytes) -> Facts:
    """Read source code with comments behind a hash."""
    return read(raw, _HASHES)


def read_dashes(raw: bytes) -> Facts:
    """Read source code with comments behind two dashes."""
    return read(raw, _DASHES)


def found(raw: bytes, start: int, end: int) -> list[Value]:
    """Return the URLs, paths and named values between two places."""
    values: list[Value] = []
    for match in _FOUND.finditer(raw, start, end):
        if match["key"] is None:
            first, last = match.span()
            last = _trimmed(raw, first, last)
            if last > first:
                values.append(piece(raw, first, last, Span(first, last)))
            continue
        key = piece(raw, *match.span("key"), Span(*match.span("key")))
        first, last = match.span("value")
        inner = match["value"]
        if b"/" in inner:
            values.extend(found(raw, first, last) or [piece(raw, first, last, Span(first, last))])
            continue
        value = _listed(raw, first, last)
        values.append(
            Mapping(
                (Pair(key.value, key.span, value, Span(key.span.start, last)),), Span(key.span.start, last)
            )
        )
    return values


def _listed(raw: bytes, start: int, end: int) -> Value:
    """``h1, h4, h12`` are several values."""
    if not _BREAK.search(raw, start, end):
        return piece(raw, start, end, Span(start, end))
    words = [
        piece(raw, start + word.start(), start + word.end(), Span(start + word.start(), start + word.end()))
        for word in re.finditer(rb"[^\s,]+", raw[start:end])
    ]
    return words[0] if len(words) == 1 else Sequence(tuple(words), Span(start, end))


def _trimmed(raw: bytes, start: int, end: int) -> int:
    """Return the end without punctuation of the sentence around it."""
    while end > start:
        last = raw[end - 1 : end]
        inside = raw[start:end]
        closes = (
            (last == b")" and inside.count(b"(") < inside.count(b")"))
            or (last == b"]" and inside.count(b"[") < inside.count(b"]"))
            or (last == b"}" and inside.count(b"{") < inside.count(b"}"))
        )
        if last not in (b".", b",", b";", b":", b"!", b"?", b"*", b"_") and not closes:
            break
        end -= 1
    return end
