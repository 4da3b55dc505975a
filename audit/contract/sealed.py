"""A recording as a file: JSON that a diff can show, with a digest over its content.

Such a file is untrusted input. Reading one yields data alone, within bounds, and each way in which it
cannot be used is one CassetteError that starts with the file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from audit.errors import CassetteError
from audit.model import Frozen, SpecFacts, Target, TargetKind, Tool

SUFFIX = ".json"
MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 40
AGAIN = "record it again"

_MARK = re.compile(rb"^(?:<{7}|={7}|>{7})(?: |\r?$)", re.MULTILINE)


class Exact(BaseModel):
    """Base of what is played back: cannot be changed, and holds nothing that is not known here."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Origin(Frozen):
    """Where a recording comes from; ``recorded_at`` is when it began, in UTC."""

    target: Target
    plan: str
    group: str
    recorded_at: datetime
    tool: Tool
    spec: SpecFacts


@dataclass(frozen=True)
class Kind:
    """A kind of file: the ``format`` it names, and where its content stands, of at most ``most`` rows.

    A list or an object of at most ``width`` characters stays on one line.
    """

    format: str
    content: str
    most: int
    width: int = 140

    @property
    def mark(self) -> bytes:
        """What the content follows: from here on it counts for the digest."""
        return f'"{self.content}": '.encode()


class Recording(Protocol):
    """What such a file holds, beside its content."""

    @property
    def about(self) -> Origin:
        """Where it comes from."""


R = TypeVar("R", bound=BaseModel)


def seal(kind: Kind, about: Origin, rows: list[Any]) -> str:
    """Write a recording: one short list or object a line, with a digest over its rows."""
    end = f"{_layout(rows, 1, kind.width)}\n}}\n"
    origin = about.model_dump(mode="json", exclude_none=True)
    origin["recorded_at"] = about.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    head = {"format": kind.format, "sha256": _digest(end.encode()), "about": origin}
    parts = "".join(
        f" {json.dumps(name)}: {_layout(value, 1, kind.width)},\n" for name, value in head.items()
    )
    return f"{{\n{parts} {kind.mark.decode()}{end}"


def unseal(path: Path, kind: Kind, model: type[R]) -> R:
    """Read a file of a kind as ``model``; raises CassetteError saying what is wrong with the file."""
    raw = _read(path)
    tree = _tree(path, raw, kind)
    _check_head(path, tree, kind)
    try:
        made = model.model_validate({name: tree.get(name) for name in model.model_fields})
    except ValidationError as error:
        raise CassetteError(f"{path}: {_first(error)}; {AGAIN}") from None
    if tree.get("sha256") != _digest(raw.partition(kind.mark)[2]):
        raise CassetteError(
            f"{path}: not what was recorded (edited by hand, merged or laid out anew); {AGAIN}"
        )
    return made


def check_origin(path: Path, made: Recording) -> None:
    """Raise CassetteError for an origin that is none, or that the file's place contradicts."""
    about = made.about
    if about.target.kind not in (TargetKind.LIVE, TargetKind.SANDBOX) or not about.target.base_url:
        raise CassetteError(
            f"{path}: about.target is {about.target.kind} {about.target.base_url}; "
            f"expected live or sandbox and a base URL; {AGAIN}"
        )
    if about.recorded_at.tzinfo is None:
        raise CassetteError(f"{path}: about.recorded_at has no time zone; expected one in UTC; {AGAIN}")
    if path.parent.name != about.plan:
        raise CassetteError(
            f"{path}: recorded on {about.plan}, but stands under {path.parent.name}; move or {AGAIN}"
        )


def parse(text: str) -> Any:
    """Read JSON strictly; raises ValueError or RecursionError.

    A name given twice, numbers that JSON does not have, and deep nesting are refused: what walks the
    tree later may recurse.
    """
    tree = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    return tree


def _read(path: Path) -> bytes:
    if path.suffix != SUFFIX:
        raise CassetteError(f"{path}: not a cassette; a cassette is a {SUFFIX} file, remove it from here")
    try:
        if not path.is_file():
            raise CassetteError(f"{path}: no such file; `record` makes it")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise CassetteError(
                f"{path}: {size:,} bytes; a cassette has at most {MAX_BYTES:,}, series are trimmed; {AGAIN}"
            )
        return path.read_bytes()
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read ({error.strerror}); {AGAIN}") from None


def _tree(path: Path, raw: bytes, kind: Kind) -> dict[str, Any]:
    mark = _MARK.search(raw)
    if mark:
        line = raw.count(b"\n", 0, mark.start()) + 1
        raise CassetteError(f"{path}:{line}: a conflict mark of a merge; {AGAIN} instead of merging")
    try:
        tree = parse(raw.decode())
    except json.JSONDecodeError as error:
        ended = error.pos >= len(raw.decode().rstrip()) or error.msg.startswith("Unterminated string")
        problem = "ends too soon" if ended else f"not JSON: {error.msg}"
        raise CassetteError(f"{path}:{error.lineno}: {problem}; {AGAIN}") from None
    except UnicodeDecodeError as error:
        raise CassetteError(f"{path}: not UTF-8 at byte {error.start}; {AGAIN}") from None
    except RecursionError:
        raise CassetteError(f"{path}: nested deeper than {MAX_DEPTH} levels; {AGAIN}") from None
    except ValueError as error:
        raise CassetteError(f"{path}: {error}; {AGAIN}") from None
    if not isinstance(tree, dict):
        raise CassetteError(f"{path}: expected an object with `about` and `{kind.content}`; {AGAIN}")
    return tree


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the name {next(name for name in names if names.count(name) > 1)!r} is given twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number in JSON")


def _check_head(path: Path, tree: Mapping[str, Any], kind: Kind) -> None:
    if tree.get("format") != kind.format:
        raise CassetteError(f"{path}: format is {tree.get('format')!r}; expected {kind.format!r}; {AGAIN}")
    strange = sorted(set(tree) - {"format", "sha256", "about", kind.content})
    if strange:
        raise CassetteError(f"{path}: unknown part {strange[0]!r}; {AGAIN}")
    about = tree.get("about")
    missing = [name for name in Origin.model_fields if not (isinstance(about, dict) and about.get(name))]
    if missing:
        raise CassetteError(
            f"{path}: does not say where it comes from ({', '.join(missing)} missing in `about`); {AGAIN}"
        )
    rows = tree.get(kind.content)
    if isinstance(rows, list) and len(rows) > kind.most:
        raise CassetteError(f"{path}: {len(rows):,} {kind.content}; at most {kind.most:,}; {AGAIN}")


def _first(error: ValidationError) -> str:
    """Where a tree is not a recording and why, without the value: it may be anything."""
    row = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, row['loc'])) or 'the file'}: {row['msg']}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _layout(value: Any, depth: int, width: int) -> str:
    """Write JSON with each list or object on one line where it is short and holds no other."""
    line = json.dumps(value, ensure_ascii=False)
    children = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(value, dict | list) or not children:
        return line
    if len(line) + depth <= width and not any(isinstance(child, dict | list) for child in children):
        return line
    outer, inner = " " * depth, " " * (depth + 1)
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(name, ensure_ascii=False)}: {_layout(child, depth + 1, width)}"
            for name, child in value.items()
        ]
        return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{outer}}}"
    return "[\n" + ",\n".join(inner + _layout(item, depth + 1, width) for item in value) + f"\n{outer}]"
