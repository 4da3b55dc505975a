"""Plans, refusals, provider, paths, widths, strictness: what the readers make of their data."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from audit.errors import SpecError, UsageError
from audit.model import Verdict
from audit.spec.catalog import Spec
from audit.spec.operations import read_operation
from audit.spec.paths import columns_at, steps, values_at
from audit.spec.plans import read_plans
from audit.spec.provider import read_provider
from audit.spec.refusals import Signs, read_refusals
from audit.spec.strictness import strict
from audit.spec.widths import is_width, seconds

DAY = 86_400


def test_the_ladder_is_found_by_name_level_and_rate(spec: Spec) -> None:
    ladder = spec.ladder
    assert ladder.names == ["hobbyist", "startup", "standard", "professional", "enterprise"]
    assert ladder.get(" Standard ").rank == 2
    assert ladder.by_level("PROFESSIONAL") is ladder.by_level("professional") is ladder.get("professional")
    assert ladder.by_level(None) is None
    assert [ladder.by_rate(rate) and ladder.by_rate(rate).name for rate in (30, 80, 300, 1200, 90, None)] == [  # type: ignore[union-attr]
        "hobbyist",
        "startup",
        "standard",
        "professional",
        None,
        None,
    ]
    with pytest.raises(UsageError, match=r"unknown plan 'standart'; did you mean standard"):
        ladder.get("standart")


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (None, "no list `plans`"),
        ({"plans": []}, "no list `plans`"),
        ({"plans": [{"level": "A"}]}, "plan 1 has no `name`"),
        ({"plans": ["a"]}, "plan 1 has no `name`"),
        ({"plans": [{"name": "a", "requests_per_minute": "lots"}]}, "a: requests_per_minute 'lots'"),
        ({"plans": [{"name": "a", "requests_per_minute": True}]}, "a: requests_per_minute True"),
        ({"plans": [{"name": "a", "requests_per_minute": 0}]}, "a: requests_per_minute 0"),
        ({"plans": [{"name": "a", "interval_floor": "hourly"}]}, "a: 'hourly' is not a span of time"),
        ({"plans": [{"name": "a", "history": 5}]}, "a: history 5"),
        ({"plans": [{"name": "a", "history": {"1h": "long"}}]}, "a: 'long' is not a span of time"),
        ({"plans": [{"name": "a", "price_usd_month": "cheap"}]}, "a: price_usd_month 'cheap'"),
        ({"plans": [{"name": "a"}], "notes": "none"}, "notes: expected a list"),
        ({"plans": [{"name": "../../a"}]}, "name '../../a'; expected small letters"),
        ({"plans": [{"name": ".."}]}, "name '..'; expected small letters"),
        ({"plans": [{"name": "a\n"}]}, "expected small letters"),
    ],
)
def test_plans_that_cannot_be_used_are_refused(tree: Any, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_plans(tree)
    assert str(caught.value).startswith("plans.yaml: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (None, "no list `rules`"),
        ({"rules": []}, "no list `rules`"),
        ({"rules": [5]}, "rule ?"),
        ({"rules": [{"id": "a", "verdict": "available"}]}, "rule a: 'when'"),
        ({"rules": [{"id": "a", "when": 5, "verdict": "available"}]}, "rule a: when: expected a mapping"),
        ({"rules": [{"id": "a", "when": {"status": 2}, "verdict": "available"}]}, "unknown condition status"),
        (
            {"rules": [{"id": "a", "when": {"content": "xml"}, "verdict": "available"}]},
            "content is one of json",
        ),
        ({"rules": [{"id": "a", "when": {"http": "two"}, "verdict": "available"}]}, "rule a:"),
        ({"rules": [{"id": "a", "when": {}, "verdict": "fine"}]}, "'fine' is not a valid Verdict"),
        ({"rules": [{"id": "a", "when": {"http": 200}, "verdict": "available"}]}, "last rule must hold"),
        (
            {"rules": [{"id": "a", "when": {}, "verdict": "empty"}], "answers": [1]},
            "answers: expected a mapping",
        ),
        (
            {"rules": [{"id": "a", "when": {}, "verdict": "empty"}], "answers": {"plan": {"http": 1}}},
            "answer plan",
        ),
    ],
)
def test_refusals_that_cannot_be_used_are_refused(tree: Any, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_refusals(tree)
    assert str(caught.value).startswith("refusals.yaml: ")
    assert words in str(caught.value)


def test_the_first_rule_that_holds_decides() -> None:
    refusals = read_refusals(
        {
            "rules": [
                {"id": "ok", "when": {"http": "2xx", "content": "json", "code": 0}, "verdict": "available"},
                {"id": "pay", "when": {"words": ["Pay UP", "buy"]}, "verdict": "plan_gated"},
                {"id": "known", "when": {"code": ["401"], "worked": True}, "verdict": "plan_gated"},
                {"id": "who", "when": {"http": [401, "5xx"]}, "verdict": "unauthorized", "retry": True},
                {"id": "rest", "when": {}, "verdict": "unreadable"},
            ]
        }
    )

    def rule(
        http: int, code: str | None = None, words: str = "", worked: bool = False, content: Any = "json"
    ) -> str:
        return refusals.classify(Signs(http, content, code, words, worked)).id

    assert rule(200, "0") == rule(204, "0") == "ok"
    assert rule(200, "0", content="html") == rule(300, "0") == "rest"
    assert rule(200, "9", "please PAY up now") == rule(500, None, "Buy it") == "pay"
    assert rule(200, "401", worked=True) == "known"
    assert rule(200, "401", worked=False) == "rest"
    assert rule(401) == rule(503) == "who"
    assert refusals.classify(Signs(599, "other", None, "", False)).retry
    assert refusals.rules[-1].verdict is Verdict.UNREADABLE


def test_a_provider_that_is_incomplete_says_what_is_missing() -> None:
    with pytest.raises(
        SpecError, match=r"openapi\.yaml: servers, securitySchemes or x-provider .*'x-provider'"
    ):
        read_provider({})


@pytest.mark.parametrize(
    ("header", "variable"),
    [("X-Key", "KEY; reboot"), ("X-Key", "$(reboot)"), ('X" -o x "', "KEY"), ("", "KEY")],
)
def test_names_that_a_shell_would_act_on_are_refused(header: str, variable: str) -> None:
    schemes = {"securitySchemes": {"key": {"name": header}}}
    with pytest.raises(SpecError, match="is no name of one"):
        read_provider({"x-provider": {"key-variable": variable}, "components": schemes})


@pytest.mark.parametrize("path", ["https://other.test/x", "x", "/a b", "/a\r\nX: y"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(SpecError, match="no path; expected one that begins with /"):
        read_operation(path, "get", {}, read_plans({"plans": [{"name": "a"}]}))


@pytest.mark.parametrize(
    ("width", "length"),
    [
        ("30s", 30),
        ("1m", 60),
        ("4h", 14_400),
        ("1d", DAY),
        ("1w", 7 * DAY),
        ("90d", 90 * DAY),
        ("1y", 365 * DAY),
    ],
)
def test_spans_of_time(width: str, length: int) -> None:
    assert seconds(width) == length
    assert is_width(width)


@pytest.mark.parametrize("text", ["h1", "1M", "1 h", "", "h", "-1h", "1.5h", "1h\n", "\u0663h"])
def test_what_is_no_span_of_time(text: str) -> None:
    assert not is_width(text)
    with pytest.raises(SpecError, match="is not a span of time"):
        seconds(text)


BODY = {"data": [{"time": 1, "list": [4, 5]}, {"time": 2, "list": [6]}, {"other": 0}, 7, [8, 9]]}


@pytest.mark.parametrize(
    ("path", "values", "columns"),
    [
        ("data[].time", [1, 2], [[1, 2]]),
        ("data[].list[]", [4, 5, 6], [[4, 5], [6]]),
        ("data[][1]", [9], [[9]]),
        ("data[0].time", [1], [[1]]),
        ("data[9].time", [], [[]]),
        ("data", [BODY["data"]], [[BODY["data"]]]),
        ("nothing[].time", [], []),
        ("data.time", [], [[]]),
    ],
)
def test_places_in_a_body(path: str, values: list[Any], columns: list[list[Any]]) -> None:
    assert values_at(BODY, path) == values
    assert columns_at(BODY, path) == columns


def test_a_place_is_split_into_names_positions_and_every_item() -> None:
    assert steps("data.price_candlesticks[][0]") == ("data", "price_candlesticks", None, 0)


def accepts(schema: dict[str, Any], value: Any) -> bool:
    return bool(jsonschema_rs.Draft202012Validator(strict(schema)).is_valid(value))


@pytest.mark.parametrize("text", ["1", "-0.002094", "+1.5", ".5", "5.", "1e-8", "-2.5E+10"])
def test_a_decimal_is_a_number_as_text(text: str) -> None:
    assert accepts({"type": "string", "format": "decimal"}, text)


@pytest.mark.parametrize(
    "text", ["", "abc", "1,5", "0x10", "NaN", "1 ", "--1", "1e", ".", "1\n2", "1\n", "\u0663"]
)
def test_what_is_no_decimal(text: str) -> None:
    assert not accepts({"type": "string", "format": "decimal"}, text)


@pytest.mark.parametrize("unit", ["s", "ms", "ns"])
def test_a_moment_in_another_unit_does_not_pass(unit: str) -> None:
    now = 1_763_676_000
    moments = {"s": now, "ms": now * 10**3, "ns": now * 10**9}
    assert [accepts({"type": "integer", "x-time": unit}, moment) for moment in moments.values()] == [
        unit == name for name in moments
    ]
    assert not accepts({"type": "integer", "x-time": unit}, now * 10**6)  # microseconds are none of them
    assert not accepts({"type": "integer", "x-time": unit}, 0)


def test_objects_are_closed_at_every_depth_and_the_given_schema_stays_as_it_is() -> None:
    row = {"type": "object", "properties": {"a": {"type": "integer"}}}
    schema = {
        "type": "object",
        "properties": {
            "rows": {"type": "array", "items": row},
            "pair": {"type": "array", "prefixItems": [row, {"type": "string"}]},
            "either": {"anyOf": [row, {"type": "null"}]},
            "open": {"type": "object", "additionalProperties": row},
        },
    }
    good = {"rows": [{"a": 1}], "pair": [{"a": 1}, "x"], "either": None, "open": {"any": {"a": 2}}}
    assert accepts(schema, good)
    for bad in (
        {"new": 1},
        {"rows": [{"a": 1, "b": 2}]},
        {"pair": [{"b": 1}]},
        {"either": {"b": 1}},
        {"open": {"any": {"b": 2}}},
    ):
        assert not accepts(schema, {**good, **bad})
    assert "additionalProperties" not in row
