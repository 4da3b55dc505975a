"""A cassette: the recorded answers of one group of operations on one plan, as a file a diff can show.

A cassette is untrusted input. Reading one yields data alone, within bounds, and each way in which it
cannot be used is one CassetteError that starts with the file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from audit.client.answers import Complete
from audit.errors import CassetteError
from audit.model import Frozen, SpecFacts, Target, TargetKind, Tool

FORMAT: Literal["coinglass-audit.cassette/1"] = "coinglass-audit.cassette/1"
SUFFIX = ".json"
MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 40
MAX_INTERACTIONS = 5000
WIDTH = 140  # a list or an object of this many characters stays on one line

_AGAIN = "record it again"
_CONTENT = b'"interactions": '
_MARK = re.compile(rb"^(?:<{7}|={7}|>{7})(?: |\r?$)", re.MULTILINE)


class _Exact(BaseModel):
    """Base of what is played back: cannot be changed, and holds nothing that is not known here."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Asked(_Exact):
    """The request that was sent; ``params`` in the order of sending. Headers are never kept."""

    method: str
    path: str
    params: dict[str, str] = Field(default_factory=dict)


class Answered(_Exact):
    """The answer that came, trimmed.

    Header names are lower case. ``form`` says how ``body`` stands in the file: as the JSON value it
    is, as text, or in base64. ``rows`` is how many rows came where fewer are kept.
    """

    status: int = Field(ge=100, le=599)
    headers: dict[str, str] = Field(default_factory=dict)
    rows: int | None = None
    form: Literal["json", "text", "base64"] = "json"
    body: Any = None

    @model_validator(mode="after")
    def _can_be_played(self) -> Self:
        if self.form != "json" and not isinstance(self.body, str):
            raise ValueError(f"body is not {self.form} as it says")
        if not all(text.isprintable() for row in self.headers.items() for text in row):
            raise ValueError("a header holds a line break or another sign that none can")
        if self.form == "base64":
            base64.b64decode(self.body, validate=True)
        return self

    @cached_property
    def raw(self) -> bytes:
        """The body as bytes; JSON in its compact spelling."""
        if self.form == "json":
            return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False).encode()
        return self.body.encode() if self.form == "text" else base64.b64decode(self.body)

    def outcome(self) -> Complete:
        """Return the answer as the client would have."""
        return Complete(self.status, self.headers, self.raw, 0.0)


class Interaction(_Exact):
    """One request and its answer; ``operation`` and ``interval`` say what was asked for."""

    operation: str
    interval: str | None = None
    request: Asked
    response: Answered

    @property
    def identity(self) -> tuple[str, str, frozenset[tuple[str, str]]]:
        """What tells one request from another: method, path, and the parameters in any order."""
        return self.request.method, self.request.path, frozenset(self.request.params.items())


class Origin(Frozen):
    """Where a cassette comes from; ``recorded_at`` is when the recording began, in UTC."""

    target: Target
    plan: str
    group: str
    recorded_at: datetime
    tool: Tool
    spec: SpecFacts


class Cassette(_Exact):
    """The recorded answers of one group on one plan."""

    about: Origin
    interactions: tuple[Interaction, ...]


def default_folder() -> Path:
    """Return the cassettes that ship with the tool, from a checkout or from an installed wheel."""
    here = Path(__file__).resolve().parents[1]
    packed = here / "_cassettes"
    return packed if packed.is_dir() else here.parent / "cassettes"


def file_name(group: str) -> str:
    """Return the file name of a group's cassette."""
    return re.sub(r"[^A-Za-z0-9_.]+", "-", group).strip("-.") + SUFFIX


