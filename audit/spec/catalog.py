"""A whole description in memory: provider, plans, refusals and every operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import SpecError, UsageError, unknown
from audit.model import SpecFacts
from audit.spec.documents import Documents
from audit.spec.operations import Operation, read_operation
from audit.spec.plans import Ladder, read_plans
from audit.spec.provider import Provider, read_provider
from audit.spec.refusals import Refusals, read_refusals

if TYPE_CHECKING:
    from audit.spec.channels import Stream

CHANNELS = "channels.yaml"
METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


@dataclass(frozen=True)
class Spec:
    """What one provider promises. ``operations`` keeps the order of the root document."""

    folder: Path
    title: str
    version: str
    sha256: str
    provider: Provider
    ladder: Ladder
    refusals: Refusals
    operations: Mapping[str, Operation]

    @cached_property
    def stream(self) -> Stream | None:
        """The channels, None where the description has none; raises SpecError naming the first fault."""
        from audit.spec.channels import load_stream

        return load_stream(self.folder, self.ladder)

    def operation(self, name: str) -> Operation:
        """Return an operation by name; raises UsageError with the nearest names."""
        try:
            return self.operations[name]
        except KeyError:
            raise unknown("operation", name, list(self.operations)) from None

    def select(self, patterns: tuple[str, ...]) -> tuple[Operation, ...]:
        """Return the operations that match any pattern, all of them where none is given."""
        if not patterns:
            return tuple(self.operations.values())
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in self.operations):
                if any(sign in pattern for sign in "*?["):
                    raise UsageError(f"no operation matches {pattern!r}; `spec list` shows their names")
                self.operation(pattern)
        return tuple(
            operation
            for name, operation in self.operations.items()
            if any(fnmatchcase(name, pattern) for pattern in patterns)
        )

    def facts(self) -> SpecFacts:
        """Say which description this is, for a Run."""
        return SpecFacts(
            title=self.title, version=self.version, sha256=self.sha256, operations=len(self.operations)
        )


def default_folder() -> Path:
    """Return the description that ships with the tool, from a checkout or from an installed wheel."""
    here = Path(__file__).resolve().parents[1]
    for folder in (here / "_specs", here.parent / "specs"):
        if (folder / "DEFAULT").is_file():
            return folder / (folder / "DEFAULT").read_text(encoding="utf-8").strip()
    raise SpecError("no description is shipped with this installation; name one with --spec DIR")


def load(folder: Path | None = None) -> Spec:
    """Read a description; raises SpecError with file and line where it cannot be used."""
    folder = folder or default_folder()
    if not (folder / "openapi.yaml").is_file():
        raise SpecError(f"{folder}: no openapi.yaml in it; --spec names a folder such as {default_folder()}")
    documents = Documents(folder)
    root = _mapping(documents.read("openapi.yaml"), "openapi.yaml")
    ladder = read_plans(documents.read("plans.yaml"))
    refusals = read_refusals(documents.read("refusals.yaml"))
    provider = read_provider(root)
    _mapping(root.get("paths"), "openapi.yaml: paths")
    operations = _operations(documents.unfold("openapi.yaml", "paths"), ladder)
    if documents.has(CHANNELS):
        documents.read(CHANNELS)  # what is probed belongs to the digest
    info = _mapping(root.get("info"), "openapi.yaml: info")
    return Spec(
        folder=folder,
        title=str(info.get("title", "")),
        version=str(info.get("version", "")),
        sha256=documents.sha256(),
        provider=provider,
        ladder=ladder,
        refusals=refusals,
        operations=operations,
    )


def _operations(paths: dict[str, Any], ladder: Ladder) -> dict[str, Operation]:
    operations: dict[str, Operation] = {}
    for path, item in paths.items():
        resolved = _mapping(item, f"openapi.yaml: {path}")
        for method in METHODS:
            if method in resolved:
                operation = read_operation(path, method, resolved[method], ladder)
                if operation.id in operations:
                    raise SpecError(f"{path}: operationId {operation.id} is used twice")
                operations[operation.id] = operation
    if not operations:
        raise SpecError("openapi.yaml: no operation in it; expected at least one path")
    return operations


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SpecError(f"{where}: expected a mapping, found {type(value).__name__}")
    return value
