"""Reads checklists: lines of documents, each with what backs it, so that a run can tell how it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from audit.errors import AuditError, SpecError, UsageError, unknown
from audit.model import Verdict
from audit.spec.catalog import Spec
from audit.spec.claims import read_statement
from audit.spec.documents import Documents
from audit.spec.statements import Person, Statement, Text

FILE = "readiness.yaml"
Names = Annotated[tuple[Text, ...], Field(min_length=1, strict=False)]


class Code(Statement):
    """A scan found nothing by these rules; ``operations`` narrows them to names that match."""

    rules: Names
    operations: Names = ("*",)


class Answers(Statement):
    """The checks of the answers found nothing by these rules."""

    rules: Names


class Observed(Statement):
    """An operation was answered with this verdict."""

    operation: Text
    verdict: Verdict = Field(default=Verdict.AVAILABLE, strict=False)


class Uses(Statement):
    """The scanned code asks an operation."""

    operation: Text


class Line(Statement):
    """One line of a checklist, as written."""

    id: Text
    line: int = Field(ge=1)
    says: Text
    words: Text
    by: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, strict=False)]


class Checklist(Statement):
    """One checklist of a document, as written."""

    title: Text
    document: Text
    lines: Annotated[tuple[Line, ...], Field(min_length=1, strict=False)]


BACKINGS: dict[str, type[Statement]] = {
    "answers": Answers,
    "code": Code,
    "observed": Observed,
    "person": Person,
    "uses": Uses,
}


@dataclass(frozen=True)
class Item:
    """One line with all that backs it; it holds where every part does."""

    id: str
    checklist: str
    document: str
    line: int
    says: str
    words: str
    by: tuple[Statement, ...]


def shipped(spec: Spec) -> tuple[Item, ...]:
    """Return the checklists that stand with a description; none where it has none."""
    documents = Documents(spec.folder)
    return read_readiness(documents.read(FILE)) if documents.has(FILE) else ()


def read_readiness(tree: Any) -> tuple[Item, ...]:
    """Build the lines from the tree of readiness.yaml; raises SpecError naming the line."""
    rows = tree.get("checklists") if isinstance(tree, dict) else None
    if not isinstance(rows, list):
        raise SpecError(f"{FILE}: expected a list `checklists`")
    lists = [read_statement(Checklist, row, f"{FILE}: checklists.{place}") for place, row in enumerate(rows)]
    items = tuple(
        Item(one.id, row.title, row.document, one.line, one.says, one.words, _backings(one))
        for row in lists
        for one in row.lines
    )
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise SpecError(f"{FILE}: the id {item.id!r} is given twice; rename one")
        seen.add(item.id)
    return items


def strange_names(items: tuple[Item, ...], spec: Spec) -> Iterator[tuple[str, AuditError]]:
    """Yield line and error for each operation or channel that the description does not know."""
    channels = spec.stream.channels if spec.stream else {}
    for item in items:
        for one in item.by:
            if isinstance(one, Observed | Uses) and one.operation not in channels:
                try:
                    spec.operation(one.operation)
                except UsageError as error:
                    yield item.id, SpecError(f"{FILE}: {item.id}: {error}")


def _backings(line: Line) -> tuple[Statement, ...]:
    found = []
    for row in line.by:
        for name, given in row.items():
            where = f"{FILE}: {line.id}"
            if name not in BACKINGS:
                raise SpecError(f"{where}: {unknown('backing', name, sorted(BACKINGS))}")
            found.append(read_statement(BACKINGS[name], given, f"{where}: {name}"))
    return tuple(found)
