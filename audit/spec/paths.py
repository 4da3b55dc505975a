"""Places in a body, written as ``data[].time``, ``data.time_list[]`` or ``data[][0]``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_STEP = re.compile(r"\[\]|\[(\d+)\]|([^.\[\]]+)")


@lru_cache(maxsize=1024)
def steps(path: str) -> tuple[str | int | None, ...]:
    """Split a path: a name, a position, or None for every item."""
    return tuple(int(match[1]) if match[1] else match[2] or None for match in _STEP.finditer(path))


def values_at(body: Any, path: str) -> list[Any]:
    """Return the values at a path, in order; whatever is not there is left out."""
    values = [body]
    for step in steps(path):
        if step is None:
            values = [item for value in values if isinstance(value, list) for item in value]
        elif isinstance(step, int):
            values = [value[step] for value in values if isinstance(value, list) and step < len(value)]
        else:
            values = [value[step] for value in values if isinstance(value, dict) and step in value]
    return values


def columns_at(body: Any, path: str) -> list[list[Any]]:
    """Return the values at a path, one list for each separate list that holds them.

    ``data[].time`` is one series; ``data[].time_list[]`` is one series per item of ``data``.
    """
    parts = steps(path)
    last = max((index for index, step in enumerate(parts) if step is None), default=-1)
    if last < 0:
        return [values_at(body, path)]
    holders = [body]
    for step in parts[:last]:
        holders = [value for holder in holders for value in _step(holder, step)]
    tail = parts[last + 1 :]
    columns = []
    for holder in holders:
        if isinstance(holder, list):
            values: list[Any] = list(holder)
            for step in tail:
                values = [found for value in values for found in _step(value, step)]
            columns.append(values)
    return columns


def _step(value: Any, step: str | int | None) -> list[Any]:
    if step is None:
        return list(value) if isinstance(value, list) else []
    if isinstance(step, int):
        return [value[step]] if isinstance(value, list) and step < len(value) else []
    return [value[step]] if isinstance(value, dict) and step in value else []
