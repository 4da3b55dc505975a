"""Findings that are known and accepted, kept in a JSON file beside the code.

A finding is known again by its rule, its file and the text of its line, spaces aside, so that a line
which only moves stays known. Where the same line stands in a file several times, they are counted.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import OutputError, UsageError

if TYPE_CHECKING:
    from audit.model import Finding

FORMAT = "baseline/1"
FILES_KEPT = 64
# (file, line) -> the text of that line, or None where it cannot be read.
Lines = Callable[[str, int], str | None]
Key = tuple[str, str, str]


class LineReader:
    """Reads lines of the files that findings stand in; keeps some files, since many findings share one."""

    def __init__(self, folder: Path | None = None) -> None:
        self._read = lru_cache(FILES_KEPT)(partial(_lines_of, folder or Path()))

    def __call__(self, file: str, line: int) -> str | None:
        """Return one line, counted from 1; None where there is none."""
        lines = self._read(file)
        return lines[line - 1] if 0 < line <= len(lines) else None


def _lines_of(folder: Path, file: str) -> list[str]:
    try:
        return (folder / file).read_text("utf-8", "replace").split("\n")
    except OSError:
        return []


def fingerprint(finding: Finding, lines: Lines, folder: Path | None = None) -> Key:
    """Return rule, file, and a digest of the line; of the message where the finding stands on no line.

    The file is named from ``folder`` on, by default the current one.
    """
    place = finding.location
    file = os.path.relpath(place.file, folder).replace("\\", "/") if place else ""
    text = lines(place.file, place.line) if place and place.line else None
    plain = " ".join((finding.message if text is None else text).split())
    return finding.rule, file, hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:16]


class Baseline:
    """The known findings: how often each fingerprint may occur. Files are named from ``folder`` on."""

    def __init__(self, known: Iterable[tuple[Key, int]] = (), folder: Path | None = None) -> None:
        self.known: Counter[Key] = Counter(dict(known))
        self.folder = folder

    @classmethod
    def of(cls, findings: Iterable[Finding], lines: Lines, folder: Path | None = None) -> Baseline:
        """Make a baseline of everything that was found."""
        return cls(Counter(fingerprint(finding, lines, folder) for finding in findings).items(), folder)

    def filter(
        self, findings: Iterable[Finding], lines: Lines
    ) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Divide findings into new and known ones, both in the order given."""
        left = Counter(self.known)
        new: list[Finding] = []
        known: list[Finding] = []
        for finding in findings:
            key = fingerprint(finding, lines, self.folder)
            if left[key] > 0:
                left[key] -= 1
                known.append(finding)
            else:
                new.append(finding)
        return tuple(new), tuple(known)

    def gone(self, findings: Iterable[Finding], lines: Lines) -> int:
        """Count the known findings that have not been found again; they can be taken out of the file."""
        again = Counter(fingerprint(finding, lines, self.folder) for finding in findings)
        return (self.known - again).total()


def write(path: Path, findings: Iterable[Finding], lines: Lines) -> Baseline:
    """Write a baseline, one finding a line, sorted; raises OutputError where that is not possible.

    Only a baseline is written over: its name may come from the settings of the code that is scanned.
    """
    _check_replaceable(path)
    baseline = Baseline.of(findings, lines, path.parent)
    rows = [
        json.dumps({"rule": rule, "file": file, "line": digest, "count": count}, ensure_ascii=False)
        for (rule, file, digest), count in sorted(baseline.known.items())
    ]
    body = ",\n    ".join(rows)
    text = f'{{\n  "format": "{FORMAT}",\n  "findings": [' + (f"\n    {body}\n  " if rows else "") + "]\n}\n"
    beside = path.with_name(path.name + ".part")
    try:
        # Made anew, so that a link of that name leads nowhere.
        beside.unlink(missing_ok=True)
        with beside.open("xb") as file:
            file.write(text.encode("utf-8", "surrogatepass"))
        beside.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
    return baseline


def _check_replaceable(path: Path) -> None:
    """Raise UsageError for a file that holds anything but a baseline, of whichever version."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        tree = json.loads(raw.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        tree = None
    family = FORMAT.partition("/")[0]
    if not isinstance(tree, dict) or str(tree.get("format")).partition("/")[0] != family:
        raise UsageError(f"{path}: is there and no baseline; nothing was written, name another file")


def load(path: Path) -> Baseline:
    """Read a baseline; raises UsageError naming the file and what is wrong with it."""
    try:
        tree = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror}; write it first with --write-baseline, or leave it out"
        ) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a baseline: {error}") from None
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        found = tree.get("format") if isinstance(tree, dict) else type(tree).__name__
        raise UsageError(f"{path}: expected the format {FORMAT!r}, found {found!r}; write it again")
    rows = tree.get("findings")
    if not isinstance(rows, list):
        raise UsageError(f"{path}: findings: expected a list, found {type(rows).__name__}")
    return Baseline((_row(path, number, row) for number, row in enumerate(rows)), path.parent)


def _row(path: Path, number: int, row: Any) -> tuple[Key, int]:
    where = f"{path}: findings[{number}]"
    if not isinstance(row, dict):
        raise UsageError(f"{where}: expected an object, found {type(row).__name__}")
    texts = [row.get(key) for key in ("rule", "file", "line")]
    count = row.get("count", 1)
    if not all(isinstance(text, str) for text in texts) or type(count) is not int or count < 1:
        raise UsageError(f"{where}: expected rule, file and line as texts and count as a number from 1")
    rule, file, digest = map(str, texts)
    return (rule, file, digest), count
