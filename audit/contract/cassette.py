"""A cassette: the recorded answers of one group of operations on one plan, as a file a diff can show.

`sealed` says how such a file is written, and how it is read as the untrusted input it is.
"""

from __future__ import annotations

import base64
import json
import re
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from audit.client.answers import Complete
from audit.contract.sealed import AGAIN, SUFFIX, Exact, Kind, Origin, check_origin, parse, seal, unseal
from audit.errors import CassetteError

KIND = Kind("coinglass-audit.cassette/1", "interactions", 5000)


class Asked(Exact):
    """The request that was sent; ``params`` in the order of sending. Headers are never kept."""

    method: str
    path: str
    params: dict[str, str] = Field(default_factory=dict)


class Answered(Exact):
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


class Interaction(Exact):
    """One request and its answer; ``operation`` and ``interval`` say what was asked for."""

    operation: str
    interval: str | None = None
    request: Asked
    response: Answered

    @property
    def identity(self) -> tuple[str, str, frozenset[tuple[str, str]]]:
        """What tells one request from another: method, path, and the parameters in any order."""
        return self.request.method, self.request.path, frozenset(self.request.params.items())


class Cassette(Exact):
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
        value = parse(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return {"form": "text", "body": text}
    return {"form": "json", "body": value}


def dump(cassette: Cassette) -> str:
    """Write a cassette as JSON, with a digest over the interactions."""
    rows = [row.model_dump(mode="json", exclude_defaults=True) for row in cassette.interactions]
    return seal(KIND, cassette.about, rows)


def load(path: Path) -> Cassette:
    """Read a cassette; raises CassetteError saying what is wrong with the file."""
    cassette = unseal(path, KIND, Cassette)
    check_origin(path, cassette)
    seen = set()
    for row in cassette.interactions:
        if row.identity in seen:
            raise CassetteError(f"{path}: {row.operation}: the same request is recorded twice; {AGAIN}")
        seen.add(row.identity)
    return cassette
