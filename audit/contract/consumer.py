"""What a program needs of the API, stated in code or read from a file: operations, fields, freshness."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from audit.errors import SpecError, unknown
from audit.spec.strictness import DECIMAL, MOMENTS
from audit.spec.widths import seconds

_DECIMAL = re.compile(DECIMAL, re.ASCII)
OPTIONAL = "?"  # behind a field's name: rows may lack it


class Kind(StrEnum):
    """A type of field as a need spells it; ``ms``, ``s`` and ``ns`` are moments since the epoch."""

    NUMBER = "number"
    INTEGER = "integer"
    MS = "ms"
    S = "s"
    NS = "ns"
    NUMERIC_TEXT = "numeric-text"
    TEXT = "text"
    BOOLEAN = "boolean"
    LIST = "list"
    OBJECT = "object"
    NULL = "null"

    @property
    def covers(self) -> frozenset[Kind]:
        """The kinds whose values are all of this kind, too."""
        return _COVERS.get(self, frozenset({self}))

    def holds(self, value: Any) -> bool:
        """Whether a value out of an answer is of this kind."""
        if self in _MOMENTS:
            first, end = MOMENTS[self.value]
            return _is_number(value) and first <= value < end
        match self:
            case Kind.NUMBER:
                return _is_number(value)
            case Kind.INTEGER:
                return _is_number(value) and (isinstance(value, int) or value.is_integer())
            case Kind.NUMERIC_TEXT:
                return isinstance(value, str) and _DECIMAL.match(value) is not None
        return isinstance(value, _CLASSES[self])


_MOMENTS = frozenset({Kind.MS, Kind.S, Kind.NS})
_COVERS = {
    Kind.NUMBER: frozenset({Kind.NUMBER, Kind.INTEGER}) | _MOMENTS,
    Kind.INTEGER: frozenset({Kind.INTEGER}) | _MOMENTS,
    Kind.TEXT: frozenset({Kind.TEXT, Kind.NUMERIC_TEXT}),
}
_CLASSES = {
    Kind.TEXT: str,
    Kind.BOOLEAN: bool,
    Kind.LIST: list,
    Kind.OBJECT: dict,
    Kind.NULL: type(None),
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def kinds(text: str) -> tuple[Kind, ...]:
    """Read ``number | numeric-text``; raises ValueError that lists the right words."""
    found = []
    for word in (part.strip() for part in text.split("|")):
        try:
            found.append(Kind(word))
        except ValueError:
            raise ValueError(str(unknown("type", word, [kind.value for kind in Kind]))) from None
    return tuple(dict.fromkeys(found))


def _as_sent(value: Any) -> Any:
    """A number may stand without quotes; YAML's many words for true and false are no value to send."""
    if isinstance(value, bool):
        raise ValueError("is true or false here; put it in quotes")  # noqa: TRY004 - pydantic tells these
    return str(value) if _is_number(value) else value


def _known(text: str) -> str:
    kinds(text)
    return text


def _span(text: str) -> str:
    try:
        seconds(text)
    except SpecError as error:
        raise ValueError(str(error)) from None
    return text


Sent = Annotated[str, BeforeValidator(_as_sent), Field(min_length=1, max_length=500)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Types = Annotated[str, AfterValidator(_known)]
Span = Annotated[str, AfterValidator(_span)]


class _Stated(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Need(_Stated):
    """One request that a program makes, and what of the answer it relies on.

    ``params`` are sent as they stand; ``intervals`` asks for the same on each of several. ``fields`` are
    spelled from a row (``close``, ``list[].price``, ``[0]``), each with the types that the program can
    take; a ``?`` behind the name says that it can do without. ``max_age`` is a span such as ``90m``.
    """

    operation: Name
    params: Mapping[Name, Sent] = Field(default_factory=dict, max_length=100)
    intervals: tuple[Sent, ...] = Field(default=(), max_length=50)
    fields: Mapping[Name, Types] = Field(default_factory=dict, max_length=1000)
    max_age: Span | None = None
    min_rows: int | None = Field(default=None, ge=1)

    @cached_property
    def age(self) -> int | None:
        """``max_age`` in seconds."""
        return None if self.max_age is None else seconds(self.max_age)

    def wanted(self) -> Iterator[tuple[str, str, tuple[Kind, ...], bool]]:
        """Yield each field: as written, its path from a row, its types, and whether rows may lack it."""
        for name, text in self.fields.items():
            yield name, name.removesuffix(OPTIONAL), kinds(text), name.endswith(OPTIONAL)


class Consumer(_Stated):
    """A program and everything it needs; ``plan`` is the one it runs on."""

    consumer: Name
    plan: Name
    needs: tuple[Need, ...] = Field(min_length=1, max_length=1000)
