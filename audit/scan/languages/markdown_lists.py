"""Lists below an endpoint in a document that name its parameters, one a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from audit.scan.facts import Mapping, Other, Pair, Span, Text, Value
from audit.scan.languages.literals import piece
from audit.scan.languages.text import found

_BULLET = rb"[ \t>]*(?:[-*+]|\d{1,2}[.)])[ \t]+"
# "- `pair`: …", "- **pair** (string)", "- pair – …", and with marks around it "- `pair` string".
_ITEM = re.compile(
    _BULLET + rb"[*_]{0,2}(?:`(?P<marked>[A-Za-z_]\w{0,40})`|(?P<bare>[A-Za-z_]\w{0,40})"
    rb"(?=[*_]{0,3}[ \t]*(?::|\(|=|\xe2\x80[\x93\x94]|-[ \t])))"
)
_WORDS = (
    rb"(?:query|request|path|required|optional|url|input)?[ \t]*(?:param(?:eter)?s?|arguments?|quer(?:y|ies))"
)
# A line that says that parameters follow, such as "**Query parameters:**" or "- Params".
_LABEL = re.compile(
    rb"(?i)(?:" + _BULLET + rb"|[ \t>#]*)[*_`]{0,3}" + _WORDS + rb"[ \t]*(?:\([^)\n]{0,40}\))?[*_`: \t]*\Z"
)
_INDENT = re.compile(rb"[ \t>]*")


@dataclass
class _Section:
    """What stands below one endpoint; ``near`` says that nothing stands between it and a list."""

    path: Text
    start: int
    labelled: bool = False
    near: bool = True
    indent: int = -1
    names: list[Text] = field(default_factory=list)

    def entry(self) -> Mapping | None:
        """Return path and parameters beside each other; a list without a label may be of something else."""
        if not self.names:
            return None
        where = Span(self.start, self.names[-1].span.end)
        pairs = [Pair(name.value, name.span, Other(name.span), name.span) for name in self.names]
        pairs += [] if self.labelled else [Pair(None, None, Other(where), where)]
        named: tuple[tuple[str, Value], ...] = (("path", self.path), ("params", Mapping(tuple(pairs), where)))
        return Mapping(tuple([Pair(key, None, value, where) for key, value in named]), where)


def listed(raw: bytes, lines: Iterable[tuple[int, int]]) -> Iterator[Mapping]:
    """Yield each endpoint that a list of parameters follows, as an entry of a table has them."""
    section: _Section | None = None
    for start, end in lines:
        line = raw[start:end].rstrip()
        ended = section
        if path := _endpoint(raw, start, end):
            section = _Section(path, start)
        elif section is None or not line.strip():
            continue
        elif not section.names and _LABEL.match(line):
            section.labelled = True
            continue
        elif _took(section, raw, start, line):
            continue
        elif section.names or line.lstrip().startswith(b"#") or line.endswith((b":", b":**")):
            section = None
        else:
            section.near = False
            continue
        if ended is not None and (entry := ended.entry()) is not None:
            yield entry
    if section is not None and (entry := section.entry()) is not None:
        yield entry


def _endpoint(raw: bytes, start: int, end: int) -> Text | None:
    """Return the one path that a line is about; a row of a table is read as that."""
    if b"/" not in raw[start:end] or raw[start:end].lstrip().startswith(b"|"):
        return None
    texts = [one for one in found(raw, start, end) if isinstance(one, Text)]
    paths = [one for one in texts if one.value.startswith(("/", "http")) and one.value.count("/") > 1]
    return paths[0] if len(paths) == 1 else None


def _took(section: _Section, raw: bytes, start: int, line: bytes) -> bool:
    """Take the parameter that a line of the list names; what is indented below one is about it."""
    item = _ITEM.match(line)
    indent = _INDENT.match(line)
    depth = indent.end() if indent is not None else 0
    if section.names and depth > section.indent:
        return True
    if item is None or not (section.labelled or section.near) or (section.names and depth < section.indent):
        return False
    first, last = item.span("marked" if item["marked"] else "bare")
    section.indent = depth
    section.names.append(piece(raw, start + first, start + last, Span(start + first, start + last)))
    return True
