"""Rules about the books that are held against a run: claims of documents, and checklists."""

from __future__ import annotations

from collections.abc import Iterator

from audit.errors import SpecError
from audit.spec import claims, readiness
from audit.spec.catalog import Spec
from audit.spec.lint.problem import Problem, unreadable

REMEDY = "write the name that the description uses"


def check(spec: Spec) -> Iterator[Problem]:
    """Each book can be read, and names what the description has; the files may be left out."""
    try:
        ledger = claims.shipped(spec)
    except SpecError as error:
        yield unreadable(error)
        ledger = None
    for name, strange in claims.strange_names(ledger, spec) if ledger else ():
        yield Problem(claims.FILE, name, _bare(strange, claims.FILE, name), REMEDY)
    try:
        items = readiness.shipped(spec)
    except SpecError as error:
        yield unreadable(error)
        items = ()
    for name, strange in readiness.strange_names(items, spec):
        yield Problem(readiness.FILE, name, _bare(strange, readiness.FILE, name), REMEDY)


def _bare(error: Exception, file: str, name: str) -> str:
    return str(error).removeprefix(f"{file}: {name}: ")
