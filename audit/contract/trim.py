"""Shortens the lists of an answer to a few rows, so that what is left still means what it meant. Pure.

The description says which list is a series: its newest moments are kept, in their order. Lists that run
beside a list of moments lose the same places. Of any other list the first rows are kept. A list that
numbers point into is left whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from heapq import nlargest
from typing import Any

from audit.spec.operations import Operation
from audit.spec.paths import steps

ROWS = 4

Schema = Mapping[str, Any]
Trail = tuple[str | int | None, ...]


def trim(
    operation: Operation, body: Any, *, rows: int = ROWS, landmarks: Collection[str] = frozenset()
) -> Any:
    """Return a body with at most ``rows`` of each list, and besides them each row that names a landmark."""
    times = steps(operation.series.times) if operation.series else ()
    descending = operation.series is not None and operation.series.order == "descending"
    return _Trimmer(times, descending, rows, frozenset(landmarks)).value(body, operation.schema, ())


@dataclass(frozen=True)
class _Trimmer:
    """One body on its way; ``times`` leads to the moments of its series."""

    times: Trail
    descending: bool
    rows: int
    landmarks: frozenset[str]

    def value(self, value: Any, schema: Schema, trail: Trail) -> Any:
        if isinstance(value, dict):
            return self._object(value, schema, trail)
        if isinstance(value, list):
            fixed = schema.get("prefixItems")
            if fixed is not None:
                return [
                    self.value(item, fixed[place] if place < len(fixed) else {}, (*trail, place))
                    for place, item in enumerate(value)
                ]
            return self._list(value, schema, trail, self._places(value, schema, trail))
        return value

    def _list(self, value: list[Any], schema: Schema, trail: Trail, places: list[int]) -> list[Any]:
        items = _mapping(schema.get("items"))
        return [self.value(value[place], items, (*trail, None)) for place in places]

    def _object(self, value: dict[str, Any], schema: Schema, trail: Trail) -> dict[str, Any]:
        known = _mapping(schema.get("properties"))
        others = _mapping(schema.get("additionalProperties"))
        schemas = {name: _mapping(known.get(name, others)) for name in value}
        if self.times[:-2] == trail and self.times[-1:] == (None,):
            return self._columns(value, schemas, trail)
        whole = any(_points(child) for child in schemas.values())
        return {
            name: item
            if whole and isinstance(item, list) and not _points(schemas[name])
            else self.value(item, schemas[name], (*trail, name))
            for name, item in value.items()
        }

    def _columns(self, value: dict[str, Any], schemas: Mapping[str, Schema], trail: Trail) -> dict[str, Any]:
        """Cut every list that is as long as the list of moments, one level down in a map as well."""
        moments = value.get(str(self.times[-2]))
        length = len(moments) if isinstance(moments, list) else -1
        places = self._newest(moments) if isinstance(moments, list) else []

        def cut(item: Any, schema: Schema, trail: Trail, deeper: bool) -> Any:
            if isinstance(item, list) and len(item) == length:
                return self._list(item, schema, trail, places)
            if deeper and isinstance(item, dict):
                inner = _mapping(schema.get("additionalProperties"))
                return {name: cut(child, inner, (*trail, name), False) for name, child in item.items()}
            return self.value(item, schema, trail)

        return {name: cut(item, schemas[name], (*trail, name), True) for name, item in value.items()}

    def _places(self, value: list[Any], schema: Schema, trail: Trail) -> list[int]:
        inside = (*trail, None)
        if self.times[: len(inside)] == inside and None not in self.times[len(inside) :]:
            return self._newest([_at(row, self.times[len(inside) :]) for row in value])
        least = max(self.rows, int(schema.get("minItems", 0)))
        return [place for place, row in enumerate(value) if place < least or self._is_landmark(row)]

    def _newest(self, moments: list[Any]) -> list[int]:
        """The places of the newest moments, in the order in which they stand."""
        places = range(len(moments))
        try:
            return sorted(nlargest(self.rows, places, key=lambda place: (moments[place], place)))
        except TypeError:
            # Moments that cannot be compared are for the checks to judge; keep the end that is new.
            return list(places[: self.rows] if self.descending else places[-self.rows :])

    def _is_landmark(self, row: Any) -> bool:
        return isinstance(row, dict) and any(
            isinstance(value, str) and value in self.landmarks for value in row.values()
        )


def _points(schema: Schema) -> bool:
    """Whether a list holds tuples with bare whole numbers: they may be places in the lists beside it."""
    cells = _mapping(schema.get("items")).get("prefixItems", ())
    return any(
        cell.get("type") == "integer" and "x-time" not in cell and "x-unit" not in cell for cell in cells
    )


def _at(row: Any, trail: Trail) -> Any:
    for step in trail:
        if isinstance(step, str) and isinstance(row, dict):
            row = row.get(step)
        elif isinstance(step, int) and isinstance(row, list) and step < len(row):
            row = row[step]
        else:
            return None
    return row


def _mapping(value: Any) -> Schema:
    return value if isinstance(value, Mapping) else {}
