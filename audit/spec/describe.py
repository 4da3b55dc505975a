"""The description as text for people and as data for programs. Pure."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from audit.spec.catalog import Spec
from audit.spec.channels import Channel, Stream
from audit.spec.legacy import Found, Legacy, Match, Route
from audit.spec.legacy_params import FieldChange, ParamChange, ValueChange
from audit.spec.operations import Note, Operation, Parameter
from audit.spec.plans import Ladder

WIDTH = 80

_TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false",
          "null": "null", "array": "list", "object": "object"}  # fmt: skip
_MOMENTS = {"s": "moment in seconds", "ms": "moment in milliseconds", "ns": "moment in nanoseconds"}
_CONFIDENCE = {
    "documented": "the provider documents it",
    "same-resource": "the same by name, description and parameters",
    "closest": "comes closest; another grain or shape",
    "none": "nothing replaces it",
}


def listing(spec: Spec, operations: Iterable[Operation] | None = None) -> dict[str, Any]:
    """Return every operation (or the given ones) with its plans, floors and parameters, as data."""
    chosen = spec.operations.values() if operations is None else operations
    return {"operations": [_listed(operation, spec.ladder) for operation in chosen]}


def _listed(operation: Operation, ladder: Ladder) -> dict[str, Any]:
    return {
        "operation": operation.id,
        "path": operation.path,
        "group": operation.group,
        "title": operation.title,
        "plans": {name: operation.allowed(ladder, name) for name in ladder.names},
        "interval_floor": {name: operation.floors.get(name) for name in ladder.names},
        "parameters": [
            {"name": parameter.name, "required": parameter.required, "type": parameter.type}
            for parameter in operation.parameters
        ],
        "method": operation.method,
        "min_plan": operation.min_plan,
        "intervals": list(operation.intervals),
        "updates_seconds": operation.updates,
    }


def overview(operations: Iterable[Operation], plan: str | None = None) -> str:
    """Return one line per operation under its group: name, cheapest plan, finest interval."""
    lines: list[str] = []
    group, chosen = None, list(operations)
    width = max((len(operation.id) for operation in chosen), default=0)
    for operation in sorted(chosen, key=lambda op: (op.group, op.id)):
        if operation.group != group:
            group = operation.group
            lines += ["", group] if lines else [group]
        floor = operation.floors.get(plan or operation.min_plan)
        line = f"  {operation.id:<{width}}  {operation.min_plan}{f' from {floor}' if floor else ''}"
        lines.append(line)
    return plain("\n".join(lines))


def show(spec: Spec, operation: Operation) -> str:
    """Return all that is known of one operation, at most 80 columns wide where words allow it."""
    instead = operation.stand_ins
    parts = [
        f"{operation.id}\n{operation.method} {operation.path}\n{operation.title}",
        _wrap(operation.description),
        _section("Plans", _plans(operation, spec.ladder)),
        _section("History", _history(operation, spec.ladder)),
        _section("Updates", [_updates(operation)]),
        _section("Leaves out", [operation.scope] if operation.scope else []),
        _section("On a cheaper plan", [", ".join(instead.operations), instead.lack] if instead else []),
        _section("Parameters", _parameters(operation)),
        _section("Answer", _fields(operation.schema, 2)),
        _section("Notes", _notes(operation.notes)),
        "Try it\n" + textwrap.indent(curl(spec, operation), "  "),
    ]
    return plain("\n\n".join(part for part in parts if part))


def channel_listing(channels: Iterable[Channel], ladder: Ladder) -> list[dict[str, Any]]:
    """Return channels with their plans and parameters, as data."""
    return [
        {
            "channel": channel.id,
            "address": channel.address,
            "title": channel.title,
            "plans": {name: channel.allowed(ladder, name) for name in ladder.names},
            "parameters": [
                {"name": parameter.name, "example": parameter.example} for parameter in channel.parameters
            ],
            "min_plan": channel.min_plan,
        }
        for channel in channels
    ]


def channel_overview(channels: Iterable[Channel]) -> str:
    """Return one line per channel: its name with parameters in braces, and its cheapest plan."""
    chosen = sorted(channels, key=lambda channel: channel.id)
    width = max((len(channel.address) for channel in chosen), default=0)
    lines = [f"  {channel.address:<{width}}  {channel.min_plan}" for channel in chosen]
    return plain("\n".join(["channels", *lines])) if lines else ""


def show_channel(spec: Spec, stream: Stream, channel: Channel) -> str:
    """Return all that is known of one channel and of the connection that carries it."""
    width = max(map(len, spec.ladder.names))
    plans = (
        f"  {name:<{width}}  {'yes' if channel.allowed(spec.ladder, name) else 'no'}"
        for name in spec.ladder.names
    )
    beat = stream.heartbeat
    connection = [
        f"{stream.url}?{stream.key_query}=KEY",
        f"{beat.send} every {span(beat.every)}, answered by {beat.expect}" if beat else "no heartbeat",
        f"subscribe: {stream.subscribe.text([channel.name()])}",
        f"unsubscribe: {stream.unsubscribe.text([channel.name()])}",
    ]
    refused = [f"{refusal.text(channel.name())}: {refusal.verdict}" for refusal in stream.refusals]
    parameters = (
        f"{one.name}{f' ({unit})' if (unit := one.role or one.unit) else ''}: {one.description} "
        f"Example {one.example}."
        for one in channel.parameters
    )
    parts = [
        f"{channel.id}\nSUBSCRIBE {channel.address}\n{channel.title}",
        _wrap(channel.description),
        _section("Plans", plans),
        _section("Connection", connection),
        _section("Refused as", refused),
        _section("Parameters", parameters),
        _section("Quiet after", [f"{span(channel.first_message)} without a message"]),
        _section("Message", _fields(channel.schema, 2)),
        _section("Notes", _notes([*channel.notes, *stream.notes])),
    ]
    return plain("\n\n".join(part for part in parts if part))


def _section(title: str, lines: Iterable[str]) -> str:
    filled = [line if line.startswith(" ") else _wrap(line, "  ", "    ") for line in lines]
    return "\n".join([title, *filled]) if filled else ""


def _wrap(text: str, first: str = "", rest: str | None = None) -> str:
    return textwrap.fill(
        " ".join(text.split()),
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _plans(operation: Operation, ladder: Ladder) -> Iterator[str]:
    width = max(map(len, ladder.names))
    for name in ladder.names:
        may = operation.allowed(ladder, name)
        floor = operation.floors.get(name)
        gate = f"  intervals from {floor}" if floor else ""
        yield f"  {name:<{width}}  {'yes' if may else 'no':<3}{gate}".rstrip()


def _history(operation: Operation, ladder: Ladder) -> Iterator[str]:
    if operation.history is None:
        yield "not promised"
    elif operation.history != "plan":
        yield _reaches(operation.history, ())
    else:
        for plan in ladder.plans:
            if operation.allowed(ladder, plan.name):
                reaches = (
                    "not published" if plan.history is None else _reaches(plan.history, operation.intervals)
                )
                yield f"{plan.name}: {reaches}"


def _reaches(table: Mapping[str, int | None], intervals: Iterable[str]) -> str:
    """Spans with the intervals they hold for: ``180d at 4h; all at 1d``."""
    asked = set(intervals)
    spans: dict[str, list[str]] = {}
    for width, reach in table.items():
        if not asked or width in asked or width == "all":
            spans.setdefault("all" if reach is None else span(reach), []).append(width)
    return "; ".join(
        reach if widths == ["all"] else f"{reach} at {', '.join(widths)}" for reach, widths in spans.items()
    )


def span(length: int) -> str:
    """Seconds as the shortest exact span: ``90d``, ``4h``, ``20s``."""
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if length % size == 0:
            return f"{length // size}{unit}"
    return f"{length}s"


def _updates(operation: Operation) -> str:
    if operation.updates is None:
        return "not promised"
    return "in real time" if operation.updates == 0 else f"every {span(operation.updates)}"


def _parameters(operation: Operation) -> Iterator[str]:
    if not operation.parameters:
        yield "none"
    for parameter in operation.parameters:
        sort = _TYPES.get(parameter.type, parameter.type)
        if parameter.role in ("pair", "coin"):
            sort = parameter.role
        need = "required" if parameter.required else "optional"
        text = f"{parameter.name} ({sort}, {need}): {parameter.description}"
        if parameter.choices:
            text += f" One of {', '.join(parameter.choices)}."
        if "default" in parameter.schema:
            text += f" Default {parameter.schema['default']}."
        if parameter.example is not None:
            text += f" Example {parameter.example}."
        elif parameter.example_ago is not None:
            text += f" Example: {span(parameter.example_ago)} ago."
        yield text


def _fields(schema: Mapping[str, Any], indent: int) -> Iterator[str]:
    """The fields of an answer as a tree, deeper ones further in."""
    named = dict(schema.get("properties", {}))
    named |= {f"[{place}]": child for place, child in enumerate(schema.get("prefixItems", ()))}
    if isinstance(schema.get("additionalProperties"), Mapping):
        named["(any name)"] = schema["additionalProperties"]
    required = set(schema.get("required", ())) | {name for name in named if name[0] in "[("}
    for name, child in named.items():
        text = f"{name}{'' if name in required else '?'}: {_kind(child)}. {child.get('description', '')}"
        yield _wrap(text, " " * indent, " " * (indent + 4))
        yield from _fields(_innermost(child), indent + 2)


def _innermost(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while isinstance(schema.get("items"), Mapping):
        schema = schema["items"]
    return schema


def _kind(schema: Mapping[str, Any]) -> str:
    """Type and unit in words: ``number as text, usd``, ``list of objects or null``."""
    if "x-time" in schema:
        return _MOMENTS.get(schema["x-time"], str(schema["x-time"]))
    given = schema.get("type")
    types = [str(name) for name in (given if isinstance(given, list) else [given] if given else [])]
    words = [_TYPES.get(name, name) for name in types] or ["anything"]
    if schema.get("format") == "decimal":
        words = ["number as text" if word == "text" else word for word in words]
    if isinstance(schema.get("items"), Mapping):
        inner = _kind(schema["items"])
        listed = {"object": "list of objects", "list": "list of lists"}.get(inner, f"list of: {inner}")
        words = [listed if word == "list" else word for word in words]
    choices = ", ".join(map(str, schema.get("enum", ())))
    unit = f", {schema['x-unit']}" if "x-unit" in schema else ""
    return " or ".join(words) + unit + (f", one of {choices}" if choices else "")


def _notes(notes: Iterable[Note]) -> Iterator[str]:
    for note in notes:
        says = "".join(f" {source}: {text}." for source, text in note.says.items())
        taken = f" Followed here: {note.taken}." if note.taken else ""
        yield f"{note.about} ({note.kind}; {', '.join(note.sources)}):{says}{taken} {note.note}"


def curl(spec: Spec, operation: Operation, values: Mapping[str, str] | None = None) -> str:
    """Return a request for a shell, the key taken from its variable; ``values`` stand for the examples."""
    provider = spec.provider
    variable = re.sub(r"\W", "_", provider.key_variable)
    key = f'{shlex.quote(provider.key_header + ": ")}"${variable}"'
    lines = [f"curl --get {shlex.quote(provider.base_url + operation.path)}", f"--header {key}"]
    sent = (
        shlex.quote(f"{parameter.name}={values[parameter.name]}")
        if values and parameter.name in values
        else _sent(parameter)
        for parameter in operation.parameters
    )
    lines += [f"--data-urlencode {value}" for value in sent if value]
    return " \\\n  ".join(lines)


def _sent(parameter: Parameter) -> str | None:
    if parameter.example is not None:
        return shlex.quote(f"{parameter.name}={parameter.example}")
    if parameter.example_ago is None:
        return None
    zeros = "000" if parameter.time == "ms" else ""
    return f'{shlex.quote(parameter.name)}="$(($(date +%s) - {parameter.example_ago})){zeros}"'


def lookup(spec: Spec, legacy: Legacy, found: Found) -> str:
    """Return what a path of any version means today: replacement, certainty, changes, plan."""
    lines = [found.path]
    version = legacy.versions.get(found.version or "")
    if version and version.header and not version.current:
        lines.append(f"an address of {version.name}, which takes the key in the header {version.header}")
    by_path = {operation.path: operation for operation in spec.operations.values()}
    told: dict[tuple[str | None, str], list[str]] = {}
    for match in found.matches:
        about = legacy.versions[match.route.version].about if match.route else ""
        if match.route:
            key, changes = (match.current, match.route.note), list(_changes(match.route))
            if key in told:
                differing = changes if changes != told[key] else []
                lines += ["", f"{match.route.version}: the same", *differing]
                continue
            told[key] = changes
        lines += ["", *_meaning(match, about, by_path, spec.ladder)]
    return plain("\n".join(lines))


def _meaning(match: Match, about: str, by_path: Mapping[str, Operation], ladder: Ladder) -> Iterator[str]:
    if match.kind == "current":
        yield f"current: {match.path}"
        yield from _target(match.path, by_path, ladder)
    elif match.route:
        route = match.route
        yield f"{route.version}: {route.path}"
        if about:
            yield f"  what it is   {about}"
        now = "nothing" if route.current is None else route.current
        yield f"  replaced by  {'itself; the path has not changed' if now == route.path else now}"
        yield f"  confidence   {route.confidence} ({_CONFIDENCE[route.confidence]})"
        if route.note:
            yield _wrap(route.note, "  note         ", " " * 15)
        yield from _changes(route)
        if route.current:
            yield from _target(route.current, by_path, ladder)
        for place, path in enumerate(route.alternatives):
            yield f"  {'see also' if place == 0 else '':<13}{path}"
    elif match.stray:
        stray = match.stray
        yield f"{'never existed' if match.kind == 'never-existed' else 'not documented'}: {stray.path}"
        if match.kind == "undocumented":
            yield _wrap(
                f"in the provider's own export only ({stray.kind}); nobody has published an answer", "  "
            )
        if stray.note:
            yield _wrap(stray.note, "  note         ", " " * 15)
        if stray.current:
            yield f"  {'nearest':<13}{stray.current}"
            yield from _target(stray.current, by_path, ladder)


def _changes(route: Route) -> Iterator[str]:
    """What is renamed, added and changed on the way to the replacement; not what stays as it is."""
    kept = {name for name, change in route.params.items() if change == ParamChange(name)}
    params = [_renamed(*pair, "not sent") for pair in route.params.items() if pair[0] not in kept]
    added = [f"{name} (yours to choose)" if v is None else f"{name}={v}" for name, v in route.added.items()]
    fields = [_renamed(*pair, "gone") for pair in route.fields.items()]
    for title, found in (("parameters", params), ("required now", added), ("fields", fields)):
        for place, line in enumerate(found):
            yield _wrap(line, f"  {'' if place else title:<13}", " " * 17)
    if route.symbol:
        yield f"  {'symbol':<13}was a {route.symbol}"


def _renamed(old: str, change: ParamChange | FieldChange, gone: str) -> str:
    how = f" ({_how(change.value)})" if change.value else ""
    return f"{old}{how}" if old == change.to else f"{old} -> {change.to or gone}{how}"


def _how(value: ValueChange) -> str:
    differing = [f"{old} is {new}" for old, new in value.table.items() if old != new]
    more = ", …" if len(differing) > 2 else ""
    return value.how or ", ".join(differing[:2]) + more


def _target(path: str, by_path: Mapping[str, Operation], ladder: Ladder) -> Iterator[str]:
    operation = by_path.get(path)
    if operation is None:
        return
    yield f"  operation    {operation.id}"
    floors = [f"from {floor} on {plan}" for plan, floor in operation.floors.items() if floor]
    dearer = " and dearer" if operation.min_plan != ladder.names[-1] else ""
    limits = f"; intervals {', '.join(floors)}" if floors else ""
    yield _wrap(f"{operation.min_plan}{dearer}{limits}", "  plan         ", " " * 15)


def plain(text: str) -> str:
    """Text without control characters: a description can come from anywhere."""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)
