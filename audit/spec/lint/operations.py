"""Rules about operations: names, groups, answers, plans, notes, series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from audit.spec.lint.draft import ROOT, Draft, Entry
from audit.spec.lint.problem import Problem, items, listed, mapping, rather
from audit.spec.paths import steps
from audit.spec.widths import seconds

# Parts of a file that are only there to be referred to.
SHARED = ("schemas", "parameters", "responses", "headers")


def check(draft: Draft) -> Iterator[Problem]:
    """Check every operation on its own."""
    for entry in draft.entries:
        yield from _named(entry, draft)
        yield from _answers(entry, draft)
        yield from _plan(entry, draft)
        yield from _series(entry)
        yield from _notes(entry, draft)


def check_shared(draft: Draft) -> Iterator[Problem]:
    """Check what holds among operations and files; needs every operation to be readable."""
    yield from _groups(draft)
    yield from _unused(draft)
    yield from _witnesses(draft)
    yield from _stand_ins(draft)
    yield from _roles_of_operations(draft)


def _named(entry: Entry, draft: Draft) -> Iterator[Problem]:
    prefix = draft.provider.path_prefix if draft.provider else "/"
    wanted = entry.path.removeprefix(prefix).strip("/").replace("/", "_").replace("-", "_")
    given = entry.tree.get("operationId")
    if not entry.path.startswith(prefix):
        yield entry.problem(
            "", f"expected a path below {prefix}, found {entry.path}", "correct the path in openapi.yaml"
        )
    elif given != wanted:
        yield entry.problem(
            "operationId", f"expected {wanted} (from the path), found {given}", "rename it after the path"
        )
    if given is not None and entry.key != given:
        remedy = "name the key in the file and the $ref in openapi.yaml after the operationId"
        yield entry.problem("", f"expected the key {given} (its operationId), found {entry.key}", remedy)
    for key in ("summary", "description", "x-plan"):
        if not str(entry.tree.get(key) or "").strip():
            yield entry.problem(key, "expected text, found nothing", f"add {key}")
    tags, known = (
        items(entry.tree.get("tags")),
        [mapping(tag).get("name") for tag in items(draft.root.get("tags"))],
    )
    if len(tags) != 1:
        yield entry.problem(
            "tags", f"expected one tag, found {len(tags)}", "name the one group it belongs to"
        )
    for tag in tags[:1]:
        if tag not in known:
            yield entry.problem(
                "tags",
                f"the tag {tag} is not declared",
                f"{rather(tag, map(str, known))}, or add it to openapi.yaml",
            )
        file = f"groups/{str(tag).replace('/', '-')}.yaml"
        if entry.file != file:
            yield entry.problem(
                "tags", f"operations of {tag} belong in {file}, this one stands in {entry.file}", "move it"
            )


def _answers(entry: Entry, draft: Draft) -> Iterator[Problem]:
    responses = mapping(entry.tree.get("responses"))
    if draft.provider is None:
        return
    code, data = draft.provider.envelope.code, draft.provider.envelope.data
    for status, wanted in (("200", (code, data)), ("default", (code,))):
        content = mapping(mapping(responses.get(status)).get("content"))
        schema = mapping(mapping(content.get("application/json")).get("schema"))
        if not schema:
            remedy = "describe the answer" if status == "200" else "refer to the shared refusal"
            yield entry.problem(f"responses/{status}", "expected a JSON schema, found none", remedy)
            continue
        for name in wanted:
            if name not in mapping(schema.get("properties")):
                remedy = "build the schema on the shared envelope"
                yield entry.problem(f"responses/{status}", f"expected the field {name}, found none", remedy)
            elif name not in items(schema.get("required")):
                remedy = f"add `required: [{name}]`"
                yield entry.problem(
                    f"responses/{status}", f"expected {name} to be required, found it optional", remedy
                )


def _plan(entry: Entry, draft: Draft) -> Iterator[Problem]:
    if draft.ladder is None or draft.provider is None:
        return
    plan, names = entry.tree.get("x-plan"), draft.ladder.names
    if plan is not None and plan not in names:
        yield entry.problem("x-plan", f"{plan} is not a plan", rather(plan, names))
    floors = entry.tree.get("x-interval-floor")
    roles = {parameter.get("x-role") for parameter in entry.tree.get("parameters", ())}
    if floors is not None and "interval" not in roles:
        remedy = "drop the floor, or give the interval parameter `x-role: interval`"
        yield entry.problem("x-interval-floor", "a floor needs an interval parameter; found none", remedy)
    for name, width in mapping(floors).items():
        if name not in names:
            yield entry.problem("x-interval-floor", f"{name} is not a plan", rather(name, names))
        elif width not in draft.provider.intervals:
            remedy = f"known intervals are {listed(draft.provider.intervals)}"
            yield entry.problem("x-interval-floor", f"{width} is not an interval", remedy)
    callers = names[names.index(plan) :] if plan in names else []
    own = [(name, floors.get(name)) for name in callers if isinstance(floors, dict)]
    for (cheap, floor), (dear, higher) in pairwise(own):
        if higher and (not floor or seconds(floor) < seconds(higher)):
            remedy = "correct the floors"
            message = f"{dear} begins at {higher}, the cheaper {cheap} at {floor or 'any width'}"
            yield entry.problem("x-interval-floor", message, remedy)


def _series(entry: Entry) -> Iterator[Problem]:
    series = entry.tree.get("x-series")
    if series is None:
        return
    if series.get("step") == "interval" and not _has_role(entry, "interval"):
        remedy = "give the width of one step, or the interval parameter `x-role: interval`"
        yield entry.problem("x-series/step", "step is interval, yet no parameter is one", remedy)
    schema: Any = mapping(entry.tree.get("responses")).get("200", {})
    schema = mapping(mapping(mapping(schema).get("content")).get("application/json")).get("schema")
    place = str(series["times"])
    for step in steps(place):
        schema = _inside(mapping(schema), step)
        if schema is None:
            remedy = "point it at a documented field, such as data[].time"
            yield entry.problem("x-series/times", f"{place} leads to nothing in the schema", remedy)
            return
    if "x-time" not in schema and schema.get("type") != "string":
        remedy = "give that field `x-time`, or point at the field that holds the moments"
        yield entry.problem(
            "x-series/times", f"{place} is no moment: it has no x-time and is no text", remedy
        )


def _inside(schema: dict[str, Any], step: str | int | None) -> dict[str, Any] | None:
    if step is None:
        found = schema.get("items") or next(iter(items(schema.get("prefixItems"))), None)
    elif isinstance(step, int):
        rows = items(schema.get("prefixItems"))
        found = rows[step] if step < len(rows) else None
    else:
        found = mapping(schema.get("properties")).get(step, schema.get("additionalProperties"))
    return found if isinstance(found, dict) else None


def _has_role(entry: Entry, role: str) -> bool:
    return any(parameter.get("x-role") == role for parameter in entry.tree.get("parameters", ()))


def _notes(entry: Entry, draft: Draft) -> Iterator[Problem]:
    known = list(mapping(mapping(draft.root.get("x-provider")).get("sources")))
    for index, note in enumerate(items(entry.tree.get("x-notes"))):
        place = f"x-notes/{index}"
        says, sources = mapping(note.get("says")), items(note.get("sources"))
        for source in dict.fromkeys([*sources, *says, *([note["taken"]] if "taken" in note else [])]):
            if source not in known:
                remedy = f"{rather(source, known)}; x-provider.sources in openapi.yaml lists them"
                yield entry.problem(f"{place}/sources", f"{source} is not a known source", remedy)
        if note.get("kind") == "disagreement":
            for key in ("says", "taken"):
                if key not in note:
                    remedy = "add what each source says and which is followed"
                    yield entry.problem(f"{place}/{key}", f"a disagreement needs {key}; found none", remedy)
        else:
            for key in ("says", "taken"):
                if key in note:
                    remedy = "make it a disagreement, or drop the key"
                    yield entry.problem(f"{place}/{key}", f"only a disagreement has {key}", remedy)
        unnamed = [source for source in says if source not in sources]
        if unnamed:
            remedy = "name the same sources in both"
            yield entry.problem(
                f"{place}/says", f"{listed(unnamed)} says something but is not among sources", remedy
            )
        if "taken" in note and says and note["taken"] not in says:
            remedy = f"take one of {listed(says)}"
            yield entry.problem(f"{place}/taken", f"{note['taken']} is taken but says nothing", remedy)


def _groups(draft: Draft) -> Iterator[Problem]:
    """Each path of the root leads into a group file, each tag and file is used."""
    tags = [str(mapping(tag).get("name")) for tag in items(draft.root.get("tags"))]
    for tag in _twice(tags):
        yield Problem(ROOT, f"tags/{tag}", "declared twice", "drop one")
    named = {tag for entry in draft.entries for tag in items(entry.tree.get("tags"))}
    for tag in tags:
        if tag not in named:
            yield Problem(
                ROOT,
                f"tags/{tag}",
                "no operation belongs to it",
                "drop the tag, or tag its operations with it",
            )
    for path in sorted((draft.documents.folder / "groups").glob("*")):
        if path.suffix not in (".yaml", ".yml") or f"groups/{path.name}" not in draft.files:
            remedy = "refer to its operations there, or remove the file"
            yield Problem(f"groups/{path.name}", "", "no path of openapi.yaml leads here", remedy)


def _unused(draft: Draft) -> Iterator[Problem]:
    for file, tree in draft.files.items():
        for key, value in mapping(tree).items():
            if file == ROOT:
                continue
            if key in SHARED:
                for name in mapping(value):
                    if not any(
                        _covers(pointer, f"/{key}/{name}") for at, pointer in draft.used if at == file
                    ):
                        yield Problem(
                            file, f"{key}/{name}", "nothing refers to it", "remove it, or refer to it"
                        )
            elif file.startswith("groups/") and (file, f"/{key}") not in draft.used:
                remedy = "list it under paths in openapi.yaml, or remove it"
                yield Problem(file, str(key), "no path of openapi.yaml refers to this operation", remedy)


def _covers(pointer: str, place: str) -> bool:
    return pointer == place or pointer.startswith(f"{place}/")


def _witnesses(draft: Draft) -> Iterator[Problem]:
    """One operation for each boundary of the ladder proves that a key has the dearer plan."""
    if draft.ladder is None:
        return
    opened = {entry.tree.get("x-plan") for entry in draft.entries}
    for plan in draft.ladder.names:
        found = [
            entry
            for entry in draft.entries
            if entry.tree.get("x-witness") and entry.tree.get("x-plan") == plan
        ]
        if plan == draft.ladder.names[0] or plan not in opened:
            for entry in found:
                remedy = (
                    "take the mark away; a witness stands where a plan opens what the one below may not call"
                )
                yield entry.problem("x-witness", f"{plan} has no cheaper plan to be told from", remedy)
        elif not found:
            remedy = f"mark one cheap, simple operation whose x-plan is {plan}"
            yield Problem(ROOT, f"x-witness/{plan}", f"expected one witness for {plan}, found none", remedy)
        for entry in found[1:]:
            remedy = "keep the mark on one of them"
            yield entry.problem("x-witness", f"expected one witness for {plan}, found {len(found)}", remedy)


def _stand_ins(draft: Draft) -> Iterator[Problem]:
    """What can be used instead of an operation exists, and a cheaper plan opens it."""
    if draft.ladder is None:
        return
    names = draft.ladder.names
    plans = {str(entry.tree.get("operationId")): entry.tree.get("x-plan") for entry in draft.entries}
    for entry in draft.entries:
        own = entry.tree.get("x-plan")
        for name in mapping(entry.tree.get("x-stand-ins")).get("operations", ()):
            plan = plans.get(name)
            if name not in plans:
                yield entry.problem("x-stand-ins", f"there is no operation {name}", rather(name, plans))
            elif plan in names and own in names and names.index(plan) >= names.index(own):
                remedy = "name one that a cheaper plan opens, or remove it"
                yield entry.problem("x-stand-ins", f"{name} needs {plan}, which is not below {own}", remedy)


def _roles_of_operations(draft: Draft) -> Iterator[Problem]:
    """The operations that x-provider gives a role exist and have the fields it names."""
    if draft.provider is None or draft.ladder is None:
        return
    entries = {str(entry.tree.get("operationId")): entry for entry in draft.entries}
    account = draft.provider.account
    wanted: list[tuple[str, str, Iterable[str]]] = []
    if account:
        wanted.append(("account", account.operation, (account.level, account.expires, account.expired)))
    wanted.extend(
        (f"pairs/{index}", row.operation, (row.pair, row.coin))
        for index, row in enumerate(draft.provider.pairs)
    )
    for place, name, fields in wanted:
        if name not in entries:
            yield Problem(ROOT, f"x-provider/{place}", f"there is no operation {name}", rather(name, entries))
            continue
        known = set(_field_names(entries[name].tree["responses"]["200"]))
        for field in fields:
            if field not in known:
                remedy = "correct the name here or in the operation's schema"
                yield Problem(ROOT, f"x-provider/{place}", f"{name} has no field {field}", remedy)
    usual = draft.provider.usual_plan
    if usual not in draft.ladder.names:
        yield Problem(
            ROOT, "x-provider/usual-plan", f"{usual} is not a plan", rather(usual, draft.ladder.names)
        )


def _field_names(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        yield from mapping(tree.get("properties"))
        for value in tree.values():
            yield from _field_names(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _field_names(value)


def _twice(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
