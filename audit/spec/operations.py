"""One operation of the description as frozen facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from audit.errors import SpecError
from audit.spec.plans import Ladder
from audit.spec.widths import is_width, seconds

Role = Literal["exchange", "exchange-list", "pair", "coin", "interval", "limit", "start", "end", "page"]


@dataclass(frozen=True)
class Parameter:
    """One query parameter.

    ``time`` is the unit of a moment (``ms`` or ``s``) or None; ``example_ago`` an example moment as
    seconds before now; ``example`` the text a real request would carry, or None to leave it out.
    """

    name: str
    required: bool
    type: str
    description: str
    role: Role | None
    example: str | None
    example_ago: int | None
    time: str | None
    schema: Mapping[str, Any]

    @property
    def choices(self) -> tuple[str, ...]:
        """The values it accepts, or nothing where they are open."""
        return tuple(str(value) for value in self.schema.get("enum", ()))

    @property
    def left_out(self) -> str | None:
        """What leaving it out means: the documented default, else the example; None where neither is told.

        A parameter that is required or a moment cannot be left out and mean the same.
        """
        if self.required or self.time:
            return None
        default = self.schema.get("default")
        if isinstance(default, bool):
            return str(default).lower()
        return self.example if default is None else str(default)


@dataclass(frozen=True)
class Series:
    """How an answer runs in time; ``step`` is ``interval``, a width, or None for events."""

    times: str
    step: str | None
    order: Literal["ascending", "descending", "any"]
    repeats: bool
    gaps: bool
    fresh: int | None


@dataclass(frozen=True)
class Note:
    """An oddity of the operation, or a disagreement between official sources."""

    kind: str
    about: str
    note: str
    sources: tuple[str, ...]
    says: Mapping[str, str]
    taken: str | None


@dataclass(frozen=True)
class StandIns:
    """Operations of cheaper plans that can be used instead, best first, and what they do not give."""

    operations: tuple[str, ...]
    lack: str


@dataclass(frozen=True)
class Operation:
    """One method and path, with what it promises.

    ``floors`` maps each plan that may call it to its finest interval, or None where no interval is
    gated. ``updates`` is in seconds (0 is real time, None is not promised). ``schema`` is the whole
    answer's JSON Schema, resolved.
    """

    id: str
    method: str
    path: str
    group: str
    title: str
    description: str
    min_plan: str
    parameters: tuple[Parameter, ...]
    floors: Mapping[str, str | None]
    history: Mapping[str, int | None] | Literal["plan"] | None
    updates: int | None
    series: Series | None
    witness: bool
    may_be_empty: bool
    scope: str | None
    stand_ins: StandIns | None
    notes: tuple[Note, ...]
    schema: Mapping[str, Any]

    def parameter(self, role: Role) -> Parameter | None:
        """Return the parameter that plays a role, if there is one."""
        return next((parameter for parameter in self.parameters if parameter.role == role), None)

    @property
    def intervals(self) -> tuple[str, ...]:
        """The intervals it can be asked for, finest first; empty where it has none."""
        parameter = self.parameter("interval")
        return tuple(sorted(parameter.choices, key=seconds)) if parameter else ()

    @property
    def gates_intervals(self) -> bool:
        """Whether some plan may call it, yet not on every interval."""
        return any(self.floors.values())

    def allowed(self, ladder: Ladder, plan: str) -> bool:
        """Whether the plan may call it at all."""
        return ladder.get(plan).rank >= ladder.get(self.min_plan).rank


def read_operation(path: str, method: str, tree: dict[str, Any], ladder: Ladder) -> Operation:
    """Build an operation from its resolved tree; raises SpecError naming the path and the key."""
    if not path.startswith("/") or not path.isprintable() or " " in path:
        raise SpecError(f"{path!r}: no path; expected one that begins with / and holds no space")
    try:
        min_plan = _min_plan(path, tree["x-plan"], ladder)
        return Operation(
            id=tree["operationId"],
            method=method.upper(),
            path=path,
            group=tree["tags"][0],
            title=tree["summary"],
            description=tree.get("description", "").strip(),
            min_plan=min_plan,
            parameters=tuple(_parameter(path, row) for row in tree.get("parameters", ())),
            floors=_floors(path, tree.get("x-interval-floor"), min_plan, ladder),
            history=_history(tree.get("x-history")),
            updates=_updates(tree.get("x-updates")),
            series=_series(tree.get("x-series")),
            witness=bool(tree.get("x-witness", False)),
            may_be_empty=bool(tree.get("x-may-be-empty", False)),
            scope=tree.get("x-scope"),
            stand_ins=_stand_ins(tree.get("x-stand-ins")),
            notes=tuple(_note(row) for row in tree.get("x-notes", ())),
            schema=tree["responses"]["200"]["content"]["application/json"]["schema"],
        )
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise SpecError(f"{path}: the operation is incomplete or of the wrong shape ({error!r})") from None
    except SpecError as error:
        raise error if str(error).startswith(path) else SpecError(f"{path}: {error}") from None


def _min_plan(path: str, given: Any, ladder: Ladder) -> str:
    if given not in ladder.names:
        raise SpecError(f"{path}: x-plan {given!r} is not a plan; known: {', '.join(ladder.names)}")
    return str(given)


def _parameter(path: str, row: dict[str, Any]) -> Parameter:
    if row.get("in") != "query":
        raise SpecError(f"{path}: parameter {row.get('name')!r} is in {row.get('in')!r}; expected query")
    schema = row["schema"]
    if row.get("x-role") == "interval":
        for width in schema.get("enum", ()):
            if not seconds(str(width)):
                raise SpecError(f"{path}: interval {width!r} has no length")
    ago = row.get("x-example-ago")
    example = row.get("example")
    return Parameter(
        name=row["name"],
        required=bool(row.get("required", False)),
        type=str(schema.get("type", "string")),
        description=row.get("description", "").strip(),
        role=row.get("x-role"),
        example=None if example is None else str(example),
        example_ago=None if ago is None else seconds(ago),
        time=row.get("x-time"),
        schema=schema,
    )


def _floors(path: str, given: Any, min_plan: str, ladder: Ladder) -> dict[str, str | None]:
    callers = [plan for plan in ladder.plans if plan.rank >= ladder.get(min_plan).rank]
    if given is None:
        return {plan.name: None for plan in callers}
    if given == "plan":
        return {plan.name: plan.interval_floor for plan in callers}
    if isinstance(given, dict):
        return {plan.name: given.get(plan.name) for plan in callers}
    raise SpecError(f"{path}: x-interval-floor {given!r}; expected `plan` or a map of plan to interval")


def _history(given: Any) -> dict[str, int | None] | Literal["plan"] | None:
    if given is None or given == "plan":
        return given if given is None else "plan"
    return {width: None if reach == "all" else seconds(str(reach)) for width, reach in given.items()}


def _updates(given: Any) -> int | None:
    if given is None:
        return None
    return 0 if given == "realtime" else seconds(str(given))


def _series(given: Any) -> Series | None:
    if given is None:
        return None
    step = given.get("step")
    if step not in (None, "interval") and not (is_width(step) and seconds(step)):
        raise SpecError(f"x-series step {step!r}; expected `interval`, a width such as 1d, or nothing")
    fresh = given.get("fresh")
    return Series(
        times=given["times"],
        step=step,
        order=given.get("order", "ascending"),
        repeats=bool(given.get("repeats", False)),
        gaps=bool(given.get("gaps", False)),
        fresh=None if fresh is None else seconds(fresh),
    )


def _stand_ins(given: Any) -> StandIns | None:
    return None if given is None else StandIns(tuple(given["operations"]), str(given["lack"]))


def _note(row: dict[str, Any]) -> Note:
    return Note(
        kind=row["kind"],
        about=row["about"],
        note=" ".join(str(row.get("note", "")).split()),
        sources=tuple(row.get("sources", ())),
        says={str(source): str(text) for source, text in (row.get("says") or {}).items()},
        taken=None if row.get("taken") is None else str(row["taken"]),
    )
