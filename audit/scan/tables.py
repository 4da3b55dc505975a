"""What an entry of a table may be: of a literal key that entry, of any other key every entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from audit.scan.facts import Argument, Call, Mapping, Name, Read, Sequence, Text, Value

MAX_DEPTH = 4
MAX_VALUES = 4  # that one name is followed to
_FROZEN = ("freeze", "MappingProxyType", "Dictionary", "Map", "dict")  # a table as it is given
_GETTERS = {"get", "fetch", "Get", "GetValueOrDefault", "getValue", "getOrDefault"}

# Gives what a name stands for.
ValuesOf = Callable[[Name], list[Value]]


def is_lookup(value: Value) -> bool:
    """Whether a value may be an entry of a table: ``PATHS[kind]``, ``paths.get(kind)``."""
    if isinstance(value, Call):
        return bool(value.callee) and value.callee[-1] in _GETTERS and len(value.arguments) in (1, 2)
    return isinstance(value, Read)


def entries(value: Value, values_of: ValuesOf) -> tuple[list[Value], bool]:
    """Return what a lookup may give, and whether it is one of several that only the run chooses between."""
    found, chosen = _taken(value, values_of, 0)
    return found, chosen and len(found) > 1


def _taken(value: Value, values_of: ValuesOf, depth: int) -> tuple[list[Value], bool]:
    base, key, rest = _parts(value)
    if base is None or depth > MAX_DEPTH:
        return [], False
    tables, chosen = _tables(base, values_of, depth)
    found = [entry for table in tables for entry in _entries(table, key)]
    return found + rest if found else [], chosen or key is None


def _parts(value: Value) -> tuple[Value | None, str | None, list[Value]]:
    """Return the table, the key where it is literal, and what is given where the table has no such key."""
    match value:
        case Read(base, key):
            return base, key, []
        case Call(callee, (Argument(first), *more), span, receiver) if is_lookup(value):
            held = receiver or (Name(callee[:-1], span) if len(callee) > 1 else None)
            return held, first.value if isinstance(first, Text) else None, [one.value for one in more]
    return None, None, []


def _tables(base: Value, values_of: ValuesOf, depth: int) -> tuple[list[Value], bool]:
    """Return the tables that a value is; of a name, those written for it."""
    if isinstance(base, Name):
        return [table for value in values_of(base)[:MAX_VALUES] for table in _written(value)], False
    if isinstance(base, Read) or is_lookup(base):
        found, chosen = _taken(base, values_of, depth + 1)
        return [table for value in found for table in _written(value)], chosen
    return _written(base), False


def _written(value: Value) -> list[Value]:
    """Return the table that stands in a value: as it is, frozen, or in what makes one of it."""
    match value:
        case Mapping() | Sequence():
            return [value]
        case Call(callee, arguments, _, receiver) if callee and callee[-1].endswith(_FROZEN):
            given = [receiver, *(one.value for one in arguments)]
            return [one for one in given if isinstance(one, Mapping)]
    return []


def _entries(table: Value, key: str | None) -> Iterator[Value]:
    if isinstance(table, Mapping):
        yield from (pair.value for pair in table.pairs if key is None or pair.key == key)
    elif isinstance(table, Sequence) and key is None:
        yield from table.items
