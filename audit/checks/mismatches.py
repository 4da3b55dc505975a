"""Where a body differs from its documented schema, each place once however many rows it has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from itertools import islice
from operator import getitem
from typing import Any, Literal, Protocol

import jsonschema_rs

from audit.spec.strictness import DECIMAL, strict

MAX_ERRORS = 2000
# Values of a body that are judged at once: the library holds every error of it, some kilobytes each.
MAX_AT_ONCE = 10_000
# A list no longer than this may be a row of documented places, which means nothing in halves.
MAX_TUPLE = 16
# A field with another name in every body would otherwise be a place of its own each time.
MAX_PLACES = 200
MAX_SHOWN = 80

Kind = Literal["missing", "unknown", "wrong"]
Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Mismatch:
    """One place: ``path`` with ``[]`` for any row, what was expected and found, in how many rows."""

    kind: Kind
    path: str
    expected: str
    found: str
    rows: int


class Described(Protocol):
    """What has a documented schema: an operation's answer, or a message of a channel."""

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema, resolved."""


def mismatches(described: Described, body: Any) -> tuple[Mismatch, ...]:
    """Compare a body with its schema; fields that are not documented count as unknown."""
    gathered = Gathered(described)
    gathered.fits(body)
    return gathered.places


class Gathered:
    """The mismatches of any number of bodies: each place once, at most MAX_PLACES of them."""

    def __init__(self, described: Described) -> None:
        self._compiled, self._schema = validator(_Held(described.schema))
        self._found: dict[tuple[Kind, str, str], Mismatch] = {}

    def fits(self, body: Any) -> bool:
        """Whether a body is as documented; where it is not, that is noted."""
        if self._compiled.is_valid(body):
            return True
        for error in islice(_errors(self._compiled, body), MAX_ERRORS):
            for mismatch in _read(error, self._schema):
                self._note(mismatch)
        return False

    def _note(self, mismatch: Mismatch) -> None:
        key = (mismatch.kind, mismatch.path, mismatch.expected)
        earlier = self._found.get(key)
        if earlier is not None:
            self._found[key] = replace(earlier, rows=earlier.rows + 1)
        elif len(self._found) < MAX_PLACES:
            self._found[key] = mismatch

    @property
    def places(self) -> tuple[Mismatch, ...]:
        """Every place, in a stable order."""
        return tuple(sorted(self._found.values(), key=lambda one: (one.kind, one.path, one.expected)))


def _errors(compiled: jsonschema_rs.Draft202012Validator, body: Any, under: Steps = ()) -> Iterator[Any]:
    """Yield the errors of a body at and below ``under``, a large one halved until it is small."""
    if compiled.is_valid(body):
        return
    path = _heavy_list(body, under)
    if path is None:
        yield from (
            one for one in compiled.iter_errors(body) if tuple(one.instance_path[: len(under)]) == under
        )
        return
    rows = reduce(getitem, path, body)
    middle = len(rows) // 2
    # What stands beside the list is judged with its first half alone.
    for half, below in ((rows[:middle], under), (rows[middle:], path)):
        for error in _errors(compiled, _replaced(body, path, half), below):
            # Half a list may be too short where the whole is not.
            if error.kind.name != "minItems" or tuple(error.instance_path) != path:
                yield error


def _heavy_list(body: Any, under: Steps) -> Steps | None:
    """Return the way to the list of rows that makes a body large, None where it is small."""
    path, here = under, reduce(getitem, under, body)
    while _size(here) > MAX_AT_ONCE:
        if isinstance(here, list) and len(here) > MAX_TUPLE:
            return path
        steps: Iterable[str | int] = here if isinstance(here, dict) else range(len(here))
        step = max(steps, key=lambda one: _size(here[one]))
        path, here = (*path, step), here[step]
    return None


def _size(value: Any) -> int:
    """Count a value and those in it, nested ones too."""
    count, left = 0, [value]
    while left:
        one = left.pop()
        count += 1
        if isinstance(one, dict | list):
            left.extend(one.values() if isinstance(one, dict) else one)
    return count


def _replaced(body: Any, path: Steps, rows: list[Any]) -> Any:
    """Return a body with other rows at a path; what is not on the way is shared."""
    if not path:
        return rows
    changed = body.copy()
    changed[path[0]] = _replaced(body[path[0]], path[1:], rows)
    return changed


class _Held:
    """A schema as a cache key: by identity, it never changes and lives as long as the description."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.schema is self.schema


