"""A body is judged in pieces where it is large: with the same result, and without holding all its errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from audit.checks import mismatches as judged
from audit.checks.mismatches import Gathered

ROW = {
    "type": "object",
    "required": ["time"],
    "properties": {"time": {"type": "integer"}, "levels": {"type": "array", "items": {"type": "number"}}},
}
PLACES = {
    "type": "array",
    "prefixItems": [{"type": "integer"}, {"type": "array", "items": {"type": "number"}}],
    "minItems": 2,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "code": {"type": "string"},
        "data": {"type": "array", "items": ROW, "minItems": 30},
        "other": {"type": "array", "items": {"type": "number"}},
        "places": {"type": "array", "items": PLACES},
    },
}


@dataclass(frozen=True)
class Own:
    """Something with a schema."""

    schema: dict[str, Any]


def rows(count: int, *wrong: int) -> list[dict[str, Any]]:
    return [{"time": "soon"} if at in wrong else {"time": at} for at in range(count)]


BODIES = {
    "one wrong row": {"code": "0", "data": rows(500, 377)},
    "the last row": {"code": "0", "data": rows(501, 500)},
    "what stands beside the rows": {"code": 0, "data": rows(500)},
    "both": {"code": 0, "data": rows(500, 3, 4, 250, 499)},
    "two long lists": {"code": "0", "data": rows(300, 7, 290), "other": [*range(299), "x"]},
    "a list within the only row": {"data": [{"time": 1, "levels": [*range(400), "x"]}]},
    "lists within rows": {"data": [{"time": 1, "levels": [*range(99), "x"]} for _ in range(40)]},
    "places": {"places": [[1, [*range(700), "x"]], ["x", [1.0]]]},
    "too few rows": {"data": rows(5), "other": ["x"] * 300},
}


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_a_large_body_is_judged_as_a_small_one(monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]) -> None:
    own = Own(SCHEMA)
    whole = Gathered(own)
    assert not whole.fits(body)
    assert whole.places

    monkeypatch.setattr(judged, "MAX_AT_ONCE", 50)
    pieces = Gathered(own)
    assert not pieces.fits(body)
    assert pieces.places == whole.places


def test_the_library_is_never_asked_for_the_errors_of_a_large_body() -> None:
    own = Own(SCHEMA)
    gathered = Gathered(own)
    compiled, asked = gathered._compiled, []

    class Watched:
        def is_valid(self, body: Any) -> bool:
            return compiled.is_valid(body)

        def iter_errors(self, body: Any) -> Any:
            asked.append(judged._size(body))
            return compiled.iter_errors(body)

    gathered._compiled = Watched()  # type: ignore[assignment]  # what is asked of it is all that is used
    assert not gathered.fits({"code": "0", "data": [{"when": at} for at in range(100_000)]})
    assert asked
    assert max(asked) <= judged.MAX_AT_ONCE
    assert len(asked) < 10, "it goes no further than to the errors that are kept"
