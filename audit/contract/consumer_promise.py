"""A need held against what the description promises: whether it can hold at all. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from audit.checks import (
    field_missing,
    field_type,
    history_too_short,
    interval_gated,
    missing_required_param,
    plan_gated,
    stale_data,
    unknown_endpoint,
    wrong_param,
)
from audit.checks.moments import span
from audit.checks.rule import Rule
from audit.contract.consumer import Kind, Need
from audit.contract.fuzz_demand import Demand, rule
from audit.errors import unknown
from audit.model import Finding
from audit.spec.catalog import Spec
from audit.spec.expectations import reach
from audit.spec.operations import Operation
from audit.spec.paths import steps
from audit.spec.plans import Plan
from audit.spec.symbols import Symbols
from audit.spec.widths import is_width, seconds

Schema = Mapping[str, Any]

_KINDS = {
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "string": Kind.TEXT,
    "boolean": Kind.BOOLEAN,
    "array": Kind.LIST,
    "object": Kind.OBJECT,
    "null": Kind.NULL,
}


@dataclass(frozen=True)
class Broken:
    """One reason why a need does not hold; ``at`` is where in the need it is said."""

    at: tuple[str, ...]
    finding: Finding


@dataclass(frozen=True)
class Documented:
    """A field of the description: the kinds its value may be of, and whether rows may lack it."""

    kinds: tuple[Kind, ...]
    optional: bool


def spread(spec: Spec, need: Need) -> tuple[Need, ...]:
    """Return a need for each of its intervals; the need itself where it lists none that can be sent."""
    operation = spec.operations.get(need.operation)
    parameter = operation.parameter("interval") if operation else None
    if parameter is None or parameter.name in need.params or not need.intervals:
        return (need,)
    return tuple(
        need.model_copy(update={"params": {**need.params, parameter.name: width}, "intervals": ()})
        for width in need.intervals
    )


def check(spec: Spec, plan: Plan, need: Need) -> Iterator[Broken]:
    """Yield each way in which the promise of a plan cannot serve a need."""
    operation = spec.operations.get(need.operation)
    if operation is None:
        told = str(unknown("operation", need.operation, list(spec.operations)))
        yield _broken(unknown_endpoint.RULE, told, "operation")
        return
    yield from _params(operation, need)
    yield from _symbols(spec, operation, need)
    if not operation.allowed(spec.ladder, plan.name):
        told = f"{operation.id} is promised from {operation.min_plan} on; the plan is {plan.name}"
        yield _broken(plan_gated.RULE, told, "operation")
        return
    yield from _interval(operation, plan, need)
    yield from _fields(spec, operation, need)
    yield from _age(operation, need)
    yield from _rows(spec, operation, plan, need)


def interval_of(operation: Operation, need: Need) -> str | None:
    """Return the interval that a need asks for, where its operation has one."""
    parameter = operation.parameter("interval")
    return need.params.get(parameter.name) if parameter else None


def step_of(operation: Operation, interval: str | None) -> int | None:
    """Return the width of one bucket in seconds; None for events, and for what is no width."""
    series = operation.series
    width = interval if series and series.step == "interval" else series.step if series else None
    return seconds(width) if width and is_width(width) else None


def absolute(spec: Spec, operation: Operation, path: str) -> str:
    """Return the path of a field from the body, given that from a row."""
    data = spec.provider.envelope.data
    rows = operation.schema.get("properties", {}).get(data, {}).get("type") == "array"
    return f"{data}{'[]' if rows else ''}{'' if path.startswith('[') else '.'}{path}"


def documented(spec: Spec, operation: Operation, path: str) -> Documented | list[str]:
    """Return what is documented of a field, or the names that there are where its path ends."""
    schema: Schema = operation.schema
    optional = False
    for step in steps(absolute(spec, operation, path)):
        if isinstance(step, str):
            known: Schema = schema.get("properties", {})
            others = schema.get("additionalProperties")
            if step not in known and not isinstance(others, Mapping):
                return sorted(known)
            # A name of an open map, such as that of an exchange, need not be there.
            optional = optional or step not in schema.get("required", ())
            schema = known.get(step, others or {})
        else:
            fixed = schema.get("prefixItems", ())
            inside = fixed[step] if step is not None and step < len(fixed) else schema.get("items")
            if not isinstance(inside, Mapping):
                return [f"[{place}]" for place in range(len(fixed))]
            schema = inside
    return Documented(_kinds(schema), optional)


def _kinds(schema: Schema) -> tuple[Kind, ...]:
    given = schema.get("type", ())
    found = []
    for name in [given] if isinstance(given, str) else given:
        kind = _KINDS[name]
        if kind is Kind.TEXT and schema.get("format") == "decimal":
            kind = Kind.NUMERIC_TEXT
        if kind in (Kind.INTEGER, Kind.NUMBER) and schema.get("x-time"):
            kind = Kind(schema["x-time"])
        found.append(kind)
    return tuple(found)


def _params(operation: Operation, need: Need) -> Iterator[Broken]:
    if need.intervals:
        told = "is in params already" if operation.parameter("interval") else "is no parameter"
        yield _broken(wrong_param.RULE, f"an interval {told}; leave intervals out", "intervals")
    known = {parameter.name: parameter for parameter in operation.parameters}
    missing = [one for one in operation.parameters if one.required and one.name not in need.params]
    if missing:
        names = ", ".join(one.name for one in missing)
        yield _broken(missing_required_param.RULE, f"{operation.id} requires {names}", "params")
    for name in need.params:
        if name not in known:
            told = str(unknown("parameter", name, list(known)))
            yield _broken(wrong_param.RULE, told, "params", name)
    for name, parameter in known.items():
        value = need.params.get(name)
        if value is None:
            continue
        # Alone, so that each one that is wrong is told.
        ruling = rule(replace(operation, parameters=(parameter,)), [(name, value)])
        if ruling.demand is Demand.REFUSAL:
            choices = f"; one of {', '.join(parameter.choices)}" if parameter.choices else ""
            yield _broken(wrong_param.RULE, f"{name} {value!r}: {ruling.why}{choices}", "params", name)


def _symbols(spec: Spec, operation: Operation, need: Need) -> Iterator[Broken]:
    """A coin where a pair is due, or a pair where a coin is: open values, so no schema refuses them."""
    symbols = Symbols(spec.operations.values())
    exchange, pair, coin = (operation.parameter(role) for role in ("exchange", "pair", "coin"))
    # How other exchanges spell their pairs no example shows.
    elsewhere = exchange is not None and need.params.get(exchange.name) not in (None, exchange.example)
    for parameter, due, taken in ((pair, "pair", "coin"), (coin, "coin", "pair")):
        value = need.params.get(parameter.name) if parameter else None
        if parameter is None or value is None or (due == "pair" and elsewhere):
            continue
        if symbols.is_coin(value) if due == "pair" else symbols.is_pair(value):
            told = f"{parameter.name} {value!r} is a {taken}; {operation.id} takes a {due}"
            yield _broken(wrong_param.RULE, told, "params", parameter.name)


def _interval(operation: Operation, plan: Plan, need: Need) -> Iterator[Broken]:
    interval, floor = interval_of(operation, need), operation.floors.get(plan.name)
    if interval and floor and is_width(interval) and seconds(interval) < seconds(floor):
        parameter = operation.parameter("interval")
        told = f"interval {interval} is finer than {floor}, the floor of {plan.name}"
        yield _broken(interval_gated.RULE, told, "params", parameter.name if parameter else "")


def _fields(spec: Spec, operation: Operation, need: Need) -> Iterator[Broken]:
    for name, path, accepted, optional in need.wanted():
        found = documented(spec, operation, path)
        if isinstance(found, list):
            told = str(unknown("field", path, found))
            yield _broken(field_missing.RULE, told, "fields", name)
            continue
        if found.optional and not optional:
            told = f"{path} is documented as optional; write {path}? if the program can do without"
            yield _broken(field_missing.RULE, told, "fields", name)
        covered = frozenset[Kind]().union(*(kind.covers for kind in accepted))
        if not found.kinds or set(found.kinds) - covered:
            told = (
                f"{path} is documented as {spelled(found.kinds) or 'anything'}, needed as {spelled(accepted)}"
            )
            yield _broken(field_type.RULE, told, "fields", name)


def _age(operation: Operation, need: Need) -> Iterator[Broken]:
    if need.age is None:
        return
    step = step_of(operation, interval_of(operation, need))
    if operation.series is None:
        told = f"rows of {operation.id} carry no moment to tell their age by"
    elif step is not None and need.age < step:
        told = f"a row carries the start of its bucket: up to {span(step)} old, needed within {need.max_age}"
    elif operation.updates is not None and need.age < operation.updates:
        told = f"is updated every {span(operation.updates)}, needed within {need.max_age}"
    else:
        return
    yield _broken(stale_data.RULE, told, "max_age")


def _rows(spec: Spec, operation: Operation, plan: Plan, need: Need) -> Iterator[Broken]:
    if need.min_rows is None:
        return
    limit = operation.parameter("limit")
    sent = need.params.get(limit.name, "") if limit else ""
    most = [limit.schema.get("maximum") if limit else None, int(sent) if sent.isdecimal() else None]
    allowed = min((one for one in most if one is not None), default=need.min_rows)
    if allowed < need.min_rows:
        told = f"{limit.name if limit else ''} gives at most {allowed} rows, {need.min_rows} are needed"
        yield _broken(history_too_short.RULE, told, "min_rows")
        return
    interval = interval_of(operation, need)
    step = step_of(operation, interval)
    depth = reach(operation, spec.ladder, plan.name, interval) if step else None
    if step and depth is not None and depth // step < need.min_rows:
        told = f"{plan.name} reaches back {span(depth)}: {depth // step} rows of the {need.min_rows} needed"
        yield _broken(history_too_short.RULE, told, "min_rows")


def spelled(kinds: tuple[Kind, ...]) -> str:
    """Return kinds as a need spells them."""
    return " | ".join(kinds)


def _broken(rule: Rule, message: str, *at: str) -> Broken:
    return Broken(at, rule.finding(message))