@lru_cache(maxsize=4096)
def validator(held: _Held) -> tuple[jsonschema_rs.Draft202012Validator, dict[str, Any]]:
    """Compile a schema once; return the validator beside the strict schema it enforces."""
    schema = strict(held.schema)
    return jsonschema_rs.Draft202012Validator(schema, mask="it"), schema


def _read(error: Any, schema: dict[str, Any]) -> list[Mismatch]:
    path = show_path(error.instance_path)
    kind = error.kind
    match kind.name:
        case "required":
            return [Mismatch("missing", _join(path, kind.property), "present", "absent", 1)]
        case "additionalProperties":
            return [
                Mismatch("unknown", _join(path, name), "not documented", show(error.instance.get(name)), 1)
                for name in sorted(kind.unexpected)
            ]
        case "minimum" | "maximum" | "exclusiveMaximum" if unit := _time_unit(error.schema_path, schema):
            expected = f"a moment in {_UNITS[unit]}"
            return [
                Mismatch("wrong", path, expected, f"{show(error.instance)}{_looks_like(error.instance)}", 1)
            ]
    return [Mismatch("wrong", path, _expected(error), show(error.instance), 1)]


_UNITS = {"s": "seconds", "ms": "milliseconds", "ns": "nanoseconds"}


def _time_unit(schema_path: list[str | int], schema: Any) -> str | None:
    for step in schema_path[:-1]:
        schema = schema[step]
    unit = schema.get("x-time") if isinstance(schema, dict) else None
    return unit if unit in _UNITS else None


def _looks_like(value: Any) -> str:
    digits = len(str(abs(int(value)))) if isinstance(value, int | float) and abs(value) < 10**20 else 0
    unit = {10: "seconds", 13: "milliseconds", 16: "microseconds", 19: "nanoseconds"}.get(digits)
    return f" (looks like {unit})" if unit else ""


def _expected(error: Any) -> str:
    kind = error.kind
    if kind.name in _LIMITS:
        return f"{_LIMITS[kind.name]} {kind.limit}"
    match kind.name:
        case "type":
            types = kind.types if hasattr(kind, "types") else kind.as_dict().get("types", [])
            return " or ".join(_TYPES.get(str(name), str(name)) for name in types) or str(error.message)
        case "enum":
            return str(error.message).split(" is not one of ")[-1].join(("one of ", ""))
        case "pattern":
            return "a number as text" if kind.pattern == DECIMAL else f"text that matches {kind.pattern}"
    # The value is masked: each place is told once, whatever the values in its rows.
    return one_line(str(error.message))


_LIMITS = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than",
           "exclusiveMaximum": "less than", "minItems": "a list of at least",
           "maxItems": "a list of at most"}  # fmt: skip
_TYPES = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
          "null": "null", "array": "a list", "object": "an object"}  # fmt: skip


def show(value: Any) -> str:
    """A value as short text that tells its type: text in quotes, numbers bare."""
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return one_line(f"an object with {', '.join(sorted(map(str, value))[:5]) or 'nothing'}")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return one_line(f'"{value}"' if isinstance(value, str) else str(value))


def one_line(text: str, most: int = MAX_SHOWN) -> str:
    """Text from anywhere as one short line without control characters."""
    line = "".join(sign if sign.isprintable() else "�" for sign in text[: most + 1])
    return line if len(line) <= most else line[: most - 1] + "…"


def show_path(path: list[str | int]) -> str:
    """A place in a body, with ``[]`` for a row."""
    shown = ""
    for step in path:
        shown += "[]" if isinstance(step, int) else f".{one_line(step)}" if shown else one_line(step)
    return shown


def _join(path: str, name: str) -> str:
    return f"{path}.{one_line(name)}" if path else one_line(name)
