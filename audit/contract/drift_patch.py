"""Puts what has moved into the description's files where that is mechanical, and leaves the rest alone.

A file is edited as text at the places that its YAML nodes name; comments and layout stay. What the
description's own lint does not accept afterwards is left to a person.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory

from audit.checks.drift import AddField, Edit, SetFloor, SetPlan
from audit.contract.drift_nodes import Sheets, Splice
from audit.spec.catalog import Spec
from audit.spec.lint import Problem, lint

ABOUT = "Seen in answers; not documented."
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}\Z")
_WORDS = {"yes", "off", "true", "false", "null"}


@dataclass(frozen=True)
class Amended:
    """Changed files by name, each before and after; the edits made, and those left to a person."""

    files: Mapping[str, tuple[str, str]]
    made: tuple[Edit, ...]
    left: tuple[Edit, ...]

    def diff(self) -> str:
        """Return all changes as one patch for `patch -p1` in the description's folder."""
        return "".join(
            line
            for name, (old, new) in sorted(self.files.items())
            for line in unified_diff(
                old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{name}", f"b/{name}"
            )
        )


def amend(spec: Spec, edits: Iterable[Edit]) -> Amended:
    """Return the description's files with every edit that its lint accepts."""
    wanted = _joined(spec, edits)
    with TemporaryDirectory(prefix="drift-") as folder:
        copy = Path(folder) / spec.folder.name
        shutil.copytree(spec.folder, copy)
        made, files = [edit for edit in wanted if _applied(spec, [edit])], _applied(spec, wanted)
        if files and not _accepted(copy, files, set()):
            possible, made, files, known = made, [], {}, set(lint(copy))
            for edit in possible:
                tried = _applied(spec, [*made, edit])
                if _accepted(copy, tried, known):
                    made, files = [*made, edit], tried
    return Amended(files, tuple(made), tuple(edit for edit in wanted if edit not in made))


def _joined(spec: Spec, edits: Iterable[Edit]) -> list[Edit]:
    """One edit for each place: of plans that were refused the dearest decides, of those open the cheapest."""
    found: dict[tuple[str, ...], Edit] = {}
    for edit in edits:
        match edit:
            case AddField():
                found.setdefault(("field", edit.operation, edit.parent, edit.name), edit)
            case SetFloor():
                found["floor", edit.operation, edit.plan] = edit
            case SetPlan():
                place = ("plan", edit.operation)
                other = found.get(place)
                if not isinstance(other, SetPlan) or _further(spec, edit, other):
                    found[place] = edit
    return [found[place] for place in sorted(found)]


def _further(spec: Spec, edit: SetPlan, other: SetPlan) -> bool:
    dearer = spec.ladder.get(edit.plan).rank > spec.ladder.get(other.plan).rank
    return dearer if edit.narrowed else not dearer


def _applied(spec: Spec, edits: Iterable[Edit]) -> dict[str, tuple[str, str]]:
    sheets = Sheets(spec.folder)
    floors: dict[str, dict[str, str | None]] = {}
    added: dict[tuple[str, str], list[str]] = {}
    splices: list[Splice] = []
    for edit in edits:
        operation = spec.operations[edit.operation]
        match edit:
            case SetPlan():
                splices += sheets.replaced(*sheets.operation(operation), "x-plan", edit.plan)
            case SetFloor():
                floors.setdefault(operation.id, dict(operation.floors))[edit.plan] = edit.interval
            case AddField():
                entry = f"{_key(edit.name)}: {_schema(edit)}"
                added.setdefault((operation.id, edit.parent), []).append(entry)
    for name, table in floors.items():
        kept = ", ".join(f"{plan}: {width}" for plan, width in table.items() if width)
        place = sheets.operation(spec.operations[name])
        splices += sheets.replaced(*place, "x-interval-floor", f"{{{kept}}}" if kept else None)
    for (name, parent), entries in added.items():
        splices += sheets.added(*sheets.operation(spec.operations[name]), parent, entries)
    return sheets.spliced(splices)


def _accepted(copy: Path, files: Mapping[str, tuple[str, str]], known: set[Problem]) -> bool:
    """Whether the lint finds nothing new; the copy is as it was afterwards."""
    for name, (_, new) in files.items():
        (copy / name).write_text(new, encoding="utf-8", newline="")
    accepted = set(lint(copy)) <= known
    for name, (old, _) in files.items():
        (copy / name).write_text(old, encoding="utf-8", newline="")
    return accepted


def _key(name: str) -> str:
    plain = _PLAIN.match(name) and name.lower() not in _WORDS
    return name if plain else json.dumps(name)


def _schema(edit: AddField) -> str:
    types = [json.dumps(name) if name == "null" else name for name in edit.types]
    given = types[0] if len(types) == 1 else f"[{', '.join(types)}]"
    time = f", x-time: {edit.time}" if edit.time else ""
    return f"{{type: {given}{time}, description: {ABOUT}}}"
