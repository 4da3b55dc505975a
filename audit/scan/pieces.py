"""A text in pieces: literal characters with the place they stand at, or a hole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from audit.scan.atlas import HOLE
from audit.scan.facts import Span

ADDRESS = re.compile(r"(?i)(?:https?|wss?)://")


@dataclass(frozen=True)
class Piece:
    """Literal characters and where they stand; ``span`` is None where they cannot be edited in place.

    ``here`` is False for what another file says; ``chosen`` is True for one of several entries of a table,
    where it is only known when the program runs which.
    """

    text: str
    span: Span | None
    here: bool = True
    chosen: bool = False


Pieces = tuple[Piece, ...]
UNTOLD = Piece(HOLE, None)


def flat(pieces: Pieces) -> str:
    """The text, with a sign for each hole."""
    return "".join(piece.text for piece in pieces)


def place_of(pieces: Pieces, start: int, end: int) -> Span | None:
    """Return where a stretch of the text stands in the file, if it stands there in one piece."""
    at = 0
    for piece in pieces:
        size = len(piece.text)
        if at <= start and end <= at + size:
            if piece.span is None or piece.span.end - piece.span.start != len(piece.text.encode()):
                return None
            before = len(piece.text[: start - at].encode())
            inside = len(piece.text[start - at : end - at].encode())
            return Span(piece.span.start + before, piece.span.start + before + inside)
        at += size
    return None


def part(piece: Piece, start: int, end: int) -> Piece:
    """A part of a piece; its place is known where characters and bytes run alike."""
    text = piece.text[start:end]
    if piece.span is None or piece.span.end - piece.span.start != len(piece.text):
        return replace(piece, text=text, span=None)
    return replace(piece, text=text, span=Span(piece.span.start + start, piece.span.start + end))


def within(pieces: Pieces, start: int, end: int) -> Iterator[Piece]:
    """Yield the pieces that a stretch of the text is made of; a hole is nothing told."""
    at = 0
    for piece in pieces:
        if at < end and at + len(piece.text) > start and piece.text.strip(HOLE):
            yield piece
        at += len(piece.text)


def main_place(pieces: Pieces, start: int, end: int, around: Span) -> Span | None:
    """Return the literal piece that most of a stretch stands in; one right here goes first."""
    best: tuple[bool, bool, int] = (False, False, 0)
    found = None
    at = 0
    for piece in pieces:
        shared = min(end, at + len(piece.text)) - max(start, at)
        if piece.span is not None and shared > 0 and piece.text.strip("/ "):
            here = around.start <= piece.span.start < around.end
            # Many paths share what stands with the host.
            if (here, not ADDRESS.match(piece.text), shared) > best:
                best, found = (here, not ADDRESS.match(piece.text), shared), piece.span
        at += len(piece.text)
    return found
