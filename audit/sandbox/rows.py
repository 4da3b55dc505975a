"""Turns the schema of an answer into a function that fills it: one column per field, then rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from audit.sandbox.values import (
    Asked,
    Column,
    Frame,
    choice_column,
    moment_column,
    number_column,
    numeric_examples,
    ohlc_columns,
    sometimes_null,
    text_column,
    text_key,
)
from audit.spec.operations import Operation, Parameter

if TYPE_CHECKING:
    from audit.spec import channels
    from audit.spec.channels import Channel

DEFAULT_LENGTH = 3
_STEPS = re.compile(r"[^.\[\]]+|\[\d+\]|\[\]")
Path = tuple[str, ...]
Schema = Mapping[str, Any]


def steps_of(path: str) -> Path:
    """Split a place in a body: ``data[].time`` -> data, [], time; ``data[][0]`` -> data, [], [0]."""
    return tuple(_STEPS.findall(path))


class Compiler:
    """Compiles the fields of one operation's answer, or of one channel's messages."""

    def __init__(
        self, described: Operation | Channel, times: str = "", aliases: Mapping[str, str] | None = None
    ) -> None:
        """``times`` is where the times of a series stand, if the body holds one.

        ``aliases`` maps field names that carry a role without being a parameter, to a value's name.
        """
        self._described = described
        self._aliases = aliases or {}
        self._times: Path = steps_of(times)
        last = max((place for place, step in enumerate(self._times) if step == "[]"), default=-1)
        self._series: Path = self._times[: last + 1]
        self._columnar = bool(self._times) and last == len(self._times) - 1

    def compile(self, schema: Schema, path: Path) -> Column:
        """Return the column that fills a schema standing at ``path`` in the body."""
        return self._node(schema, path, False)

    def _node(self, schema: Schema, path: Path, series: bool) -> Column:
        for union in ("oneOf", "anyOf"):
            if schema.get(union):
                return self._node(schema[union][0], path, series)
        key = text_key(self._described.id, *path)
        if "const" in schema:
            return choice_column([schema["const"]], key)
        kinds = _kinds(schema)
        column = self._value(schema, kinds, path, key, series)
        if "null" in kinds and len(kinds) > 1 and "x-time" not in schema and "enum" not in schema:
            return sometimes_null(column, key)
        return column

    def _value(self, schema: Schema, kinds: Sequence[str], path: Path, key: int, series: bool) -> Column:
        kind = _first_kind(schema, kinds)
        if kind == "object":
            return self._object(schema, path, series)
        if kind == "array":
            return self._tuple(schema, path) if "prefixItems" in schema else self._array(schema, path, series)
        choices = _choices(schema, kind)
        if choices:
            return choice_column(choices, key)
        if "x-time" in schema:
            return moment_column(str(schema["x-time"]), kind == "string", key)
        return self._number(schema, kind, path, key) if kind != "string" else self._text(schema, path, key)

    def _number(self, schema: Schema, kind: str, path: Path, key: int) -> Column:
        page = self._described.parameter("page")
        if page is not None and page.name == path[-1]:
            return lambda frame: [frame.asked.page] * len(frame.ids)
        return number_column(schema, kind, key)

    def _text(self, schema: Schema, path: Path, key: int) -> Column:
        if schema.get("format") == "decimal" and (numeric_examples(schema) or not schema.get("examples")):
            return number_column(schema, "text", key)
        return text_column(schema, self._echo(schema, path), path == self._times)

    def _echo(self, schema: Schema, path: Path) -> Callable[[Asked], str | None]:
        """Return what says the text that was asked for, where the field carries it, or None."""
        examples = [str(example) for example in schema.get("examples", ()) if example is not None]
        alias = self._aliases.get(path[-1])
        if alias is not None and len(examples) < 2:
            return lambda asked: asked.values.get(alias) or None
        for parameter in self._described.parameters:
            if parameter.role not in ("coin", "pair", "exchange") and parameter.name != path[-1]:
                continue
            spell = _carries(parameter, path[-1], examples)
            if spell is not None:
                return _said(parameter.name, spell)
        return lambda asked: None

    def _object(self, schema: Schema, path: Path, series: bool) -> Column:
        # Lists beside a list of times run along with it, those one level down in a map as well.
        series = series or (self._columnar and path == self._times[:-2])
        properties: Mapping[str, Schema] = schema.get("properties", {})
        roles: Mapping[str, str] = {
            name: role for role, name in schema.get("x-ohlc", {}).items() if name in properties
        }
        candle = _candle(properties, roles, text_key(self._described.id, *path)) if roles else None
        columns = {
            name: self._node(field, (*path, name), series)
            for name, field in properties.items()
            if name not in roles
        }
        names = list(properties)
        extra = self._map(schema, path, series)

        def column(frame: Frame) -> list[Any]:
            made = candle(frame) if candle else {}
            filled = [made[roles[name]] if name in roles else columns[name](frame) for name in names]
            rows = [dict(zip(names, row, strict=True)) for row in zip(*filled, strict=True)]
            rows = rows or [{} for _ in frame.ids]
            return extra(frame, rows) if extra else rows

        return column

    def _map(
        self, schema: Schema, path: Path, series: bool
    ) -> Callable[[Frame, list[dict[str, Any]]], list[Any]] | None:
        """Return what adds the entries of a map to rows; the keys asked for come alone if they are known."""
        values = schema.get("additionalProperties")
        if not isinstance(values, dict):
            return None
        named = schema.get("properties", {})
        keys = [
            str(key) for key in (schema.get("propertyNames") or {}).get("examples", ()) if key not in named
        ]
        columns = {key: self._node(values, (*path, key), series) for key in keys or ["key"]}
        askers = [p for p in self._described.parameters if p.role in ("exchange", "exchange-list")]

        def add(frame: Frame, rows: list[dict[str, Any]]) -> list[Any]:
            asked = {
                part for asker in askers for part in frame.asked.values.get(asker.name, "").split(",") if part
            }
            chosen = [key for key in columns if key in asked] or list(columns)
            if asked & set(named):
                rows = [{key: value for key, value in row.items() if key in asked} for row in rows]
                chosen = [key for key in columns if key in asked]
            for key in chosen:
                for row, value in zip(rows, columns[key](frame), strict=True):
                    row[key] = value
            return rows

        return add

    def _tuple(self, schema: Schema, path: Path) -> Column:
        fields: list[Schema] = list(schema["prefixItems"])
        by_name = {str(place): field for place, field in enumerate(fields)}
        roles = {
            str(place): role for role, place in schema.get("x-ohlc", {}).items() if str(place) in by_name
        }
        candle = _candle(by_name, roles, text_key(self._described.id, *path)) if roles else None
        columns = [
            None if str(place) in roles else self._node(field, (*path, f"[{place}]"), False)
            for place, field in enumerate(fields)
        ]

        def column(frame: Frame) -> list[Any]:
            made = candle(frame) if candle else {}
            filled = [
                made[roles[str(place)]] if one is None else one(frame) for place, one in enumerate(columns)
            ]
            return [list(row) for row in zip(*filled, strict=True)]

        return column

    def _array(self, schema: Schema, path: Path, series: bool) -> Column:
        items: Schema = schema.get("items") or {}
        inner = (*path, "[]")
        item = self._node(items, inner, False)
        if series or (self._series and inner == self._series):
            return lambda frame: [item(frame.rows(place)) for place in range(len(frame.ids))]
        # A list around columns holds them once: every column has all moments already.
        length = 1 if self._columnar and inner == self._times[:-2] else _length(schema, items)
        paged = "[]" not in path
        # Several examples of a bare number are one list, such as the levels of an axis.
        together = _is_number(items) and len(items.get("examples", ())) > 1

        def column(frame: Frame) -> list[Any]:
            ordinals = _page(frame.asked, length) if paged else range(length)
            count = len(ordinals)
            flat = item(frame.children(ordinals, together))
            return [flat[place * count : (place + 1) * count] for place in range(len(frame.ids))]

        return column


def _page(asked: Asked, length: int) -> range:
    if asked.limit is None:
        return range(length)
    start = (asked.page - 1) * asked.limit
    return range(min(start, length), min(start + asked.limit, length))


def _length(schema: Schema, items: Schema) -> int:
    length = max(_rows(items), int(schema.get("minItems", 0)))
    return min(length, int(schema.get("maxItems", length)))


def _rows(items: Schema) -> int:
    """Return how many rows show all examples of a list: the longest examples of its texts."""
    counts: list[int] = []

    def visit(schema: Schema) -> None:
        kind = _first_kind(schema, _kinds(schema))
        if kind == "string" and schema.get("format") != "decimal":
            counts.append(len(schema.get("examples", ())))
        if kind == "object":
            for field in schema.get("properties", {}).values():
                visit(field)
        for field in schema.get("prefixItems", ()):
            visit(field)

    visit(items)
    if _is_number(items):
        counts.append(len(items.get("examples", ())))
    longest = max(counts, default=0)
    return longest if longest > 1 else DEFAULT_LENGTH


def _choices(schema: Schema, kind: str) -> list[Any]:
    """Return the values that a field of few values can hold; nothing for any other field."""
    if "enum" in schema:
        return list(schema["enum"])
    if kind == "boolean":
        return [one for one in schema.get("examples", ()) if isinstance(one, bool)] or [True, False]
    return [None] if kind == "null" else []


def _is_number(schema: Schema) -> bool:
    return _first_kind(schema, _kinds(schema)) in ("number", "integer")


def _candle(
    fields: Mapping[str, Schema], roles: Mapping[str, str], key: int
) -> Callable[[Frame], dict[str, list[Any]]]:
    schemas = {role: fields[name] for name, role in roles.items()}
    kinds = {}
    for role, schema in schemas.items():
        kind = _first_kind(schema, _kinds(schema))
        kinds[role] = "text" if kind == "string" else kind
    return ohlc_columns(schemas, kinds, key)


def _kinds(schema: Schema) -> list[str]:
    given = schema.get("type")
    if isinstance(given, str):
        return [given]
    if isinstance(given, list):
        return [str(kind) for kind in given]
    if "properties" in schema or "additionalProperties" in schema:
        return ["object"]
    if "items" in schema or "prefixItems" in schema:
        return ["array"]
    return ["integer"] if "x-time" in schema else ["string"]


def _first_kind(schema: Schema, kinds: Sequence[str]) -> str:
    examples = schema.get("examples", ())
    if "null" in kinds and examples and all(example is None for example in examples):
        return "null"
    return next((kind for kind in kinds if kind != "null"), "null")


Spelling = Callable[[str], str]


def _carries(
    parameter: Parameter | channels.Parameter, name: str, examples: Sequence[str]
) -> Spelling | None:
    """Say how a field carries what a parameter asked for, or None where it does not.

    A field whose examples differ is one row per value; a field whose examples all begin with the
    parameter's example (``BTC/USDT`` for ``BTC``) carries it in front.
    """
    example = parameter.example
    if name == parameter.name and len(examples) < 2 and (example is None or examples in ([], [example])):
        return str
    if example is None or not examples:
        return None
    if all(given == example for given in examples):
        return str
    if all(given == example.upper() for given in examples):
        return str.upper
    if name == parameter.name and all(given.startswith(example) for given in examples):
        tail = examples[0][len(example) :]
        return lambda value: value + tail
    return None


def _said(name: str, spell: Spelling) -> Callable[[Asked], str | None]:
    def echo(asked: Asked) -> str | None:
        value = asked.values.get(name)
        return spell(value) if value else None

    return echo
