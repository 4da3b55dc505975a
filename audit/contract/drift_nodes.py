"""Finds places in a description's YAML files by node: text can be put there, and the rest stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from posixpath import normpath

import yaml

from audit.contract.drift_shape import ANY_NAME
from audit.spec.operations import Operation
from audit.spec.paths import steps

ROOT = "openapi.yaml"
_BODY = ("responses", "200", "content", "application/json", "schema")


@dataclass(frozen=True)
class Splice:
    """Text that takes the place of what stands between two offsets of a file."""

    file: str
    start: int
    end: int
    text: str


class Sheets:
    """The files of a description as nodes, each read when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._texts: dict[str, str] = {}
        self._roots: dict[str, yaml.Node | None] = {}

    def operation(self, operation: Operation) -> tuple[str, yaml.Node | None]:
        """Return file and node of an operation."""
        file, node = self._inside(ROOT, self._root(ROOT), ("paths", operation.path))
        return self._inside(file, node, (operation.method.lower(),))

    def replaced(self, file: str, node: yaml.Node | None, key: str, text: str | None) -> list[Splice]:
        """Put another value behind a key of a block mapping; None takes the key's line away."""
        for name, value in _entries(node):
            if name.value == key:
                start, end = value.start_mark.index, _end(value)
                if text is None:
                    start, end = self._line(file, name.start_mark.index, end)
                return [Splice(file, start, end, text or "")]
        return []

    def added(self, file: str, node: yaml.Node | None, parent: str, fields: list[str]) -> list[Splice]:
        """Describe further fields of the object at ``parent`` of an operation's answer."""
        file, node = self._inside(file, node, _BODY)
        for step in steps(parent):
            file, node = self._field(file, node, step)
        own = _child(node, "properties")
        if own is not None:
            return self._appended(file, own, fields)
        if _child(node, "$ref") is not None and node is not None:
            # Shared by other operations: what is seen here is said beside the reference.
            return self._appended(file, node, [f"properties: {{{', '.join(fields)}}}"])
        return []

    def spliced(self, splices: Iterable[Splice]) -> dict[str, tuple[str, str]]:
        """Return each file that changes, before and after."""
        changed: dict[str, tuple[str, str]] = {}
        # From the end on, so that the offsets before stay true.
        for splice in sorted(splices, key=lambda one: one.start, reverse=True):
            old = self._texts[splice.file]
            text = changed.get(splice.file, (old, old))[1]
            changed[splice.file] = (old, text[: splice.start] + splice.text + text[splice.end :])
        return changed

    def _appended(self, file: str, node: yaml.Node, entries: list[str]) -> list[Splice]:
        """Add entries at the end of a mapping, in its own style."""
        there = _entries(node)
        if not there:
            return []
        text = self._texts[file]
        end = len(text[: _end(there[-1][1])].rstrip())
        if isinstance(node, yaml.MappingNode) and node.flow_style:
            return [Splice(file, end, end, "".join(f", {entry}" for entry in entries))]
        line = "\r\n" if "\r\n" in text else "\n"
        after = text.find(line, end)
        after = len(text) if after < 0 else after
        indent = " " * there[0][0].start_mark.column
        return [Splice(file, after, after, "".join(f"{line}{indent}{entry}" for entry in entries))]

    def _field(
        self, file: str, node: yaml.Node | None, step: str | int | None
    ) -> tuple[str, yaml.Node | None]:
        match step:
            case None:
                return self._inside(file, node, ("items",))
            case int():
                file, node = self._inside(file, node, ("prefixItems",))
                rows = node.value if isinstance(node, yaml.SequenceNode) else []
                return file, rows[step] if step < len(rows) else None
            case str() if step == ANY_NAME:
                return self._inside(file, node, ("additionalProperties",))
            case str():
                return self._inside(file, node, ("properties", step))

    def _inside(
        self, file: str, node: yaml.Node | None, trail: tuple[str, ...]
    ) -> tuple[str, yaml.Node | None]:
        """Follow keys down; a reference is followed where the whole trail does not stand beside it."""
        found: yaml.Node | None = node
        for key in trail:
            found = _child(found, key)
        if found is not None or node is None:
            return file, found
        reference = _child(node, "$ref")
        if isinstance(reference, yaml.ScalarNode):
            return self._inside(*self._point(file, reference.value), trail)
        if len(trail) > 1:
            return self._inside(*self._inside(file, node, trail[:1]), trail[1:])
        return file, None

    def _point(self, file: str, reference: str) -> tuple[str, yaml.Node | None]:
        name, _, pointer = reference.partition("#")
        target = normpath(str(PurePosixPath(file).parent / name)) if name else file
        node = self._root(target)
        for part in pointer.split("/")[1:]:
            node = _child(node, part.replace("~1", "/").replace("~0", "~"))
        return target, node

    def _root(self, file: str) -> yaml.Node | None:
        if file not in self._roots:
            with (self._folder / file).open(encoding="utf-8", newline="") as lines:
                self._texts[file] = lines.read()
            self._roots[file] = yaml.compose(self._texts[file], Loader=yaml.SafeLoader)
        return self._roots[file]

    def _line(self, file: str, start: int, end: int) -> tuple[int, int]:
        text = self._texts[file]
        after = text.find("\n", end)
        return text.rfind("\n", 0, start) + 1, len(text) if after < 0 else after + 1


def _entries(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    return next((value for name, value in _entries(node) if name.value == key), None)


def _end(node: yaml.Node) -> int:
    """Where the text of a node ends: that of a block reaches to the next one, its last leaf does not."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.end_mark.index)
