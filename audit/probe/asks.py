"""The requests of a probe, built from the description's own examples. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from audit.client.answers import Request
from audit.model import Verdict
from audit.spec.catalog import Spec
from audit.spec.expectations import expect, usual_interval
from audit.spec.operations import Operation, Parameter
from audit.spec.widths import seconds

Purpose = Literal["operation", "floor", "below", "every"]
IntervalMode = Literal["none", "floor", "all"]


@dataclass(frozen=True)
class Ask:
    """One request to be made; ``params`` without moments, which are filled in when it is sent.

    ``wrong`` says why it need not be sent: the request names something that does not exist.
    """

    id: str
    operation: Operation
    purpose: Purpose
    params: tuple[tuple[str, str], ...]
    interval: str | None
    expected: Verdict
    wrong: str | None = None

    def request(self, now: float) -> Request:
        """Return the request as sent at ``now`` (epoch seconds), moments included."""
        moments = tuple(
            (parameter.name, str(int((now - parameter.example_ago) * _PER_SECOND[parameter.time or "ms"])))
            for parameter in self.operation.parameters
            if parameter.example_ago is not None
        )
        return Request(self.operation.method, self.operation.path, self.params + moments)


_PER_SECOND = {"s": 1, "ms": 1000, "ns": 1_000_000_000}


def ask(
    spec: Spec,
    operation: Operation,
    plan: str,
    *,
    interval: str | None = None,
    purpose: Purpose = "operation",
    values: Mapping[str, str] | None = None,
) -> Ask:
    """Build one request; ``values`` overrides examples by parameter name."""
    interval = interval or usual_interval(operation, plan)
    params = []
    for parameter in operation.parameters:
        value = _value(parameter, interval, values or {})
        if value is not None:
            params.append((parameter.name, value))
    name = operation.id if purpose == "operation" else f"{operation.id}@{interval}"
    return Ask(
        id=name,
        operation=operation,
        purpose=purpose,
        params=tuple(params),
        interval=interval,
        expected=expect(operation, spec.ladder, plan, interval),
    )


def _value(parameter: Parameter, interval: str | None, values: Mapping[str, str]) -> str | None:
    if parameter.role == "interval":
        return interval
    return values.get(parameter.name, parameter.example)


def with_intervals(operations: Iterable[Operation], spec: Spec, plan: str) -> list[Operation]:
    """Return the operations whose intervals can be probed: the plan may call them at all."""
    return [op for op in operations if len(op.intervals) > 1 and op.allowed(spec.ladder, plan)]


def families(operations: Iterable[Operation], spec: Spec, plan: str) -> dict[str, list[Operation]]:
    """Group operations that share a group of the API and the same promised floor.

    The first of each family stands for it in the binary search; families without a promised gate
    on any plan have no floor to find.
    """
    found: dict[str, list[Operation]] = {}
    for operation in with_intervals(operations, spec, plan):
        if operation.gates_intervals:
            found.setdefault(operation.group, []).append(operation)
    return found


def around_floor(operation: Operation, plan: str) -> list[tuple[Purpose, str]]:
    """Return the intervals to ask: the one just below the promised floor, and the floor itself.

    Where no interval is gated the finest one is the floor and nothing lies below it.
    """
    ladder = operation.intervals
    floor = operation.floors.get(plan)
    allowed = [width for width in ladder if not floor or seconds(width) >= seconds(floor)]
    below = [width for width in ladder if floor and seconds(width) < seconds(floor)]
    chosen: list[tuple[Purpose, str]] = []
    if below:
        chosen.append(("below", below[-1]))
    if allowed:
        chosen.append(("floor", allowed[0]))
    return chosen
