"""Reads a consumer contract from YAML: data alone, within bounds, every problem with file and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from audit.checks.mismatches import one_line
from audit.contract.consumer import Consumer, Need
from audit.errors import UsageError, unknown
from audit.model import Location
from audit.spec.located import Place, line_of, read_located

SHIPPED = "consumers"  # folder of a description with the contracts that ship beside it
SUFFIX = ".yaml"


@dataclass(frozen=True)
class Stated:
    """A contract and where it says what; one that is built in code has no ``file``."""

    consumer: Consumer
    file: str | None = None
    lines: Mapping[Place, int] = field(default_factory=dict)

    def at(self, *place: str | int) -> Location | None:
        """Return where something is said, or the nearest thing around it."""
        if self.file is None:
            return None
        return Location(file=self.file, line=line_of(place, self.lines))


def find(name: str, folder: Path) -> Path:
    """Return the file of that name, or the shipped contract; ``folder`` is that of the description."""
    path = Path(name)
    shipped = {file.stem: file for file in sorted((folder / SHIPPED).glob(f"*{SUFFIX}"))}
    if path.exists() or not shipped:
        return path
    if name in shipped:
        return shipped[name]
    raise UsageError(f"{name}: no such file, nor one of the shipped contracts: {', '.join(shipped)}")


def read(path: Path) -> Stated:
    """Read a contract; raises UsageError that starts with file and line."""
    found = read_located(path, "a contract")
    try:
        return Stated(Consumer.model_validate(found.tree), str(path), found.lines)
    except ValidationError as error:
        raise UsageError(_problem(str(path), error, found.lines)) from None


def _problem(file: str, error: ValidationError, lines: Mapping[Place, int]) -> str:
    """Say what is wrong first: where, and what would be right."""
    first = error.errors(include_url=False, include_input=False)[0]
    place: Place = tuple(step for step in first["loc"] if step != "[key]")
    name = str(place[-1]) if place else ""
    told = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        known = Need.model_fields if len(place) > 1 else Consumer.model_fields
        told = str(unknown("key", name, list(known)))
    elif first["type"] == "missing":
        told = f"{name} is missing"
    elif name and not isinstance(place[-1], int):
        told = f"{name}: {told[:1].lower()}{told[1:]}"
    return f"{file}:{line_of(place, lines)}: {one_line(told, most=500)}"
