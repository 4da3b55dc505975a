"""String literals of Dart, which the grammar does not take apart."""

from __future__ import annotations

from tree_sitter import Node

from audit.scan.facts import Value
from audit.scan.languages import strings
from audit.scan.languages.literals import Escapes
from audit.scan.languages.tree import Reader, span


def string(reader: Reader, node: Node) -> Value:
    """One literal, or several directly after each other."""
    raw, parts, at = reader.raw, [], node.start_byte
    holes = [child for child in node.named_children if child.type == "template_substitution"]
    while at < node.end_byte:
        end, plain = _closing(raw, at, node.end_byte, holes)
        prefix = 2 if raw[at : at + 1] == b"r" else 1
        quote = 3 if raw[at + prefix - 1 : at + prefix + 2] in (b"'''", b'"""') else 1
        start = at + prefix - 1 + quote
        inside = [hole for hole in holes if start <= hole.start_byte < end]
        part = strings.pieces(reader, node, (start, max(start, end - quote)), plain, inside)
        parts.append(part)
        at = end
        while at < node.end_byte and raw[at : at + 1].isspace():
            at += 1
    return strings.join(parts, span(node))


def _closing(raw: bytes, at: int, limit: int, holes: list[Node]) -> tuple[int, Escapes]:
    """Return the end of the literal that begins at a place, and how it escapes."""
    plain = raw[at : at + 1] == b"r"
    start = at + plain
    mark = raw[start : start + 3] if raw[start : start + 3] in (b"'''", b'"""') else raw[start : start + 1]
    if mark not in (b"'", b'"', b"'''", b'"""'):
        return limit, Escapes.NONE
    inside = {hole.start_byte: hole.end_byte for hole in holes}
    here = start + len(mark)
    while here < limit:
        if here in inside:
            here = inside[here]
        elif raw[here : here + 1] == b"\\" and not plain:
            here += 2
        elif raw.startswith(mark, here):
            return here + len(mark), Escapes.NONE if plain else Escapes.BACKSLASH
        else:
            here += 1
    return limit, Escapes.NONE if plain else Escapes.BACKSLASH
