"""The shape of a body: which fields it has, of which kind, how often; not which values. Pure.

The description says which objects are maps, which lists are rows with fixed places, and which numbers
are moments; a body that it does not describe is walked all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from audit.spec.strictness import DECIMAL, MOMENTS

ANY_NAME = "*"
_SAMPLE = 200
_YEAR = 365 * 86_400
# Further from now than this, in seconds, a moment is none; nearer by far must be what nobody calls one.
REACH = 40 * _YEAR
_CLOSE = 3 * _YEAR
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DECIMAL = re.compile(DECIMAL)

Schema = Mapping[str, Any]


@dataclass
class Field:
    """One field of all objects at one place.

    ``kinds`` leaves null out, which ``null`` counts; ``seen`` is in how many objects it stood, ``place``
    where among the names of the first; ``numbers`` and ``texts`` are some of its values.
    """

    parent: str
    name: str
    schema: Schema
    place: int
    seen: int = 0
    null: int = 0
    kinds: set[str] = field(default_factory=set)
    numbers: list[float] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        """Where it stands, such as ``data[].close``."""
        return join(self.parent, self.name)

    @property
    def may_be_null(self) -> bool:
        """Whether the description says so."""
        return "null" in types_of(self.schema)


@dataclass
class Shape:
    """A body without its values.

    ``objects`` counts the objects at each place; ``uneven`` are places where lists that run beside each
    other differ in length, ``even`` those where they don't.
    """

    fields: dict[tuple[str, str], Field] = field(default_factory=dict)
    objects: dict[str, int] = field(default_factory=dict)
    required: dict[str, frozenset[str]] = field(default_factory=dict)
    even: set[str] = field(default_factory=set)
    uneven: set[str] = field(default_factory=set)


def shape_of(body: Any, schema: Schema) -> Shape:
    """Return the shape of a body that ``schema`` may describe."""
    shape = Shape()
    _walk(shape, body, schema, "")
    return shape


def join(parent: str, name: str) -> str:
    """A place and a name in it, as one place."""
    return f"{parent}{name}" if name.startswith("[") or not parent else f"{parent}.{name}"


def types_of(schema: Schema) -> set[str]:
    """The types that a schema allows, all of its alternatives together."""
    given = schema.get("type", ())
    types = {given} if isinstance(given, str) else set(given)
    for key in ("anyOf", "oneOf"):
        for child in schema.get(key, ()):
            types |= types_of(child)
    return types


def moment_unit(numbers: list[float], clock: float, documented: bool) -> str | None:
    """Return the unit in which every number is a moment near ``clock`` (epoch seconds), if there is one.

    Without a documented unit, a number must come closer: large amounts look like moments as well.
    """
    reach = REACH if documented else _CLOSE
    for unit, per_second in _PER_SECOND.items():
        if numbers and all(abs(number / per_second - clock) < reach for number in numbers):
            return unit
    return None


def _walk(shape: Shape, value: Any, schema: Schema, path: str) -> None:
    if isinstance(value, dict):
        _object(shape, value, schema, path)
    elif isinstance(value, list):
        fixed = schema.get("prefixItems")
        if fixed is not None:
            row = {f"[{index}]": item for index, item in enumerate(value)}
            known = {f"[{index}]": child for index, child in enumerate(fixed)}
            _named(shape, row, {"properties": known, "required": list(known)}, path)
            return
        items = _mapping(schema.get("items"))
        for item in value:
            _note(shape, path, "[]", items, item, 0)
            _walk(shape, item, items, f"{path}[]")


def _object(shape: Shape, value: dict[str, Any], schema: Schema, path: str) -> None:
    if isinstance(schema.get("additionalProperties"), Mapping):
        known = schema.get("properties", {})
        others = {name: item for name, item in value.items() if name not in known}
        value = {name: item for name, item in value.items() if name in known}
        for item in others.values():
            _note(shape, path, ANY_NAME, schema["additionalProperties"], item, 0)
            _walk(shape, item, schema["additionalProperties"], join(path, ANY_NAME))
        _measure(shape, others.values(), path)
    _named(shape, value, schema, path)
    _measure(shape, _lists(value, schema.get("properties", {})), path)


def _named(shape: Shape, row: dict[str, Any], schema: Schema, path: str) -> None:
    shape.objects[path] = shape.objects.get(path, 0) + 1
    shape.required[path] = frozenset(schema.get("required", ()))
    known = schema.get("properties", {})
    for place, (name, item) in enumerate(row.items()):
        child = _mapping(known.get(name))
        _note(shape, path, name, child, item, place)
        _walk(shape, item, child, join(path, name))


def _note(shape: Shape, parent: str, name: str, schema: Schema, value: Any, place: int) -> None:
    found = shape.fields.setdefault((parent, name), Field(parent, name, schema, place))
    found.seen += 1
    match value:
        case None:
            found.null += 1
        case bool():
            found.kinds.add("true or false")
        case int() | float():
            found.kinds.add("number")
            _keep(found, float(value))
        case str() if schema.get("format") == "decimal" and _DECIMAL.match(value):
            found.kinds.add("number as text")
            _keep(found, float(value))
        case str():
            found.kinds.add("text")
            if len(found.texts) < _SAMPLE:
                found.texts.add(value)
        case list():
            found.kinds.add("list")
        case _:
            found.kinds.add("object")


def _keep(found: Field, number: float) -> None:
    if len(found.numbers) < _SAMPLE:
        found.numbers.append(number)


def _lists(row: dict[str, Any], known: Schema) -> Iterator[Any]:
    """The lists of an object, and those in a map beside them."""
    for name, value in row.items():
        if isinstance(value, dict) and isinstance(
            _mapping(known.get(name)).get("additionalProperties"), Mapping
        ):
            yield from value.values()
        elif isinstance(value, list):
            yield value


def _measure(shape: Shape, values: Any, path: str) -> None:
    """Note whether lists of bare values that stand beside each other are equally long."""
    lengths = [
        len(value)
        for value in values
        if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)
    ]
    if len(lengths) > 1:
        (shape.even if len(set(lengths)) == 1 else shape.uneven).add(path)


def _mapping(value: Any) -> Schema:
    return value if isinstance(value, Mapping) else {}


def documented_unit(schema: Schema) -> str | None:
    """The unit of a moment where the description gives one."""
    unit = schema.get("x-time")
    return unit if unit in MOMENTS else None
