"""How a recorded answer is broken: small changes to its body, its headers and its text."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from audit.contract.cassette import Answered, Interaction

Change = Callable[[Interaction], Interaction]


def answer(row: Interaction, **changes: Any) -> Interaction:
    """The same request with another answer."""
    given = {name: getattr(row.response, name) for name in Answered.model_fields}
    return row.model_copy(update={"response": Answered(**{**given, **changes})})


def body(change: Callable[[Any], None]) -> Change:
    """Change the body in place."""

    def made(row: Interaction) -> Interaction:
        copy = deepcopy(row.response.body)
        change(copy)
        return answer(row, body=copy)

    return made


def data(change: Callable[[Any], Any]) -> Change:
    """Put something else where the data stand."""
    return body(lambda whole: whole.__setitem__("data", change(whole["data"])))


def rows(change: Callable[[dict[str, Any]], object]) -> Change:
    """Change every row of the data in place."""

    def made(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for row in found:
            change(row)
        return found

    return data(made)


def row(number: int, change: Callable[[Any], None]) -> Change:
    """Change one row in place."""

    def made(found: list[Any]) -> list[Any]:
        change(found[number])
        return found

    return data(made)


def each(name: str, change: Callable[[Any], Any]) -> Change:
    """Change one field of every row."""
    return rows(lambda one: one.__setitem__(name, change(one[name])))


def one(number: int, name: Any, value: Any) -> Change:
    """Put a value into one row."""
    return row(number, lambda found: found.__setitem__(name, value))


def dropped(name: str) -> Change:
    """Take a field out of every row."""
    return rows(lambda found: found.pop(name))


def less(name: str) -> Change:
    """Take a field out of the data."""
    return data(lambda found: {other: value for other, value in found.items() if other != name})


def renamed(old: str, new: str) -> Change:
    """Call a field otherwise, where it stands."""

    def made(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{new if name == old else name: value for name, value in one.items()} for one in found]

    return data(made)


def moved(name: str, by: int) -> Change:
    """Move every moment, in the unit of the field."""
    return each(name, lambda moment: moment + by)


def whole(**given: Any) -> Change:
    """Answer with this body instead."""
    return lambda row: answer(row, body=given, rows=None)


def text(change: Callable[[str], str]) -> Change:
    """Answer with text, made of the body's."""
    return lambda row: answer(row, form="text", body=change(json.dumps(row.response.body)), rows=None)


def headers(**given: str | None) -> Change:
    """Set headers, or leave one out."""

    def made(row: Interaction) -> Interaction:
        spelled = {name.replace("_", "-"): value for name, value in given.items()}
        kept = {name: value for name, value in {**row.response.headers, **spelled}.items() if value}
        return answer(row, headers=kept)

    return made


def swap(found: list[Any], first: int, second: int) -> list[Any]:
    found[first], found[second] = found[second], found[first]
    return found


def without(found: list[Any], number: int) -> list[Any]:
    return [*found[:number], *found[number + 1 :]]