def encode_body(raw: bytes) -> dict[str, Any]:
    """Return ``form`` and ``body`` of an answer: as JSON only where reading it back gives an equal value."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return {"form": "base64", "body": base64.b64encode(raw).decode()}
    try:
        value = _parse(text)
        _measure(value)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return {"form": "text", "body": text}
    return {"form": "json", "body": value}


def dump(cassette: Cassette) -> str:
    """Write a cassette as JSON: one short list or object a line, with a digest over the interactions."""
    rows = [row.model_dump(mode="json", exclude_defaults=True) for row in cassette.interactions]
    content = _layout(rows, 1)
    about = cassette.about.model_dump(mode="json", exclude_none=True)
    about["recorded_at"] = cassette.about.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    end = f"{content}\n}}\n"
    head = {"format": FORMAT, "sha256": _digest(end.encode()), "about": about}
    parts = "".join(f" {json.dumps(name)}: {_layout(value, 1)},\n" for name, value in head.items())
    return f"{{\n{parts} {_CONTENT.decode()}{end}"


def load(path: Path) -> Cassette:
    """Read a cassette; raises CassetteError saying what is wrong with the file."""
    raw = _read(path)
    tree = _tree(path, raw)
    _check_head(path, tree)
    try:
        cassette = Cassette.model_validate({name: tree.get(name) for name in Cassette.model_fields})
    except ValidationError as error:
        raise CassetteError(f"{path}: {_first(error)}; {_AGAIN}") from None
    if tree.get("sha256") != _digest(raw.partition(_CONTENT)[2]):
        raise CassetteError(
            f"{path}: not what was recorded (edited by hand, merged or laid out anew); {_AGAIN}"
        )
    _check_content(path, cassette)
    return cassette


def _read(path: Path) -> bytes:
    if path.suffix != SUFFIX:
        raise CassetteError(f"{path}: not a cassette; a cassette is a {SUFFIX} file, remove it from here")
    try:
        if not path.is_file():
            raise CassetteError(f"{path}: no such file; `record` makes it")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise CassetteError(
                f"{path}: {size:,} bytes; a cassette has at most {MAX_BYTES:,}, series are trimmed; {_AGAIN}"
            )
        return path.read_bytes()
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read ({error.strerror}); {_AGAIN}") from None


def _tree(path: Path, raw: bytes) -> dict[str, Any]:
    mark = _MARK.search(raw)
    if mark:
        line = raw.count(b"\n", 0, mark.start()) + 1
        raise CassetteError(f"{path}:{line}: a conflict mark of a merge; {_AGAIN} instead of merging")
    try:
        tree = _parse(raw.decode())
        _measure(tree)
    except json.JSONDecodeError as error:
        ended = error.pos >= len(raw.decode().rstrip()) or error.msg.startswith("Unterminated string")
        problem = "ends too soon" if ended else f"not JSON: {error.msg}"
        raise CassetteError(f"{path}:{error.lineno}: {problem}; {_AGAIN}") from None
    except UnicodeDecodeError as error:
        raise CassetteError(f"{path}: not UTF-8 at byte {error.start}; {_AGAIN}") from None
    except RecursionError:
        raise CassetteError(f"{path}: nested deeper than {MAX_DEPTH} levels; {_AGAIN}") from None
    except ValueError as error:
        raise CassetteError(f"{path}: {error}; {_AGAIN}") from None
    if not isinstance(tree, dict):
        raise CassetteError(f"{path}: expected an object with `about` and `interactions`; {_AGAIN}")
    return tree


def _parse(text: str) -> Any:
    """Read JSON strictly: a name given twice, and numbers that JSON does not have, are refused."""
    return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the name {next(name for name in names if names.count(name) > 1)!r} is given twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number in JSON")


def _measure(tree: Any) -> None:
    """Refuse deep nesting: what walks the tree later may recurse."""
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


def _check_head(path: Path, tree: dict[str, Any]) -> None:
    if tree.get("format") != FORMAT:
        raise CassetteError(f"{path}: format is {tree.get('format')!r}; expected {FORMAT!r}; {_AGAIN}")
    strange = sorted(set(tree) - {"format", "sha256", "about", "interactions"})
    if strange:
        raise CassetteError(f"{path}: unknown part {strange[0]!r}; {_AGAIN}")
    about = tree.get("about")
    missing = [name for name in Origin.model_fields if not (isinstance(about, dict) and about.get(name))]
    if missing:
        raise CassetteError(
            f"{path}: does not say where it comes from ({', '.join(missing)} missing in `about`); {_AGAIN}"
        )
    rows = tree.get("interactions")
    if isinstance(rows, list) and len(rows) > MAX_INTERACTIONS:
        raise CassetteError(f"{path}: {len(rows):,} interactions; at most {MAX_INTERACTIONS:,}; {_AGAIN}")


def _check_content(path: Path, cassette: Cassette) -> None:
    about = cassette.about
    if about.target.kind not in (TargetKind.LIVE, TargetKind.SANDBOX) or not about.target.base_url:
        raise CassetteError(
            f"{path}: about.target is {about.target.kind} {about.target.base_url}; "
            f"expected live or sandbox and a base URL; {_AGAIN}"
        )
    if about.recorded_at.tzinfo is None:
        raise CassetteError(f"{path}: about.recorded_at has no time zone; expected one in UTC; {_AGAIN}")
    if path.parent.name != about.plan:
        raise CassetteError(
            f"{path}: recorded on {about.plan}, but stands under {path.parent.name}; move or {_AGAIN}"
        )
    seen = set()
    for row in cassette.interactions:
        if row.identity in seen:
            raise CassetteError(f"{path}: {row.operation}: the same request is recorded twice; {_AGAIN}")
        seen.add(row.identity)


def _first(error: ValidationError) -> str:
    """Where a tree is not a cassette and why, without the value: it may be anything."""
    row = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, row['loc'])) or 'the file'}: {row['msg']}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _layout(value: Any, depth: int) -> str:
    """Write JSON with each list or object on one line where it is short and holds no other."""
    line = json.dumps(value, ensure_ascii=False)
    children = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(value, dict | list) or not children:
        return line
    if len(line) + depth <= WIDTH and not any(isinstance(child, dict | list) for child in children):
        return line
    outer, inner = " " * depth, " " * (depth + 1)
    if isinstance(value, dict):
        parts = [f"{json.dumps(k, ensure_ascii=False)}: {_layout(v, depth + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{outer}}}"
    return "[\n" + ",\n".join(inner + _layout(item, depth + 1) for item in value) + f"\n{outer}]"
