"""Claims about paths, parameters and fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from audit.checks.grounds import SERVED, Grounds, answer, confirmed, contradicted, either, silent
from audit.model import Against, Verdict
from audit.spec.operations import Operation
from audit.spec.operations import Parameter as Described
from audit.spec.paths import steps
from audit.spec.statements import (
    Absent,
    Authority,
    Exists,
    FieldIs,
    MaxRows,
    Parameter,
    StandIn,
    Symbol,
    Time,
    Values,
)


def exists(claim: Exists, grounds: Grounds) -> Against:
    """Whether a path is documented; where an earlier version had it, what stands there today."""
    spec = grounds.spec
    by_path = {operation.path: operation for operation in spec.operations.values()}
    if claim.path in by_path:
        return confirmed(f"documented as {by_path[claim.path].id}")
    found = grounds.legacy.find(claim.path, by_path) if grounds.legacy else None
    for match in found.matches if found else ():
        if match.kind == "undocumented":
            return silent("known to the provider's export, in no document")
        old = _of_version(match.route.version, grounds) if match.route else "a path that never existed"
        today = f"; today {match.current}" if match.current else "; nothing replaces it"
        return contradicted(f"{old}{today}")
    near = f"; the nearest is {found.near[0]}" if found and found.near else ""
    return contradicted(f"none of the {len(by_path)} documented paths{near}")


def exists_seen(claim: Exists, grounds: Grounds) -> Against:
    """Whether the path answered, a refusal by plan or interval among them: the gate stands at a door."""
    for row in grounds.everything:
        if row.path != claim.path:
            continue
        if row.verdict in (*SERVED, Verdict.PLAN_GATED, Verdict.INTERVAL_GATED):
            return confirmed(answer(row))
        if row.verdict is Verdict.NOT_FOUND:
            return contradicted(answer(row))
    return silent("the path was not asked")


def absent(claim: Absent, grounds: Grounds) -> Against:
    """Operations that serve what is said to be served by none; nothing can confirm that none does."""
    named = (grounds.spec.operation(name) for name in claim.operations)
    return contradicted("; ".join(f"{one.path}: {one.title}" for one in named))


def absent_seen(claim: Absent, grounds: Grounds) -> Against:
    """Whether one of those operations was really served."""
    for name in claim.operations:
        for row in grounds.seen(name):
            if row.verdict in SERVED:
                return contradicted(answer(row))
    return silent("none of those that would was served")


def parameter(claim: Parameter, grounds: Grounds) -> Against:
    """Whether the operation takes, or demands, the parameter."""
    operation = grounds.spec.operation(claim.operation)
    found = _described(operation, claim.name)
    if found is None:
        told = ", ".join(one.name for one in operation.parameters) or "no parameter"
        return contradicted(f"{operation.id} takes {told}; no {claim.name}")
    told = f"{operation.id} takes {claim.name}, {'required' if found.required else 'optional'}"
    return either(claim.required in (None, found.required), told)


def parameter_seen(claim: Parameter, grounds: Grounds) -> Against:
    """A parameter the API does not know is ignored, so only answers without it tell anything."""
    for row in grounds.seen(claim.operation):
        without = claim.name not in row.params
        named = re.search(rf"\b{re.escape(claim.name)}\b", row.message or "")
        if without and named and row.verdict is Verdict.BAD_REQUEST:
            return either(claim.required is not False, answer(row))
        if without and row.verdict in SERVED and claim.required:
            return contradicted(f"without {claim.name}: {answer(row)}")
    return silent("an answer does not tell: parameters the API does not know are ignored")


def values(claim: Values, grounds: Grounds) -> Against:
    """Whether the parameter takes these values and no others."""
    operation = grounds.spec.operation(claim.operation)
    found = _described(operation, claim.name)
    if found is None:
        return contradicted(f"{operation.id} takes no {claim.name}")
    if not found.choices:
        return silent(f"the values of {claim.name} are open")
    same = set(found.choices) == set(claim.values)
    return either(same, f"{claim.name} of {operation.id} takes {', '.join(found.choices)}")


def symbol(claim: Symbol, grounds: Grounds) -> Against:
    """Whether the operation is asked for a pair or for a coin."""
    operation = grounds.spec.operation(claim.operation)
    roles = {one.role: one for one in operation.parameters if one.role in ("pair", "coin")}
    if not roles:
        return contradicted(f"{operation.id} takes no symbol")
    told = " and ".join(f"a {role} as {one.name}" for role, one in roles.items())
    return either(claim.kind in roles, f"{operation.id} wants {told}")


def max_rows(claim: MaxRows, grounds: Grounds) -> Against:
    """Whether the limit of rows is this one."""
    operation = grounds.spec.operation(claim.operation)
    found = operation.parameter("limit")
    most = found.schema.get("maximum") if found else None
    if found is None or most is None:
        return silent(f"{operation.id}: no source gives a most of rows")
    unasked = found.schema.get("default")
    same = most == claim.rows and claim.default in (None, unasked)
    return either(same, f"{operation.id} gives at most {most} rows, {unasked} unasked")


def max_rows_seen(claim: MaxRows, grounds: Grounds) -> Against:
    """More rows than the most contradict; fewer prove nothing."""
    for row in grounds.seen(claim.operation):
        if row.rows is not None and row.rows > claim.rows:
            return contradicted(f"{row.operation}: {row.rows} rows")
    return silent("no answer had more rows, which proves no limit")


def field_is(claim: FieldIs, grounds: Grounds) -> Against:
    """Whether the answer has the field, of that type and unit."""
    operation = grounds.spec.operation(claim.operation)
    found = _schema_at(operation.schema, claim.field)
    if found is None:
        return contradicted(f"{operation.id} has no {claim.field}; {_beside(operation, claim.field)}")
    types = _types(found)
    unit = found.get("x-time") or found.get("x-unit")
    told = f"{operation.id} has {claim.field}, {' or '.join(types)}{f' in {unit}' if unit else ''}"
    if claim.unit is not None and unit is None:
        return silent(f"{told}; no source names a unit")
    same_type = claim.type is None or claim.type in types
    return either(same_type and claim.unit in (None, unit), told)


def field_seen(claim: FieldIs, grounds: Grounds) -> Against:
    """What the checks of the answers found about the field."""
    operation = grounds.spec.operation(claim.operation)
    rows = [row for row in grounds.seen(operation.id) if row.verdict is Verdict.AVAILABLE]
    if not rows:
        return silent(f"{operation.id} gave no rows")
    found = _schema_at(operation.schema, claim.field)
    if found is None:
        told = _found(claim, grounds, "field-unknown")
        return confirmed(told) if told else contradicted(f"{operation.id}: no such field in the answer")
    if told := _found(claim, grounds, "field-missing", "field-type"):
        return contradicted(told)
    if claim.type is not None and claim.type not in _types(found):
        return contradicted(f"{operation.id}: {claim.field} came as {' or '.join(_types(found))}")
    if claim.unit is not None or not _required_at(operation.schema, claim.field):
        return silent("what a number counts, or that a field may be absent, cannot be seen from it")
    return confirmed(f"in every row of {len(rows)} answers, as the checks of the fields found")


def _found(claim: FieldIs, grounds: Grounds, *rules: str) -> str | None:
    """What these rules found about the field of a claim."""
    for rule in rules:
        for finding in grounds.findings(rule, claim.operation):
            if finding.message.startswith((f"{claim.field} ", f"{claim.field}:")):
                return finding.message
    return None


def time(claim: Time, grounds: Grounds) -> Against:
    """Whether a parameter takes moments in this unit."""
    operation = grounds.spec.operation(claim.operation)
    found = _described(operation, claim.name)
    if found is None:
        return contradicted(f"{operation.id} takes no {claim.name}")
    if found.time is None:
        return silent(f"no source gives the unit of {claim.name}")
    return either(found.time == claim.unit, f"{operation.id} takes {claim.name} in {found.time}")


def stand_in(claim: StandIn, grounds: Grounds) -> Against:
    """Whether the other operation is listed as usable instead, and what it does not give."""
    operation = grounds.spec.operation(claim.operation)
    if operation.stand_ins is None:
        return silent(f"nothing is listed that stands in for {operation.id}")
    listed = operation.stand_ins.operations
    told = f"for {operation.id} stand in {', '.join(listed)}. {operation.stand_ins.lack}"
    return confirmed(told) if claim.by in listed else silent(told)


def authority(claim: Authority, grounds: Grounds) -> Against:
    """Whether the operation is where spellings are looked up."""
    named = [pairs.operation for pairs in grounds.spec.provider.pairs]
    if not named:
        return silent("no operation is named for that")
    return either(claim.operation in named, f"spellings are looked up in {' and '.join(named)}")


def authority_seen(claim: Authority, grounds: Grounds) -> Against:
    """Whether it listed pairs at all."""
    for row in grounds.seen(claim.operation):
        if row.verdict is Verdict.AVAILABLE:
            return confirmed(f"{answer(row)}, {row.rows} rows")
    return silent(f"{claim.operation} was not answered")


def _described(operation: Operation, name: str) -> Described | None:
    return next((one for one in operation.parameters if one.name == name), None)


def _schema_at(schema: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    found: Any = schema
    for step in steps(path):
        inside = found.get("items") if step is None else found.get("properties", {}).get(step)
        if isinstance(step, int):
            rows = found.get("prefixItems", [])
            inside = rows[step] if step < len(rows) else None
        if not isinstance(inside, Mapping):
            return None
        found = inside
    return found  # type: ignore[no-any-return]  # a Mapping at each step


def _required_at(schema: Mapping[str, Any], path: str) -> bool:
    found: Any = schema
    for step in steps(path):
        if isinstance(step, int):
            return False
        if isinstance(step, str):
            if step not in found.get("required", ()):
                return False
            found = found["properties"][step]
        else:
            found = found["items"]
    return True


def _types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    types = schema.get("type", ())
    return (types,) if isinstance(types, str) else tuple(types)


def _of_version(name: str, grounds: Grounds) -> str:
    version = grounds.legacy.versions.get(name) if grounds.legacy else None
    return f"a route of {name}{f' ({version.about})' if version and version.about else ''}"


def _beside(operation: Operation, path: str) -> str:
    """The fields that stand where the claimed one would."""
    parent, _, _ = path.rpartition(".")
    holder = _schema_at(operation.schema, parent) if parent else operation.schema
    if holder is None:
        return f"nor has it {parent}"
    rows = holder.get("items")
    names = sorted((rows if isinstance(rows, Mapping) else holder).get("properties", ()))
    where = f"{parent} is a list of rows with" if isinstance(rows, Mapping) else "there is"
    return f"{where} {', '.join(names)}" if names else f"{parent} holds no fields by name"
