"""Turns a documented schema into the one an answer is held against. Pure.

The description stays plain OpenAPI; what its extensions mean for validation is added here:
objects are closed (a field nobody documented is worth a note), ``format: decimal`` is a pattern,
and ``x-time`` bounds a moment so that seconds cannot pass for milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DECIMAL = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"

# From 1973 to 5138 in each unit; the ranges do not touch, so a unit cannot be mistaken.
MOMENTS = {"s": (10**8, 10**11), "ms": (10**11, 10**14), "ns": (10**17, 10**20)}


def strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema with closed objects, decimal patterns and bounded moments."""
    result: dict[str, Any] = {key: _inside(key, value) for key, value in schema.items()}
    if "properties" in result and "additionalProperties" not in result:
        result["additionalProperties"] = False
    if result.get("format") == "decimal" and "pattern" not in result:
        result["pattern"] = DECIMAL
    unit = result.get("x-time")
    if unit in MOMENTS and "minimum" not in result:
        result["minimum"], result["exclusiveMaximum"] = MOMENTS[unit]
    result.pop("examples", None)
    result.pop("description", None)
    return result


def _inside(key: str, value: Any) -> Any:
    if key in ("properties", "patternProperties"):
        return {name: strict(child) for name, child in value.items()}
    if key in ("items", "additionalProperties") and isinstance(value, Mapping):
        return strict(value)
    if key in ("prefixItems", "anyOf", "oneOf", "allOf"):
        return [strict(child) for child in value]
    if key == "propertyNames" and isinstance(value, Mapping):
        return {name: part for name, part in value.items() if name != "examples"}
    return value
