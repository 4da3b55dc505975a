"""One source file, read: what it says, and what of the API it relies on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from audit.scan.atlas import Atlas
from audit.scan.facts import Call, Facts, calls
from audit.scan.languages import language_of, read
from audit.scan.languages.text import found
from audit.scan.lines import Lines
from audit.scan.queries import attach
from audit.scan.streams import Heard, hear
from audit.scan.strings import Outside, Resolver
from audit.scan.uses import Relied, find


@dataclass(frozen=True)
class Source:
    """A file and everything the checks need to judge it. ``name`` is the path as shown to the user.

    ``calls`` are all calls of the file, each once, with the scope it stands in.
    """

    name: str
    raw: bytes
    lines: Lines
    facts: Facts
    calls: tuple[tuple[Call, int], ...]
    resolver: Resolver
    relied: Relied
    atlas: Atlas
    evident: bool

    @cached_property
    def heard(self) -> Heard:
        """What the file has to do with the provider's stream."""
        return hear(self)


def read_source(
    name: str, raw: bytes, atlas: Atlas, outside: Outside | None = None, *, comments: bool = False
) -> Source:
    """Read one file.

    ``outside`` gives the values of a name that another file of the tree defines. With ``comments``, what
    stands in comments is read as plain text; nothing of it is certain.
    """
    language = language_of(name, raw[:256])
    facts = read(language, raw)
    evident = atlas.is_told_in(raw)
    resolver = Resolver(facts, outside)
    relied = find(facts, atlas, resolver, evident)
    every = calls(facts)
    relied.uses = attach(relied.uses, facts, resolver, every)
    if comments:
        _add_comments(relied, facts, raw, atlas, evident)
    return Source(name, raw, Lines(raw), facts, every, resolver, relied, atlas, evident)


def _add_comments(relied: Relied, facts: Facts, raw: bytes, atlas: Atlas, evident: bool) -> None:
    """Add what stands in comments and nowhere else; a heading of a document is both."""
    said = Facts("text")
    for comment in facts.comments:
        said.values += [(0, value) for value in found(raw, comment.span.start, comment.span.end)]
    there = find(said, atlas, Resolver(said), evident)
    places = {use.anchor.start for use in relied.uses} | {host.span.start for host in relied.hosts}
    relied.uses += [
        replace(use, certain=False, path_span=None) for use in there.uses if use.anchor.start not in places
    ]
    relied.hosts += [replace(host, certain=False) for host in there.hosts if host.span.start not in places]
    relied.uses.sort(key=lambda use: use.anchor.start)
    relied.hosts.sort(key=lambda host: host.span.start)
