"""Trimming leaves a few rows that mean what they meant: newest, in order, on their grid, columns together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from audit.contract.trim import trim
from audit.spec.catalog import Spec
from audit.spec.operations import Operation, Series

MANY = 30


def operation(
    spec: Spec, data: dict[str, Any], times: str | None = None, order: Any = "ascending"
) -> Operation:
    """An operation of any description whose answer's data has this schema."""
    series = times and Series(times, None, order, repeats=False, gaps=False, fresh=None)
    schema = {"type": "object", "properties": {"data": data}}
    return replace(next(iter(spec.operations.values())), series=series or None, schema=schema)


def rows(numbers: Any) -> list[dict[str, int]]:
    return [{"time": number, "value": -number} for number in numbers]


LIST = {"type": "array", "items": {"type": "object", "properties": {"time": {"type": "integer"}}}}


@pytest.mark.parametrize(
    ("order", "came", "kept"),
    [
        ("ascending", range(MANY), [26, 27, 28, 29]),
        ("descending", range(MANY, 0, -1), [30, 29, 28, 27]),
        ("any", [5, 9, 1, 8, 2, 7], [5, 9, 8, 7]),
        ("ascending", [1, 2], [1, 2]),
        ("ascending", [], []),
        ("ascending", [3, 3, 3, 3, 3], [3, 3, 3, 3]),
    ],
)
def test_the_newest_rows_stay_in_their_order(spec: Spec, order: str, came: Any, kept: list[int]) -> None:
    body = {"code": "0", "data": rows(came)}
    assert trim(operation(spec, LIST, "data[].time", order), body) == {"code": "0", "data": rows(kept)}


@pytest.mark.parametrize(("order", "kept"), [("ascending", [2, 3, 4, 5]), ("descending", [0, 1, 2, 3])])
def test_moments_that_cannot_be_compared_keep_the_end_that_is_new(
    spec: Spec, order: str, kept: list[int]
) -> None:
    came: list[dict[str, Any]] = [{"n": number} for number in range(6)]
    came[0]["time"], came[1]["time"] = 1, "soon"
    body = trim(operation(spec, LIST, "data[].time", order), {"data": came})
    assert [row["n"] for row in body["data"]] == kept


COLUMNS = {
    "type": "object",
    "properties": {
        "time_list": {"type": "array", "items": {"type": "integer"}},
        "price_list": {"type": "array", "items": {"type": "number"}},
        "by_name": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "number"}}},
        "names": {"type": "array", "items": {"type": "string"}},
    },
}


@pytest.mark.parametrize("nested", [False, True])
def test_columns_lose_the_same_places(spec: Spec, nested: bool) -> None:
    columns = {
        "time_list": list(range(MANY)),
        "price_list": [number * 10 for number in range(MANY)],
        "by_name": {"A": [number * 100 for number in range(MANY)], "B": [None] * MANY},
        "names": ["x", "y"],
        "total": 12345,
    }
    expected = {
        "time_list": [26, 27, 28, 29],
        "price_list": [260, 270, 280, 290],
        "by_name": {"A": [2600, 2700, 2800, 2900], "B": [None] * 4},
        "names": ["x", "y"],
        "total": 12345,
    }
    if nested:
        asked = operation(spec, {"type": "array", "items": COLUMNS}, "data[].time_list[]")
        assert trim(asked, {"data": [columns]}) == {"data": [expected]}
    else:
        asked = operation(spec, COLUMNS, "data.time_list[]")
        assert trim(asked, {"data": columns}) == {"data": expected}


def test_lists_inside_a_row_are_cut_and_tuples_are_not(spec: Spec) -> None:
    level = {"type": "array", "items": {"type": "array", "prefixItems": [{"type": "number"}] * 6}}
    schema = {
        "type": "array",
        "items": {"type": "array", "prefixItems": [{"type": "integer", "x-time": "s"}, level]},
    }
    book = [[number, [[price] * 6 for price in range(MANY)]] for number in range(MANY)]
    body = trim(operation(spec, schema, "data[][0]"), {"data": book})
    assert [row[0] for row in body["data"]] == [26, 27, 28, 29]
    assert [row[1] for row in body["data"]] == [[[price] * 6 for price in range(4)]] * 4


def test_lists_that_numbers_point_into_stay_whole(spec: Spec) -> None:
    point = {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "integer"}, {"type": "number"}]}
    candle = {"type": "array", "prefixItems": [{"type": "integer", "x-time": "s"}, {"type": "string"}]}
    schema = {
        "type": "object",
        "properties": {
            "axis": {"type": "array", "items": {"type": "number"}},
            "cells": {"type": "array", "items": point},
            "candles": {"type": "array", "items": candle},
        },
    }
    data: dict[str, Any] = {
        "axis": [float(number) for number in range(MANY)],
        "cells": [[number, MANY - 1 - number, 1.5] for number in range(MANY)],
        "candles": [[number, "1"] for number in range(MANY)],
    }
    kept = trim(operation(spec, schema, "data.candles[][0]"), {"data": data})["data"]
    assert kept["axis"] == data["axis"]
    assert kept["candles"] == data["candles"]
    assert kept["cells"] == data["cells"][:4]


def test_a_list_keeps_its_promised_length_and_the_rows_that_name_a_landmark(spec: Spec) -> None:
    asked = operation(spec, {"type": "array", "minItems": 6, "items": {"type": "object"}})
    came = [{"id": str(number)} for number in range(MANY)]
    body = trim(asked, {"data": came}, landmarks={"17"})
    assert [row["id"] for row in body["data"]] == ["0", "1", "2", "3", "4", "5", "17"]


@pytest.mark.parametrize(
    "body", [None, 1, "text", [], {}, {"data": None}, {"data": {"a": [[[]]]}}, [[1] * 9]]
)
def test_a_body_of_another_shape_is_no_trouble(spec: Spec, body: Any) -> None:
    for row in spec.operations.values():
        trim(row, body)


def test_trimming_twice_changes_nothing_more_and_nothing_is_changed_in_place(spec: Spec) -> None:
    asked = operation(spec, LIST, "data[].time")
    body = {"data": rows(range(MANY))}
    once = trim(asked, body)
    assert trim(asked, once) == once
    assert len(body["data"]) == MANY
