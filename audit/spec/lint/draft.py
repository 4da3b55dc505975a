"""A description that may be faulty, read as far as it can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from audit.errors import SpecError
from audit.spec.catalog import METHODS
from audit.spec.documents import Documents
from audit.spec.lint.problem import Problem, mapping, show, unreadable
from audit.spec.plans import Ladder, read_plans
from audit.spec.provider import Provider, read_provider
from audit.spec.refusals import Refusals, read_refusals

ROOT = "openapi.yaml"
T = TypeVar("T")
Used = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Entry:
    """One operation: where it stands, as written (``raw``) and with references resolved (``tree``)."""

    file: str
    key: str
    path: str
    method: str
    raw: dict[str, Any]
    tree: dict[str, Any]

    def problem(self, place: str, message: str, remedy: str) -> Problem:
        """Return a problem at a place inside this operation."""
        return Problem(self.file, f"{self.key}/{place}" if place else self.key, message, remedy)


@dataclass(frozen=True)
class Draft:
    """The files of a description, each as a tree, and what could be made of them.

    ``used`` holds every (file, pointer) that a ``$ref`` leads to; ``root`` is the resolved root.
    """

    documents: Documents
    files: dict[str, Any]
    used: Used
    root: dict[str, Any]
    entries: tuple[Entry, ...]
    provider: Provider | None
    ladder: Ladder | None
    refusals: Refusals | None

    def without(self, problems: Iterable[Problem]) -> Draft:
        """Return the draft without the operations that have problems: later rules rely on their shape."""
        bad = {(problem.file, problem.place.partition("/")[0]) for problem in problems}
        return replace(self, entries=tuple(e for e in self.entries if (e.file, e.key) not in bad))

    def view(self, node: Any, file: str) -> dict[str, Any]:
        """Return one node with its own ``$ref`` followed, keys beside it on top; nothing deeper."""
        if not isinstance(node, dict):
            return {}
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return node
        target_file, target = self.documents.point(reference, file)
        under = self.view(target, target_file)
        merged = {**under, **{key: value for key, value in node.items() if key != "$ref"}}
        if isinstance(under.get("properties"), dict) and isinstance(node.get("properties"), dict):
            merged["properties"] = {**under["properties"], **node["properties"]}
        if isinstance(under.get("required"), list) and isinstance(node.get("required"), list):
            merged["required"] = [*under["required"], *node["required"]]
        return merged


def read_draft(folder: Path) -> tuple[Draft, list[Problem]]:
    """Read everything that can be read; raises SpecError where there is no root document at all."""
    if not (folder / ROOT).is_file():
        raise SpecError(f"{folder}: no {ROOT} in it; --spec names the folder of a description")
    documents, problems = Documents(folder), list[Problem]()
    files, used = _follow(documents, problems)
    root_tree = mapping(files.get(ROOT))
    if not root_tree and not problems:
        message = f"expected a mapping, found {show(files.get(ROOT))}"
        problems.append(Problem(ROOT, "", message, "start from a working description"))
    entries = tuple(_entries(documents, root_tree, problems)) if root_tree else ()
    root = _root(documents, root_tree, problems)

    def table(name: str, read: Callable[[Any], T]) -> T | None:
        return _attempt(lambda: read(documents.read(name)), problems)

    draft = Draft(
        documents=documents,
        files=files,
        used=used,
        root=root,
        entries=entries,
        provider=_attempt(lambda: read_provider(root), problems) if root else None,
        ladder=table("plans.yaml", read_plans),
        refusals=table("refusals.yaml", read_refusals),
    )
    return draft, list(dict.fromkeys(problems))


def _root(documents: Documents, tree: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """The root with references resolved, without the paths that cannot be: those have their own problem."""
    paths = {}
    for path, item in mapping(tree.get("paths")).items():
        try:
            paths[path] = documents.resolve(item, ROOT)
        except SpecError:
            continue
    rest = {key: value for key, value in tree.items() if key != "paths" or not isinstance(value, dict)}
    resolved = _attempt(lambda: documents.resolve(rest, ROOT), problems)
    if not resolved:
        return {}
    return {**resolved, "paths": paths} if isinstance(tree.get("paths"), dict) else resolved


def _attempt(read: Callable[[], T], problems: list[Problem]) -> T | None:
    try:
        return read()
    except SpecError as error:
        problems.append(unreadable(error))
        return None


def _follow(documents: Documents, problems: list[Problem]) -> tuple[dict[str, Any], Used]:
    """Read every file that references lead to, from the root on."""
    files: dict[str, Any] = {}
    used: set[tuple[str, str]] = set()
    waiting = [ROOT]
    while waiting:
        name = waiting.pop()
        if name in files:
            continue
        files[name] = _attempt(partial(documents.read, name), problems)
        for place, reference in references(files[name]):
            if not isinstance(reference, str):
                remedy = "give it as file.yaml#/path/to/it"
                message = f"$ref: expected text, found {show(reference)}"
                problems.append(Problem(name, place, message, remedy))
                continue
            target = _attempt(partial(documents.point, reference, name), problems)
            if target is not None:
                used.add((target[0], reference.partition("#")[2]))
                waiting.append(target[0])
    return files, frozenset(used)


def references(tree: Any) -> Iterator[tuple[str, Any]]:
    """Every ``$ref`` of a tree with its place; what YAML aliases share is looked at once."""
    stack, seen = [("", tree)], set[int]()
    while stack:
        place, node = stack.pop()
        if not isinstance(node, dict | list) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, dict) and "$ref" in node:
            yield place.lstrip("/"), node["$ref"]
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        stack.extend((f"{place}/{step}", child) for step, child in pairs)


def _entries(documents: Documents, root: dict[str, Any], problems: list[Problem]) -> Iterator[Entry]:
    for path, item in mapping(root.get("paths")).items():
        try:
            reference = mapping(item).get("$ref")
            file, raw = documents.point(reference, ROOT) if isinstance(reference, str) else (ROOT, item)
            resolved = documents.resolve(item, ROOT)
        except SpecError as error:
            problems.append(unreadable(error))
            continue
        key = str(reference).rpartition("/")[2] if reference else str(path)
        for method in METHODS:
            tree, written = mapping(resolved).get(method), mapping(raw).get(method)
            if isinstance(tree, dict) and isinstance(written, dict):
                yield Entry(file, key, str(path), method, written, tree)
