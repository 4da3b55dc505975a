"""YAML: mappings, sequences and texts; what cannot be parsed is read as text."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

import yaml

from audit.scan.facts import Comment, Facts, Name, Number, Other, Span, Value
from audit.scan.languages.data import MAX_DEPTH, _Open
from audit.scan.languages.literals import Escapes, piece
from audit.scan.languages.markdown import block

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?|\.\d+)$")
_BRACKET = re.compile(rb"[\[\]{}]")
MAX_OPEN = 2000
_COMMENT = re.compile(rb"(?m)(?:^|[ \t])(#[^\r\n]*)")


class _Offsets:
    """Turns places counted in characters into bytes."""

    def __init__(self, text: str) -> None:
        self._ascii = text.isascii()
        wide = [(i, len(c.encode("utf-8", "replace")) - 1) for i, c in enumerate(text) if c > "\x7f"]
        self._places = [i for i, _ in wide]
        self._extra = [0, *accumulate(more for _, more in wide)]

    def __call__(self, index: int) -> int:
        return index if self._ascii else index + self._extra[bisect_right(self._places, index - 1)]


def _where(event: yaml.Event, offset: _Offsets) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(0, 0) if start is None or end is None else Span(offset(start.index), offset(end.index))


def _scalar(raw: bytes, event: yaml.ScalarEvent, where: Span) -> Value:
    if not event.style:
        text = event.value
        if _NUMBER.match(text):
            return Number(text, where)
        if text in {"", "null", "~", "true", "false"}:
            return Name((text or "null",), where)
        found = piece(raw, where.start, where.end, where)
    else:
        found = piece(raw, where.start + 1, where.end - 1, where, Escapes.NONE)
    if found.value == event.value:
        return found
    return type(found)(event.value, found.span, where, False)


def read(raw: bytes) -> Facts:
    """Read a file; an error of the parser ends it where it is."""
    facts = Facts("yaml")
    if _is_too_deep(raw):
        facts.errors, facts.parsed = 1, False
        return facts
    text = raw.decode("utf-8", "replace")
    offset = _Offsets(text)
    stack: list[_Open] = []
    blocks: list[Span] = []
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            where = _where(event, offset)
            done: Value | None = None
            if isinstance(event, yaml.ScalarEvent):
                done = _scalar(raw, event, where)
                if event.style in ("|", ">"):
                    blocks.append(where)
                    done = Other(where)
            elif isinstance(event, yaml.AliasEvent):
                done = Name((event.anchor or "",), where)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                stack.append(_Open(where.start, isinstance(event, yaml.MappingStartEvent)))
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                done = stack.pop().close(where.end)
            if done is not None:
                _place(facts, stack, done)
    except yaml.YAMLError:
        facts.errors, facts.parsed = 1, False
        return facts
    facts.comments = [
        Comment(match[1].decode("utf-8", "replace"), Span(*match.span(1))) for match in _COMMENT.finditer(raw)
    ]
    for where in blocks:
        first = raw.find(b"\n", where.start, where.end) + 1  # behind the sign that begins it
        block(facts, raw, first or where.end, where.end)
    return facts


def _is_too_deep(raw: bytes) -> bool:
    """Whether brackets nest so deep that the parser, which looks at all of them each time, would not end."""
    depth = 0
    if raw.count(b"[") + raw.count(b"{") > MAX_OPEN:
        for match in _BRACKET.finditer(raw):
            depth = depth + 1 if match[0] in b"[{" else max(0, depth - 1)
            if depth > MAX_OPEN:
                return True
    return False


def _place(facts: Facts, stack: list[_Open], done: Value) -> None:
    """Put a finished value where it belongs: into the list around it, as its key, or into the file."""
    if not stack or len(stack) % MAX_DEPTH == 0:
        facts.values.append((0, done))
    if not stack:
        return
    around = stack[-1]
    if around.entries and around.key is None:
        around.key = done
        return
    around.held = done
    around.settle()
