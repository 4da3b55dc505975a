"""The ways the tool itself can fail; what an API does wrong is a finding, never an exception.

AuditError
├── UsageError       the command line, the environment or the key cannot be used
├── SpecError        a file under specs/ cannot be used
├── OutputError      a result cannot be written
├── JournalError     an unfinished run cannot be continued
├── CassetteError    a recorded answer cannot be used, or may not be written
└── HistoryError     the history of runs cannot be read or written
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3


class AuditError(Exception):
    """The tool cannot do what was asked. The text is one line for the user and names the way out."""

    exit_code = Exit.INCOMPLETE


class UsageError(AuditError):
    """The command line, the environment or the key cannot be used."""

    exit_code = Exit.USAGE


class SpecError(AuditError):
    """A file under specs/ cannot be used; the text starts with the file and, where known, the line."""

    exit_code = Exit.USAGE


class OutputError(AuditError):
    """A result cannot be written."""

    exit_code = Exit.USAGE


class JournalError(AuditError):
    """An unfinished run cannot be continued."""

    exit_code = Exit.USAGE


class CassetteError(AuditError):
    """A recorded answer cannot be used, or may not be written; the text starts with the file."""

    exit_code = Exit.USAGE


class HistoryError(AuditError):
    """The history of runs cannot be read or written; the text starts with its file or URL."""

    exit_code = Exit.USAGE


def unknown(what: str, given: str, known: list[str]) -> UsageError:
    """Say that a name is not known, with the nearest ones first and the rest after them."""
    from difflib import get_close_matches

    near = get_close_matches(given, known, n=3, cutoff=0.5)
    if near:
        hint = f"did you mean {' or '.join(near)}?"
        if len(known) <= 30:
            hint += f" (all: {', '.join(known)})"
    else:
        shown = ", ".join(known[:30])
        hint = f"known: {shown}{' …' if len(known) > 30 else ''}"
    return UsageError(f"unknown {what} {given!r}; {hint}")
