"""Reads a query string and checks it against what an operation documents."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from audit.spec.operations import Operation, Parameter
from audit.spec.strictness import DECIMAL

MAX_FIELDS = 200
# ASCII: Python would read digits of any script, and underscores between them.
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}\Z")
_DECIMAL = re.compile(DECIMAL, re.ASCII)
_NUMERIC_ROLES = ("limit", "start", "end", "page")


@dataclass(frozen=True)
class Refusal:
    """Which of the description's answers refuses a request, and what stands in its words."""

    answer: str
    words: Mapping[str, str] = field(default_factory=dict)


def read_query(raw: bytes) -> dict[str, str]:
    """Return the parameters of a query string, decoded; one given twice is joined with a comma."""
    found: dict[str, str] = {}
    try:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    for name, value in pairs:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def check(operation: Operation, given: Mapping[str, str]) -> tuple[dict[str, str], Refusal | None]:
    """Return the documented parameters that were given, or why they are refused.

    Unknown parameters are left out. A limit above its maximum is lowered to it.
    """
    values: dict[str, str] = {}
    for parameter in operation.parameters:
        value = given.get(parameter.name, "").strip()
        if value:
            continue
        if parameter.required:
            words = {"type": parameter.type.capitalize(), "name": parameter.name}
            return {}, Refusal("parameter-missing", words)
    for parameter in operation.parameters:
        value = given.get(parameter.name, "").strip()
        if not value:
            continue
        accepted = _accept(parameter, value)
        if accepted is None:
            return {}, Refusal("parameter-bad", {"name": parameter.name, "type": parameter.type.capitalize()})
        values[parameter.name] = accepted
    return values, None


def _accept(parameter: Parameter, value: str) -> str | None:
    """Return the value as it will be used, or None where it is not acceptable."""
    if parameter.choices and value not in parameter.choices:
        return None
    whole = parameter.type == "integer" or parameter.role in _NUMERIC_ROLES
    if not whole and parameter.type != "number":
        return value
    number = _number(value, whole)
    if number is None:
        return None
    low, high = parameter.schema.get("minimum"), parameter.schema.get("maximum")
    if high is not None and number > high:
        return str(high) if parameter.role == "limit" else None
    if low is None and parameter.role in ("limit", "page"):
        low = 1
    if low is not None and number < low:
        return None
    return str(int(number)) if whole else value


def _number(value: str, whole: bool) -> float | int | None:
    if whole:
        return int(value) if _INTEGER.match(value) else None
    number = float(value) if _DECIMAL.match(value) else math.inf
    return number if math.isfinite(number) else None
