"""Reads a YAML file of the user's within bounds, and notes on which line each entry stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from audit.errors import SpecError, UsageError

MAX_BYTES = 1024 * 1024

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Located:
    """The tree of a file, and the line of every entry by the keys that lead to it."""

    tree: Any
    lines: Mapping[Place, int]


def read_located(path: Path, what: str) -> Located:
    """Read a file that is ``what`` (a contract); raises UsageError that starts with file and line."""
    from audit.spec.yaml_text import parse

    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path}: larger than {MAX_BYTES // 1024} KiB; {what} is a short text")
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name a YAML file") from None
    try:
        tree = parse(str(path), raw)
    except SpecError as error:
        raise UsageError(str(error)) from None
    for event in yaml.parse(raw, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise UsageError(f"{path}:{line}: the alias *{event.anchor}; write out what it stands for")
    lines: dict[Place, int] = {}
    _locate(yaml.compose(raw, Loader=yaml.SafeLoader), (), lines)
    return Located(tree, lines)


def line_of(place: Place, lines: Mapping[Place, int]) -> int:
    """Return the line of an entry, or of the nearest thing around it."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _locate(node: Any, place: Place, lines: dict[Place, int]) -> None:
    """Note the line of every entry; how deep it goes was bounded when the text was parsed."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            lines[(*place, key.value)] = key.start_mark.line + 1
            _locate(value, (*place, key.value), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            lines[(*place, index)] = value.start_mark.line + 1
            _locate(value, (*place, index), lines)
