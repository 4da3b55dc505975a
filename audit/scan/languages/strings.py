"""Handlers for string literals, with and without holes for values."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tree_sitter import Node

from audit.scan.facts import Joined, Span, Value
from audit.scan.languages.literals import Escapes, piece
from audit.scan.languages.tree import Handler, Reader, span

_OPENING = re.compile(rb"[A-Za-z$@]*#*(\"\"\"+|'''|[\"'`])")
_LITERAL = re.compile(
    r"(content|fragment|escape_sequence|escape_interpolation|string_start|string_end|interpolation_start|raw_string_\w+"
    r"|encoding|heredoc_end|interpolation_quote)$"
)


def delimiters(raw: bytes, node: Node) -> tuple[int, int]:
    """Return where a literal's characters begin and end, between its quotes."""
    start, end = node.start_byte, node.end_byte
    match = _OPENING.match(raw, start, end)
    if match is None:
        return start, end
    quote, opened = match[1], match.end()
    hashes = match[0].count(b"#")
    closing = quote + b"#" * hashes
    if end - len(closing) >= opened and raw.endswith(closing, opened, end):
        return opened, end - len(closing)
    return opened, end


def pieces(
    reader: Reader, node: Node, inside: tuple[int, int], escapes: Escapes, holes: Iterable[Node] | None = None
) -> Value:
    """A literal with holes for values: ``Text`` without any, else ``Joined``."""
    raw, whole = reader.raw, span(node)
    at, end = inside
    parts: list[Value] = []
    for child in node.named_children if holes is None else holes:
        if (holes is None and _LITERAL.search(child.type)) or child.start_byte < at:
            continue
        if child.start_byte > at:
            parts.append(piece(raw, at, child.start_byte, whole, escapes))
        parts.append(reader.value(child))
        at = child.end_byte
    if not parts:
        return piece(raw, at, max(at, end), whole, escapes)
    if end > at:
        parts.append(piece(raw, at, end, whole, escapes))
    return Joined(tuple(parts), whole)


def quoted(escapes: Escapes = Escapes.BACKSLASH) -> Handler:
    """A string literal between quotes."""
    return lambda reader, node: pieces(reader, node, delimiters(reader.raw, node), escapes)


def bare(escapes: Escapes = Escapes.NONE) -> Handler:
    """Characters that stand for themselves without quotes."""
    return lambda reader, node: pieces(reader, node, (node.start_byte, node.end_byte), escapes)


def join(values: Iterable[Value], where: Span) -> Value:
    """Put values one after the other, what is joined already flat."""
    parts: list[Value] = []
    for value in values:
        parts.extend(value.parts if isinstance(value, Joined) else (value,))
    return parts[0] if len(parts) == 1 else Joined(tuple(parts), where)
