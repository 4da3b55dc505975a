"""JSON, with comments and trailing commas too; several values in a row are each read."""

from __future__ import annotations

from audit.scan.facts import Facts
from audit.scan.languages.data import Scanner
from audit.scan.languages.exports import is_export, unfolded


def read(raw: bytes) -> Facts:
    """Read a file."""
    facts = Facts("json")
    scanner = Scanner(raw)
    export = is_export(raw)
    while (value := scanner.value()) is not None:
        facts.values.append((0, unfolded(facts, raw, value) if export else value))
    facts.values.extend((0, value) for value in scanner.deep)
    facts.comments = scanner.comments
    facts.errors = scanner.errors
    facts.parsed = scanner.errors * 20 <= len(raw) and not scanner.cut_off
    return facts
