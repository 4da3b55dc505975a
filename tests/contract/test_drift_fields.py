"""What counts as a field that moved, on bodies of a made-up description."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from audit.contract.cassette import Answered, Asked, Interaction
from audit.contract.drift_fields import fields
from audit.contract.drift_shape import shape_of
from audit.contract.drift_sides import Answer, answer_of
from audit.spec.catalog import Spec, load

NOW = datetime(2026, 11, 20, tzinfo=UTC)
AT = int(NOW.timestamp())


@pytest.fixture(scope="module")
def tides() -> Spec:
    """The small description of another provider."""
    return load(Path(__file__).resolve().parents[1] / "spec" / "small")


def answer(spec: Spec, operation: str, result: Any, **beside: Any) -> Answer:
    row = Interaction(
        operation=operation,
        request=Asked(method="GET", path=spec.operations[operation].path),
        response=Answered(status=200, body={"status": "ok", "result": result, **beside}),
    )
    return answer_of(spec, spec.ladder.get("crew"), row, NOW)


def told(spec: Spec, operation: str, before: Any, now: Any) -> list[str]:
    """What moved from one result to the other, with its severity."""
    sides = (answer(spec, operation, before), answer(spec, operation, now))
    return [f"{move.severity}: {move.message}" for move in fields(spec.operations[operation], *sides)]


def gauges(**changes: Any) -> dict[str, list[dict[str, Any]]]:
    """Two harbours with two gauges each; a change of None leaves a field out."""
    row = {"gauge": "ESB1", "sea": "North", "share": 99.5, **changes}
    return {name: [{k: v for k, v in row.items() if v != "-"}] * 2 for name in ("Esbjerg", "Thyborøn")}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, []),
     ({"gauge": "XYZ", "sea": "Baltic", "share": 12}, []),
     ({"share": "-"}, ["warning: result.*[].share, which is described as optional, is gone"]),
     ({"sea": "-"}, ["error: result.*[].sea is gone"]),
     ({"share": None}, ["error: result.*[].share may be null now"]),
     ({"share": "99.5"}, ["error: result.*[].share is text now, was number"]),
     ({"sea": "-", "waters": "North"}, ["error: result.*[].sea is called waters now"]),
     ({"sea": "-", "depth": 12}, ["error: result.*[].sea is gone", "note: result.*[].depth is new"]),
     ({"share": 0.995}, []),
     ({"note": {"a": [1]}}, ["note: result.*[].note is new"])],
)  # fmt: skip
def test_a_field_that_moved(tides: Spec, changes: dict[str, Any], expected: list[str]) -> None:
    found = told(tides, "sea_gauges", gauges(), gauges(**changes))
    if changes == {"share": 0.995}:
        assert found == [
            "warning: result.*[].share is about 1/100 of what it was: a percentage and a fraction, perhaps"
        ]
    else:
        assert found == expected


def test_values_that_change_their_sign_tell_no_unit(tides: Spec) -> None:
    assert told(tides, "sea_gauges", gauges(share=-99.5), gauges(share=0.995)) == []


def test_other_names_in_a_map_are_values(tides: Spec) -> None:
    before, now = gauges(), {"Bergen": gauges()["Esbjerg"]}
    assert told(tides, "sea_gauges", before, now) == []


def test_a_field_left_out_of_some_rows(tides: Spec) -> None:
    now = gauges()
    now["Esbjerg"] = [{"gauge": "ESB1", "share": 1.0}]
    assert told(tides, "sea_gauges", gauges(), now) == ["error: result.*[].sea is left out of some rows"]


@pytest.mark.parametrize(
    ("moment", "unit"),
    [(AT * 1000, "milliseconds"), (AT * 10**6, "microseconds"), (AT * 10**9, "nanoseconds")],
)
def test_a_moment_in_another_unit(tides: Spec, moment: int, unit: str) -> None:
    before, now = [[AT, 3], [AT - 9, None]], [[moment, None]]
    assert told(tides, "sea_storms", before, now) == [f"error: result[][0] is in {unit} now, was in seconds"]
    assert told(tides, "sea_storms", before, [[AT + 7_000_000, 4]]) == []
    assert told(tides, "sea_storms", before, [[12, 4]]) == [
        "error: result[][0] is no longer in seconds throughout"
    ]


def test_an_undocumented_moment_is_known_by_its_size(tides: Spec) -> None:
    before, now = gauges(seen=AT), gauges(seen=AT * 1000)
    assert told(tides, "sea_gauges", before, now) == [
        "error: result.*[].seen is in milliseconds now, was in seconds"
    ]
    assert told(tides, "sea_gauges", gauges(height=AT), gauges(height=AT * 40)) == []


def test_null_where_it_is_described_says_nothing(tides: Spec) -> None:
    assert told(tides, "sea_storms", [[AT, 3]], [[AT, None]]) == []
    assert told(tides, "sea_storms", [[AT, None]], [[AT, 3]]) == []


def test_an_empty_answer_says_nothing_of_its_rows(tides: Spec) -> None:
    assert told(tides, "sea_storms", [[AT, 3]], []) == []


def test_what_stands_in_an_answer_is_shown_on_one_line(tides: Spec) -> None:
    now = gauges(**{"a\x1b[31m\nb" * 100: "x\ny" * 100})
    operation = tides.operations["sea_gauges"]
    (move,) = fields(operation, answer(tides, "sea_gauges", gauges()), answer(tides, "sea_gauges", now))
    for text in (move.message, move.before, move.now):
        assert text.isprintable()
        assert len(text) <= 300


def test_a_shape_does_not_need_a_description() -> None:
    shape = shape_of({"a": [{"b": 1}, {"b": "x", "c": None}], "d": [[1, 2]]}, {})
    assert {field.path: sorted(field.kinds) for field in shape.fields.values()} == {
        "a": ["list"],
        "a[]": ["object"],
        "a[].b": ["number", "text"],
        "a[].c": [],
        "d": ["list"],
        "d[]": ["list"],
        "d[][]": ["number"],
    }
    assert shape.objects == {"": 1, "a[]": 2}
