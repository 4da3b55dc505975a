"""Reads ledgers of claims: what documents state about the API, each as a checkable statement."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from audit.errors import AuditError, SpecError, UsageError, unknown
from audit.model import Severity
from audit.spec.catalog import Spec
from audit.spec.documents import Documents
from audit.spec.statements import KINDS, Limit, PlanName, Statement

FILE = "claims.yaml"
MAX_CLAIMS = 5000
MAX_TEXT = 500
FREE = frozenset({"id", "line", "says", "words", "why", "severity"})
# The keys of statements that name something of the description, and what finds it.
NAMES: Mapping[str, Callable[[Spec, str], object]] = {
    "operation": lambda spec, name: spec.operation(name),
    "by": lambda spec, name: spec.operation(name),
    "plan": lambda spec, name: spec.ladder.get(name),
}
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Claim:
    """One statement of a document.

    ``words`` is a pattern that the document's line matches, so that a ledger can be held against its
    documents; ``why`` a remark for the reader, such as which sources say otherwise.
    """

    id: str
    document: str
    line: int
    says: str
    kind: str
    statement: Statement
    severity: Severity
    words: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Ledger:
    """The claims of one file, in its order."""

    file: str
    claims: tuple[Claim, ...]


def shipped(spec: Spec) -> Ledger | None:
    """Return the ledger that stands with a description, or None where it has none."""
    documents = Documents(spec.folder)
    return read_ledger(documents.read(FILE), FILE) if documents.has(FILE) else None


def load_ledger(path: Path, spec: Spec) -> Ledger:
    """Read a user's ledger; raises UsageError or SpecError that names file, claim and remedy."""
    ledger = read_ledger(read_beside(path, "claims"), str(path))
    for _, error in strange_names(ledger, spec):
        raise error
    return ledger


def read_beside(path: Path, what: str) -> Any:
    """Return the tree of a file of the user's, within the bounds of a description."""
    if not path.is_file():
        raise UsageError(f"{path}: no such file; name a file of {what}")
    return Documents(path.parent).read(path.name)


def read_ledger(tree: Any, file: str) -> Ledger:
    """Build a ledger from its tree; raises SpecError naming the claim."""
    if not isinstance(tree, dict) or not isinstance(tree.get("claims"), dict):
        raise SpecError(f"{file}: expected `claims` as a mapping of document to list; see the shipped {FILE}")
    if strange := sorted(set(tree) - {"claims", "severity"}):
        raise SpecError(f"{file}: unknown key {strange[0]!r}; known: claims, severity")
    usual = _severity(tree.get("severity", Severity.WARNING), file)
    claims = [
        _claim(row, str(document), usual, f"{file}: {document}")
        for document, rows in tree["claims"].items()
        for row in _list(rows, f"{file}: {document}")
    ]
    if len(claims) > MAX_CLAIMS:
        raise SpecError(f"{file}: more than {MAX_CLAIMS} claims; split the file")
    twice = [name for name, count in Counter(claim.id for claim in claims).items() if count > 1]
    if twice:
        raise SpecError(f"{file}: the id {twice[0]!r} is given twice; rename one")
    return Ledger(file, tuple(claims))


def strange_names(ledger: Ledger, spec: Spec) -> Iterator[tuple[str, AuditError]]:
    """Yield claim and error for each name of a statement that the description does not know."""
    for claim in ledger.claims:
        given = claim.statement.model_dump()
        if isinstance(claim.statement, Limit | PlanName):
            del given["plan"]  # that there is no such plan is an answer, not a slip
        named = [(key, given[key]) for key in NAMES if given.get(key) is not None]
        named += [("operation", name) for name in given.get("operations", ())]
        for key, name in named:
            try:
                NAMES[key](spec, name)
            except UsageError as error:
                yield claim.id, SpecError(f"{ledger.file}: {claim.id}: {key}: {error}")


def _claim(row: Any, document: str, usual: Severity, where: str) -> Claim:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise SpecError(
            f"{where}: expected a mapping with id, line, says and a kind, found {str(row)[:80]!r}"
        )
    where = f"{where}: {row['id']}"
    kind = _kind(row, where)
    words = _text(row, "words", where, optional=True)
    if words is not None:
        _pattern(words, where)
    line = row.get("line")
    if not isinstance(line, int) or isinstance(line, bool) or line < 1:
        raise SpecError(f"{where}: line: expected a number from 1, found {line!r}")
    return Claim(
        id=row["id"],
        document=document,
        line=line,
        says=_text(row, "says", where) or "",
        kind=kind,
        statement=read_statement(KINDS[kind], row[kind], f"{where}: {kind}"),
        severity=_severity(row.get("severity", usual), where),
        words=words,
        why=_text(row, "why", where, optional=True),
    )


def _kind(row: Mapping[str, Any], where: str) -> str:
    kinds = [str(key) for key in row if key not in FREE]
    for kind in kinds:
        if kind not in KINDS:
            raise SpecError(f"{where}: {unknown('kind', kind, sorted(KINDS))}")
    if len(kinds) != 1:
        raise SpecError(
            f"{where}: expected one kind, found {' and '.join(kinds) or 'none'}; known: {', '.join(KINDS)}"
        )
    return kinds[0]


def read_statement(model: type[M], given: Any, where: str) -> M:
    """Build a statement from its tree; raises SpecError naming the key and what it takes."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        keys = ", ".join(model.model_fields)
        raise SpecError(
            f"{where}{'.' if place else ''}{place}: {first['msg'].lower()}; its keys are {keys}"
        ) from None


def _severity(given: Any, where: str) -> Severity:
    try:
        return Severity(given)
    except ValueError:
        known = ", ".join(Severity)
        raise SpecError(f"{where}: severity {given!r}; expected one of {known}") from None


def _list(rows: Any, where: str) -> list[Any]:
    if not isinstance(rows, list):
        raise SpecError(f"{where}: expected a list, found {type(rows).__name__}")
    return rows


def _text(row: Mapping[str, Any], key: str, where: str, *, optional: bool = False) -> str | None:
    value = row.get(key)
    if value is None and optional:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
        raise SpecError(
            f"{where}: {key}: expected text of at most {MAX_TEXT} signs, found {str(value)[:80]!r}"
        )
    return " ".join(value.split()) if key != "words" else value


def _pattern(words: str, where: str) -> None:
    try:
        re.compile(words)
    except re.error as error:
        raise SpecError(f"{where}: words: no regular expression ({error})") from None
