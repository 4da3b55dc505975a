"""How the parameters and the answer of an earlier route change, and the text that is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from audit.errors import SpecError

FILE = "legacy.yaml"
# The keys of a route, or of a set, that this module reads.
KEYS = frozenset({"params", "same", "add", "each", "fields", "use"})


@dataclass(frozen=True)
class ValueChange:
    """How a value changes: by a table of old and new text, or as ``how`` says in words."""

    name: str
    table: Mapping[str, str] = field(default_factory=dict, hash=False)
    how: str = ""

    def apply(self, text: str) -> str | None:
        """Return the new text, or None where it cannot be told from the old one alone.

        Letter case counts. What a table yields passes as it is; whether an operation accepts it is
        for the caller to see. A table with ``*`` leaves every other text as it is.
        """
        if "*" in self.table and text not in self.table:
            return text
        if self.table:
            return self.table.get(text, text if text in self.table.values() else None)
        calculate = CALCULATED.get(self.name)
        return calculate(text) if calculate else None


@dataclass(frozen=True)
class ParamChange:
    """What becomes of a parameter: ``to`` is its new name, None where it is not sent any more."""

    to: str | None
    value: ValueChange | None = None


@dataclass(frozen=True)
class FieldChange:
    """What becomes of a field: ``to`` is its new name (dots go down), None where it has gone."""

    to: str | None
    value: ValueChange | None = None


@dataclass(frozen=True)
class Changes:
    """What becomes of a route's parameters and fields, by their old names.

    ``params`` holds those that stay as they are, too; ``added`` maps each parameter that is required
    now and may be missing to a value to begin with, or None where somebody has to choose.
    """

    params: Mapping[str, ParamChange] = field(default_factory=dict, hash=False)
    added: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    fields: Mapping[str, FieldChange] = field(default_factory=dict, hash=False)


def _seconds(text: str) -> str | None:
    # A longer number is no moment in seconds; it may well be one in milliseconds already.
    return str(int(text) * 1000) if re.fullmatch(r"[0-9]{1,11}", text) else None


def _milliseconds(text: str) -> str | None:
    return str(int(text) // 1000) if re.fullmatch(r"[0-9]{12,14}", text) else None


def _date(text: str) -> str | None:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return str(round(moment.timestamp() * 1000))
    except (ValueError, OverflowError):
        return None


def _fraction(text: str) -> str | None:
    if not re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", text):
        return None
    percent = f"{Decimal(text) * 100:f}"
    return percent.rstrip("0").rstrip(".") if "." in percent else percent


def _joined(text: str) -> str | None:
    exchange, _, pair = text.partition("_")
    return pair if exchange and pair else None


# The changes in words that the tool can make itself.
CALCULATED: Mapping[str, Callable[[str], str | None]] = {
    "s-to-ms": _seconds,
    "ms-to-s": _milliseconds,
    "iso-to-ms": _date,
    "fraction-to-percent": _fraction,
    "split-exchange-pair": _joined,
}


def fault(where: str, message: str) -> SpecError:
    """Return the error for a place of the table."""
    return SpecError(f"{FILE}: {where}: {message}")


def mapping_at(tree: Mapping[str, Any], key: str, where: str = "") -> Mapping[Any, Any]:
    """Return the mapping under a key, empty where there is none."""
    value = tree.get(key)
    if value is not None and not isinstance(value, dict):
        place = f"{where}: {key}" if where else key
        raise fault(place, f"expected a mapping, found {type(value).__name__}")
    return value or {}


def names_at(tree: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    """Return the list of texts under a key, empty where there is none."""
    value = tree.get(key)
    if value is not None and not (isinstance(value, list) and all(isinstance(name, str) for name in value)):
        raise fault(f"{where}: {key}", f"expected a list of names, found {value!r:.60}")
    return tuple(value or ())


def check_keys(row: Any, where: str, keys: frozenset[str]) -> Mapping[str, Any]:
    """Return a row that is a mapping with known keys only."""
    if not isinstance(row, dict):
        raise fault(where, f"expected a mapping, found {type(row).__name__}")
    strange = sorted(set(map(str, row)) - keys)
    if strange:
        raise fault(where, f"unknown key {', '.join(strange)}; known are {', '.join(sorted(keys))}")
    return row


def read_values(tree: Mapping[str, Any]) -> dict[str, ValueChange]:
    """Read the named changes of values; raises SpecError naming the one that cannot be used."""
    values = {}
    for name, row in mapping_at(tree, "values").items():
        where = f"values/{name}"
        if not isinstance(row, dict) or not row:
            raise fault(where, f"expected a table of old and new text, or `how`, found {row!r:.60}")
        for key, text in row.items():
            if not isinstance(text, str):
                raise fault(where, f"{key}: expected text, found {text!r:.60}; put it in quotes")
        in_words = set(row) == {"how"}
        values[name] = ValueChange(name, {} if in_words else dict(row), row["how"] if in_words else "")
    return values


def read_sets(tree: Mapping[str, Any], values: Mapping[str, ValueChange]) -> dict[str, Changes]:
    """Read the sets that routes share; raises SpecError naming the one that cannot be used."""
    known = KEYS - {"use"}
    return {
        name: read_changes(check_keys(row, f"sets/{name}", known), f"sets/{name}", values, {})
        for name, row in mapping_at(tree, "sets").items()
    }


def read_changes(
    row: Mapping[str, Any], where: str, values: Mapping[str, ValueChange], sets: Mapping[str, Changes]
) -> Changes:
    """Read the changes of a route or a set, with those of the sets it uses beneath its own."""
    params: dict[str, ParamChange] = {}
    added: dict[str, str | None] = {}
    fields: dict[str, FieldChange] = {}
    for name in names_at(row, "use", where):
        if name not in sets:
            raise fault(f"{where}: use", f"{name} is not a set; known are {', '.join(sets) or 'none'}")
        params |= sets[name].params
        added |= sets[name].added
        fields |= sets[name].fields
    own = mapping_at(row, "params", where)
    for name in names_at(row, "same", where):
        if name in own:
            raise fault(f"{where}: same", f"{name} stands in params as well; keep one")
        params[name] = ParamChange(name)
    for name, given in own.items():
        params[name] = ParamChange(*_change(given, f"{where}: params/{name}", values))
    for name, given in mapping_at(row, "add", where).items():
        if isinstance(given, bool) or not isinstance(given, str | int | float | None):
            raise fault(f"{where}: add/{name}", f"expected a value or null, found {given!r:.60}")
        added[name] = None if given is None else str(given)
    spans = names_at(row, "each", where)
    for name, given in mapping_at(row, "fields", where).items():
        to, value = _change(given, f"{where}: fields/{name}", values)
        if "*" in name and not spans:
            raise fault(f"{where}: fields/{name}", "expected `each`, which says what * stands for")
        for span in spans if "*" in name else ("",):
            new = None if to is None else to.replace("*", span)
            fields[name.replace("*", span)] = FieldChange(new, value)
    return Changes(params, added, fields)


def _change(
    given: Any, where: str, values: Mapping[str, ValueChange]
) -> tuple[str | None, ValueChange | None]:
    if given is None or isinstance(given, str):
        return given, None
    row = check_keys(given, where, frozenset({"to", "value"}))
    if "to" not in row or not isinstance(row["to"], str | None):
        raise fault(where, "expected `to` with the new name, or null")
    name = row.get("value")
    if not isinstance(name, str) or name not in values:
        raise fault(where, f"value {name!r} is not among values; known are {', '.join(values) or 'none'}")
    return row["to"], values[name]
