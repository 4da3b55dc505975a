"""Notebooks: each cell in the language of the kernel, with positions in the file that holds it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from audit.scan import languages
from audit.scan.facts import Facts, Mapping, Sequence, Text, Value
from audit.scan.languages.data import Scanner
from audit.scan.languages.embed import Place, absorb, decoded


def _get(value: Value | None, key: str) -> Value | None:
    if isinstance(value, Mapping):
        for pair in value.pairs:
            if pair.key == key:
                return pair.value
    return None


def _word(value: Value | None) -> str:
    return value.value if isinstance(value, Text) else ""


def _lines(source: Value | None) -> Iterator[Text]:
    given = source.items if isinstance(source, Sequence) else (source,)
    for line in given:
        if isinstance(line, Text):
            yield line


def read(raw: bytes) -> Facts:
    """Read a file."""
    facts = Facts("notebook")
    scanner = Scanner(raw)
    book = scanner.value()
    facts.errors = scanner.errors
    kernel = _get(_get(book, "metadata"), "kernelspec")
    language = _word(_get(kernel, "language")).lower() or "python"
    if language not in languages.languages():
        language = "python"
    cells = _get(book, "cells")
    if not isinstance(cells, Sequence):
        facts.parsed = False
        return facts
    for cell in cells.items:
        code, place = decoded(raw, _lines(_get(cell, "source")))
        kind = _word(_get(cell, "cell_type"))
        own = "markdown" if kind in {"markdown", "raw"} else language
        _read_cell(facts, own, code, place, raw)
    return facts


def _read_cell(facts: Facts, language: str, code: bytes, place: Place, raw: bytes) -> None:
    """Read one cell; ``!`` lines of Python are commands of a shell."""
    if re.match(rb"%%(?:bash|sh)\b", code):
        absorb(facts, languages.reader("shell")(b"#" + code[1:]), place, raw)
        return
    if language == "python":
        for match in re.finditer(rb"(?m)^[ \t]*!([^\n]*)", code):
            inner = Place(
                place.starts[match.start(1) : match.end(1)], place.ends[match.start(1) : match.end(1)]
            )
            absorb(facts, languages.reader("shell")(match[1]), inner, raw)
        code = re.sub(rb"(?m)^([ \t]*)[!%?]", rb"\1#", code)
    absorb(facts, languages.reader(language)(code), place, raw)
