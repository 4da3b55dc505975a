"""Reads the YAML files of a description and resolves their references, within bounds.

A description can come from anywhere (``--spec DIR``), so it is untrusted: data only, no file
outside its folder, nothing from the network, no cycle, no file or structure of unbounded size.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from audit.errors import SpecError
from audit.spec import cache

MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_FILES = 500
MAX_DEPTH = 60
MAX_NAME = 200
MAX_NODES = 2_000_000
_NESTED = (dict, list)  # most values are neither, and take no call


class Documents:
    """The files of one description folder, each read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._trees: dict[str, Any] = {}
        self._digests: dict[str, str] = {}
        self._nodes = 0

    def read(self, name: str) -> Any:
        """Return the tree of one file; raises SpecError that names file and line."""
        if name in self._trees:
            return self._trees[name]
        if len(self._trees) >= MAX_FILES:
            raise SpecError(f"{name}: more than {MAX_FILES} files; expected a description of fewer")
        self._trees[name] = tree = _tree(name, self._raw(name))
        return tree

    def _raw(self, name: str) -> bytes:
        """Return the bytes of one file, whose digest is noted; raises SpecError."""
        try:
            path = (self.folder / name).resolve()
        except (OSError, ValueError) as error:
            raise SpecError(f"{name[:MAX_NAME]!r}: no name of a file ({error}); correct the $ref") from None
        if not path.is_relative_to(self.folder):
            raise SpecError(f"{name}: stands outside the description's folder; move it inside {self.folder}")
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                raise SpecError(f"{name}: larger than {MAX_FILE_BYTES // 1024 // 1024} MiB; split it")
            raw = path.read_bytes()
        except OSError as error:
            reason = f"cannot be read ({error.strerror}) in {self.folder}; check --spec"
            raise SpecError(f"{name[:MAX_NAME]}: {reason}") from None
        self._digests[path.relative_to(self.folder).as_posix()] = hashlib.sha256(raw).hexdigest()
        return raw

    def has(self, name: str) -> bool:
        """Whether the folder holds this file."""
        return (self.folder / name).is_file()

    def sha256(self) -> str:
        """Digest over every file read so far, by name; changes when any of them changes."""
        lines = "".join(f"{name} {digest}\n" for name, digest in sorted(self._digests.items()))
        return hashlib.sha256(lines.encode()).hexdigest()

    def resolve(self, tree: Any, name: str, trail: tuple[str, ...] = ()) -> Any:
        """Return a copy of the tree with every ``$ref`` replaced by what it points to.

        Keys beside a ``$ref`` are laid over its target; ``properties`` and ``required`` are joined,
        as JSON Schema 2020-12 means them.
        """
        if not isinstance(tree, _NESTED):
            return tree
        self._nodes += len(tree)
        if self._nodes > MAX_NODES:
            raise SpecError(
                f"{name}: unfolds to more than {MAX_NODES:,} values; look for a $ref that multiplies"
            )
        if len(trail) > MAX_DEPTH:
            raise SpecError(f"{name}: nested deeper than {MAX_DEPTH} levels or cyclic, at {_short(trail)}")
        if isinstance(tree, list):
            return [
                self.resolve(item, name, (*trail, "[]")) if isinstance(item, _NESTED) else item
                for item in tree
            ]
        reference = tree.get("$ref")
        if not isinstance(reference, str):
            return {
                key: self.resolve(value, name, (*trail, str(key))) if isinstance(value, _NESTED) else value
                for key, value in tree.items()
            }
        mark = f"{name} -> {reference}"
        if mark in trail:
            raise SpecError(f"{name}: the $ref {reference} leads back to itself; break the cycle")
        target_file, target = self.point(reference, name)
        resolved = self.resolve(target, target_file, (*trail, mark))
        beside = {
            key: self.resolve(value, name, (*trail, key)) for key, value in tree.items() if key != "$ref"
        }
        return _overlay(resolved, beside) if beside else resolved

    def unfold(self, name: str, key: str) -> Any:
        """Return what stands under a key of a file, references resolved; kept until a file of it changes."""
        place = cache.key("unfolded", bytes(self.folder), name.encode(), key.encode())
        kept = cache.get(place)
        if kept is not None and self._is_of_today(kept["files"]):
            return kept["tree"]
        tree = self.resolve(self.read(name).get(key), name)
        if cache.is_plain(tree, MAX_NODES):
            cache.put(place, {"files": self._digests, "tree": tree})
        return tree

    def _is_of_today(self, files: dict[str, str]) -> bool:
        """Whether files are what they were, by digest; only then do they count as read."""
        before = dict(self._digests)
        try:
            for name in files:
                self._raw(name)
        except SpecError:
            self._digests = before
            return False
        same = all(self._digests[name] == digest for name, digest in files.items())
        if not same:
            self._digests = before
        return same

    def point(self, reference: str, name: str) -> tuple[str, Any]:
        """Return the file and the value that a ``$ref`` in file ``name`` points to."""
        file_part, _, pointer = reference.partition("#")
        if "://" in file_part or file_part.startswith(("//", "/")):
            raise SpecError(
                f"{name}: $ref {reference} leaves the folder; "
                "only files beside it are read, never the network"
            )
        target_file = name
        if file_part:
            target_file = _beside(name, file_part)
        value = self.read(target_file)
        for step in [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]:
            if isinstance(value, dict) and step in value:
                value = value[step]
            elif isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            else:
                raise SpecError(
                    f"{name}: $ref {reference} points to nothing: {target_file} has no {step!r} there"
                )
        return target_file, value


def _tree(name: str, raw: bytes) -> Any:
    """Parse a file, unless this has been done before: for YAML that takes long."""
    key = cache.key("yaml", raw)
    known = cache.get(key)
    if known is not None:
        return known
    from audit.spec.yaml_text import parse

    tree = parse(name, raw)
    if cache.is_plain(tree, len(raw)):
        cache.put(key, tree)
    return tree


@lru_cache(maxsize=MAX_FILES)
def _beside(name: str, file_part: str) -> str:
    return _normal((Path(name).parent / file_part).as_posix())


def _normal(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _overlay(under: Any, over: dict[str, Any]) -> Any:
    if not isinstance(under, dict):
        return over
    merged = {**under, **over}
    if isinstance(under.get("properties"), dict) and isinstance(over.get("properties"), dict):
        merged["properties"] = {**under["properties"], **over["properties"]}
    if isinstance(under.get("required"), list) and isinstance(over.get("required"), list):
        merged["required"] = [
            *under["required"],
            *(key for key in over["required"] if key not in under["required"]),
        ]
    return merged


def _short(trail: tuple[str, ...]) -> str:
    return " / ".join(trail[:3]) + " … " + " / ".join(trail[-2:])
