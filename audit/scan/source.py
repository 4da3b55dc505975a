"""One source file, read: what it says, and what of the API it relies on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from audit.scan.atlas import Atlas
from audit.scan.facts import Facts, Value
from audit.scan.languages import language_of, read
from audit.scan.lines import Lines
from audit.scan.strings import Resolver
from audit.scan.uses import Relied, find

Outside = Callable[[str, str], Iterable[Value]]


@dataclass(frozen=True)
class Source:
    """A file and everything the checks need to judge it. ``name`` is the path as shown to the user."""

    name: str
    raw: bytes
    lines: Lines
    facts: Facts
    resolver: Resolver
    relied: Relied
    atlas: Atlas
    evident: bool


def read_source(name: str, raw: bytes, atlas: Atlas, outside: Outside | None = None) -> Source:
    """Read one file. ``outside`` gives the values of a name that another file of the tree defines."""
    language = language_of(name, raw[:256])
    facts = read(language, raw)
    low = raw.lower()
    evident = any(word.encode() in low for word in atlas.evidence)
    resolver = Resolver(facts, outside)
    relied = find(facts, atlas, resolver, evident)
    return Source(name, raw, Lines(raw), facts, resolver, relied, atlas, evident)
