"""Rules about query parameters: examples that a real request can carry, intervals in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from audit.errors import SpecError
from audit.spec.lint.draft import ROOT, Draft, Entry
from audit.spec.lint.fields import misfit
from audit.spec.lint.problem import Problem, listed, mapping, show
from audit.spec.widths import seconds


def check(draft: Draft) -> Iterator[Problem]:
    """Check the parameters of every operation, and the intervals that all draw from."""
    intervals = draft.provider.intervals if draft.provider else ()
    yield from (
        Problem(ROOT, "x-provider/intervals", message, remedy)
        for message, remedy in _ordered([*intervals], "the provider")
    )
    for entry in draft.entries:
        parameters = entry.tree.get("parameters", ())
        for role, count in Counter(p["x-role"] for p in parameters if "x-role" in p).items():
            if count > 1:
                yield entry.problem(
                    "parameters", f"{count} parameters have the role {role}", "give it to one of them"
                )
        for parameter in parameters:
            yield from _parameter(entry, parameter)
            if parameter.get("x-role") == "interval":
                yield from _intervals(entry, parameter, intervals)


def _parameter(entry: Entry, parameter: dict[str, Any]) -> Iterator[Problem]:
    place = f"parameters/{parameter['name']}"
    if parameter.get("in") != "query":
        yield entry.problem(
            place, f"expected `in: query`, found {show(parameter.get('in'))}", "only queries are sent"
        )
    if not str(parameter.get("description") or "").strip():
        yield entry.problem(place, "expected a description, found none", "say what the parameter means")
    schema = mapping(parameter.get("schema"))
    if not isinstance(schema.get("type"), str):
        yield entry.problem(
            f"{place}/schema", f"expected one type, found {show(schema.get('type'))}", "name its type"
        )
    if "example" in parameter and "x-example-ago" in parameter:
        yield entry.problem(place, "has both example and x-example-ago", "keep one of them")
    if parameter.get("required") and "example" not in parameter and "x-example-ago" not in parameter:
        remedy = "add an example, or x-example-ago for a moment"
        yield entry.problem(place, "is required, yet has no example; no request could be made", remedy)
    if "x-example-ago" in parameter and "x-time" not in parameter:
        yield entry.problem(
            place, "x-example-ago needs x-time; found none", "add the unit of the moment, ms or s"
        )
    if parameter.get("x-role") in ("start", "end") and "x-time" not in parameter:
        yield entry.problem(place, "is a moment without a unit", "add x-time: ms or s")
    for key, value in (("example", parameter.get("example")), ("schema/default", schema.get("default"))):
        fault = misfit(schema, value) if value is not None else None
        if fault:
            yield entry.problem(
                f"{place}/{key}", f"does not fit the schema: {fault}", "correct the value or the schema"
            )


def _intervals(entry: Entry, parameter: dict[str, Any], known: tuple[str, ...]) -> Iterator[Problem]:
    place = f"parameters/{parameter['name']}/schema/enum"
    choices = [str(choice) for choice in mapping(parameter.get("schema")).get("enum", ())]
    if not choices:
        yield entry.problem(place, "expected the intervals it accepts, found none", "list them, finest first")
        return
    strange = [choice for choice in choices if choice not in known]
    if strange:
        remedy = f"x-provider.intervals in openapi.yaml has {listed(known)}"
        yield entry.problem(place, f"{listed(strange)} is not among the provider's intervals", remedy)
        return
    for message, remedy in _ordered(choices, "the parameter"):
        yield entry.problem(place, message, remedy)


def _ordered(widths: list[str], whose: str) -> Iterator[tuple[str, str]]:
    try:
        lengths = [seconds(width) for width in widths]
    except SpecError as error:
        yield f"{error}", f"correct the intervals of {whose}"
        return
    if lengths != sorted(set(lengths)):
        right = listed(sorted(set(widths), key=seconds))
        yield (
            f"expected the intervals of {whose} finest first, each once; found {listed(widths)}",
            f"write {right}",
        )
