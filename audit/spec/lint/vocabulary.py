"""The extensions a description may use and what each accepts; the README beside one explains them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_args

import jsonschema_rs

from audit.spec.lint.draft import Draft, Entry
from audit.spec.lint.problem import Problem, listed, mapping, rather, show
from audit.spec.operations import Role

# Every unit a field can have; a further one is added here and in the README.
UNITS = (
    "usd", "usdt", "quote", "coin", "contracts", "shares", "percent", "fraction", "ratio", "count",
    "hours", "days", "score",
)  # fmt: skip
KINDS = ("oddity", "disagreement", "undocumented")
ROLES: tuple[str, ...] = get_args(Role)
OHLC = ("open", "high", "low", "close")

_WIDTH = r"^[1-9][0-9]*[smhdwy]$"
_SPAN = {"type": "string", "pattern": _WIDTH}
_TEXT = {"type": "string", "pattern": r"\S"}


@dataclass(frozen=True)
class Term:
    """What a key accepts: in words and as a JSON Schema."""

    expected: str
    schema: Mapping[str, Any]

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator(dict(self.schema))

    def accepts(self, value: Any) -> bool:
        """Whether a value is of the expected form."""
        return bool(self._validator.is_valid(value))


def _one_of(*words: str) -> Term:
    return Term(f"one of {listed(words)}", {"enum": list(words)})


_FLAG = Term("true (or the key left out)", {"const": True})
_WORDS = Term("text", _TEXT)
_SPANS = {"type": "object", "minProperties": 1}

OPERATION = {
    "x-plan": Term("the name of a plan", _TEXT),
    "x-interval-floor": Term(
        "`plan`, or a map of plan to interval",
        {"anyOf": [{"const": "plan"}, {**_SPANS, "additionalProperties": _SPAN}]},
    ),
    "x-history": Term(
        "`plan`, or a map of interval (or all) to a span such as 90d (or all)",
        {
            "anyOf": [
                {"const": "plan"},
                {
                    **_SPANS,
                    "propertyNames": {"pattern": f"{_WIDTH}|^all$"},
                    "additionalProperties": {"type": "string", "pattern": f"{_WIDTH}|^all$"},
                },
            ]
        },
    ),
    "x-updates": Term("`realtime` or a span such as 10s", {"anyOf": [{"const": "realtime"}, _SPAN]}),
    "x-series": Term("a mapping with `times`", {"type": "object", "required": ["times"]}),
    "x-witness": _FLAG,
    "x-may-be-empty": _FLAG,
    "x-scope": _WORDS,
    "x-stand-ins": Term("a mapping with `operations` and `lack`", {"type": "object"}),
    "x-notes": Term("a list of notes", {"type": "array", "minItems": 1, "items": {"type": "object"}}),
}
SERIES = {
    "times": Term("a place such as data[].time", _TEXT),
    "step": Term("`interval` or a width such as 1d", {"anyOf": [{"const": "interval"}, _SPAN]}),
    "order": _one_of("ascending", "descending", "any"),
    "repeats": _FLAG,
    "gaps": _FLAG,
    "fresh": Term("a span such as 3d", _SPAN),
}
STAND_INS = {
    "operations": Term(
        "a list of operations", {"type": "array", "minItems": 1, "uniqueItems": True, "items": _TEXT}
    ),
    "lack": _WORDS,
}
NOTE = {
    "kind": _one_of(*KINDS),
    "about": _WORDS,
    "sources": Term("a list of sources", {"type": "array", "minItems": 1, "uniqueItems": True}),
    "note": _WORDS,
    "says": Term("a map of source to what it says", {"type": "object", "minProperties": 2}),
    "taken": Term("the source that is followed", _TEXT),
}
PARAMETER = {
    "x-role": _one_of(*ROLES),
    "x-time": _one_of("ms", "s"),
    "x-example-ago": Term("a span such as 1d, or 0d for now", {"pattern": r"^[0-9]+[smhdwy]$"}),
}
FIELD = {
    "x-time": _one_of("ms", "s", "ns"),
    "x-unit": _one_of(*UNITS),
    "x-ohlc": Term(
        f"a map of {listed(OHLC)} to names or positions",
        {"type": "object", "required": list(OHLC), "additionalProperties": {"type": ["string", "integer"]}},
    ),
}
ROOT_KEYS = ("x-provider",)

# What JSON Schema would ignore if it were misspelt.
KEYWORDS = frozenset((
    "type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "items", "prefixItems", "minItems",
    "maxItems", "uniqueItems", "properties", "required", "additionalProperties", "propertyNames",
    "minProperties", "maxProperties", "anyOf", "oneOf", "allOf", "description", "title", "default",
    "examples",
))  # fmt: skip

_README = "README.md beside openapi.yaml explains each key"


def check(draft: Draft) -> Iterator[Problem]:
    """Check the extensions of the root and of every operation, its parameters and notes."""
    for key in draft.files.get("openapi.yaml") or {}:
        if str(key).startswith("x-") and key not in ROOT_KEYS:
            yield Problem("openapi.yaml", str(key), "unknown extension", rather(key, ROOT_KEYS))
    for entry in draft.entries:
        yield from _operation(entry)


def _operation(entry: Entry) -> Iterator[Problem]:
    yield from _held(entry, "", extensions(entry.tree), OPERATION)
    yield from _held(entry, "x-series", mapping(entry.tree.get("x-series")), SERIES)
    yield from _stand_ins(entry)
    notes = entry.tree.get("x-notes")
    for index, note in enumerate(notes if isinstance(notes, list) else ()):
        yield from _held(entry, f"x-notes/{index}", mapping(note), NOTE)
        for key in ("kind", "about", "sources", "note"):
            if key not in mapping(note):
                yield entry.problem(
                    f"x-notes/{index}", f"expected {key}, found none", f"add {key}; {_README}"
                )
    for parameter in entry.tree.get("parameters", ()):
        yield from _held(entry, f"parameters/{parameter['name']}", extensions(parameter), PARAMETER)


def _stand_ins(entry: Entry) -> Iterator[Problem]:
    if "x-stand-ins" not in entry.tree:
        return
    given = mapping(entry.tree["x-stand-ins"])
    yield from _held(entry, "x-stand-ins", given, STAND_INS)
    for key in STAND_INS:
        if key not in given:
            yield entry.problem("x-stand-ins", f"expected {key}, found none", f"add {key}; {_README}")


def extensions(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a tree that are extensions."""
    return {key: value for key, value in tree.items() if str(key).startswith("x-")}


def faults(given: Mapping[str, Any], terms: Mapping[str, Term]) -> Iterator[tuple[str, str, str]]:
    """Key, message and remedy for each key that is unknown or does not accept its value."""
    for key, value in given.items():
        term = terms.get(key)
        if term is None:
            yield str(key), "unknown key", f"{rather(key, terms)}; {_README}"
        elif not term.accepts(value):
            yield key, f"expected {term.expected}, found {show(value)}", f"correct {key}; {_README}"


def _held(entry: Entry, place: str, given: Mapping[str, Any], terms: Mapping[str, Term]) -> Iterator[Problem]:
    for key, message, remedy in faults(given, terms):
        yield entry.problem(f"{place}/{key}".lstrip("/"), message, remedy)
