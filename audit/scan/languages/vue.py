"""Pages with scripts in them: Vue, Svelte, HTML. The scripts are code, the rest is text."""

from __future__ import annotations

import re

from audit.scan import languages
from audit.scan.facts import Facts
from audit.scan.languages.embed import absorb, shifted
from audit.scan.languages.text import found

_SCRIPT = re.compile(
    rb"<script\b([^>]*)>(.*?)(?:</script\s*>|\Z)|\A(---)\r?\n(.*?)\n---", re.DOTALL | re.IGNORECASE
)
_LANGUAGE = re.compile(rb"\b(?:lang|type)\s*=\s*[\"']?(?:text/|application/)?([\w+-]+)", re.IGNORECASE)
_NAMES = {
    b"ts": "typescript",
    b"typescript": "typescript",
    b"tsx": "tsx",
    b"json": "json",
    b"ld+json": "json",
    b"importmap": "json",
    b"python": "python",
    b"py": "python",
}


def read(raw: bytes) -> Facts:
    """Read a file."""
    facts = Facts("vue")
    at = 0
    for match in _SCRIPT.finditer(raw):
        start, end = match.span(2) if match[3] is None else match.span(4)
        said = _LANGUAGE.search(match[1] or b"")
        language = "typescript" if match[3] else _NAMES.get(said[1].lower() if said else b"", "javascript")
        part = languages.reader(language)(raw[start:end])
        absorb(facts, part, shifted(start, end - start), raw)
        facts.values.extend((0, value) for value in found(raw, at, start))
        at = end
    facts.values.extend((0, value) for value in found(raw, at, len(raw)))
    return facts
