"""Rules about channels.yaml: the shape, what must agree inside it, and what it names elsewhere.

The shape is the part of AsyncAPI 3.0 that ``audit.spec.asyncapi`` names, which is narrower than the standard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from pydantic import ValidationError

from audit.errors import SpecError
from audit.model import Verdict
from audit.spec import asyncapi
from audit.spec.catalog import CHANNELS as FILE
from audit.spec.channels import HOLE, Channel, Stream, build, read_document
from audit.spec.lint import fields
from audit.spec.lint.draft import Draft, references
from audit.spec.lint.presets import SUCCESS
from audit.spec.lint.problem import Problem, listed, mapping, rather, unreadable
from audit.spec.lint.vocabulary import UNITS
from audit.spec.strictness import strict

README = "README.md beside it explains the keys"
# What a message of each role carries beside its payload; all of it, and nothing else.
CARRIES: Mapping[str, frozenset[str]] = {
    "subscribe": frozenset({"x-form"}),
    "unsubscribe": frozenset({"x-form"}),
    "ping": frozenset({"x-form", "x-every"}),
    "pong": frozenset({"x-form"}),
    "refusal": frozenset({"x-form", "x-words", "x-verdict"}),
    "push": frozenset({"x-fields"}),
}


@dataclass(frozen=True)
class _Said:
    """A message with its place and the channel it belongs to."""

    place: str
    channel: str
    message: asyncapi.Message

    def problem(self, key: str, message: str, remedy: str) -> Problem:
        return Problem(FILE, f"{self.place}/{key}" if key else self.place, message, remedy)


def check(draft: Draft) -> Iterator[Problem]:
    """Channels can be read, agree with themselves, and name what exists; the file may be left out."""
    if not draft.documents.has(FILE):
        return
    try:
        document = read_document(draft.documents)
    except SpecError as error:
        yield unreadable(error)
        return
    except ValidationError as error:
        for place, message in asyncapi.faults(error):
            yield Problem(FILE, place, message, f"correct it; {README}")
        return
    raw = draft.documents.read(FILE)
    yield from _schemas(draft, raw)
    yield from _unused(raw)
    yield from _names(document, draft)
    yield from _operations(document)
    said = tuple(
        _Said(f"channels/{name}/messages/{key}", name, message)
        for name, channel in document.channels.items()
        for key, message in channel.messages.items()
    )
    for one in said:
        yield from _carried(one, document.channels[one.channel].address is None)
        yield from _examples(one)
    if draft.ladder is None:
        return
    try:
        stream = build(document, draft.ladder)
    except SpecError as error:
        yield unreadable(error)
        return
    for channel in stream.channels.values():
        yield from _channel(channel, document.channels[channel.id], stream)
    yield from _forms(said, stream)
    yield from _refusals(stream, draft.ladder.names[0])
    yield from _mistakes(stream)


def _schemas(draft: Draft, raw: dict[str, Any]) -> Iterator[Problem]:
    """The rules about answer fields hold for messages as well."""
    schemas = dict(mapping(mapping(raw.get("components")).get("schemas")))
    for name, channel in [*raw["channels"].items(), ("components", mapping(raw.get("components")))]:
        for key, message in mapping(channel.get("messages")).items():
            schemas[f"{name}/{key}"] = mapping(message).get("payload")
    yield from fields.check(replace(draft, entries=(), files={FILE: {"schemas": schemas}}))


def _unused(raw: dict[str, Any]) -> Iterator[Problem]:
    used = {reference for _, reference in references(raw)}
    for sort, parts in mapping(raw.get("components")).items():
        for name in mapping(parts):
            if f"#/components/{sort}/{name}" not in used:
                yield Problem(
                    FILE, f"components/{sort}/{name}", "nothing refers to it", "use it or remove it"
                )


def _names(document: asyncapi.Document, draft: Draft) -> Iterator[Problem]:
    """Plans, units and sources are those of the description."""
    sources = mapping(mapping(draft.root.get("x-provider")).get("sources"))
    noted = [(f"servers/{name}", server.x_notes) for name, server in document.servers.items()]
    plans = draft.ladder.names if draft.ladder else None
    for name, channel in document.channels.items():
        place = f"channels/{name}"
        noted.append((place, channel.x_notes))
        if channel.address is None:
            for key, given in (("x-plan", channel.x_plan), ("x-first-message", channel.x_first_message)):
                if given is not None:
                    yield Problem(FILE, f"{place}/{key}", "a connection opens on any plan", f"remove {key}")
        elif plans and channel.x_plan is not None and channel.x_plan not in plans:
            message = f"{channel.x_plan} is not a plan"
            yield Problem(FILE, f"{place}/x-plan", message, rather(channel.x_plan, plans))
        for key, parameter in channel.parameters.items():
            if parameter.x_unit is not None and parameter.x_unit not in UNITS:
                remedy = rather(parameter.x_unit, UNITS)
                where = f"{place}/parameters/{key}/x-unit"
                yield Problem(FILE, where, f"{parameter.x_unit} is no unit", remedy)
    for place, notes in noted:
        for note in notes:
            for source in (*note.sources, *note.says):
                if source not in sources:
                    message = f"{source} is no source of x-provider"
                    yield Problem(FILE, f"{place}/x-notes", message, rather(source, sources))


def _operations(document: asyncapi.Document) -> Iterator[Problem]:
    """Operations refer to channels and to messages of theirs; nothing is left without one."""
    wanted = {
        f"#/channels/{name}/messages/{key}"
        for name, channel in document.channels.items()
        for key in channel.messages
    }
    met: set[str] = set()
    for name, operation in document.operations.items():
        for part in (operation, operation.reply):
            if part is None:
                continue
            own = {one for one in wanted if one.startswith(f"{part.channel.to}/messages/")}
            for message in part.messages:
                if message.to not in own:
                    found = f"{message.to} is no message of {part.channel.to}"
                    yield Problem(FILE, f"operations/{name}", found, f"known are {listed(sorted(own))}")
                met.add(message.to)
    for one in sorted(wanted - met):
        yield Problem(FILE, one.removeprefix("#/"), "no operation sends or receives it", "add an operation")


def _carried(said: _Said, connection: bool) -> Iterator[Problem]:
    role = said.message.x_role
    if (role == "push") == connection:
        remedy = "data is pushed in channels; all else is said on the one with `address: null`"
        yield said.problem("x-role", f"{role} does not belong here", remedy)
    given = {str(key) for key in said.message.model_dump(by_alias=True, exclude_unset=True)}
    given = {key for key in given if key.startswith("x-") and key != "x-role"}
    for key in sorted(CARRIES[role] - given):
        yield said.problem("", f"expected {key} on {role}, found none", f"add {key}; {README}")
    for key in sorted(given - CARRIES[role]):
        yield said.problem(key, f"means nothing on {role}", f"remove it; {README}")


def _examples(said: _Said) -> Iterator[Problem]:
    for place, example in enumerate(said.message.examples):
        if fault := fields.misfit(strict(said.message.payload), example.payload):
            yield said.problem(
                f"examples/{place}", f"does not fit its payload: {fault}", "correct one of the two"
            )


def _channel(channel: Channel, written: asyncapi.Channel, stream: Stream) -> Iterator[Problem]:
    place = f"channels/{channel.id}"
    # Examples are tried together: the first of each parameter, then the second, and so on.
    columns = [written.parameters[one.name].examples for one in channel.parameters]
    for row in zip_longest(*columns) if columns else [()]:
        values = {one.name: value or one.example for one, value in zip(channel.parameters, row, strict=True)}
        name = channel.name(values)
        if channel.values(name) != values:
            remedy = "choose examples that can be told apart, and are among enum where there is one"
            yield Problem(FILE, f"{place}/parameters", f"{name} cannot be read back", remedy)
        others = [one.id for one in stream.channels.values() if one.values(name) is not None]
        if len(others) > 1:
            remedy = "let no name fit two addresses"
            yield Problem(FILE, f"{place}/address", f"{name} fits {listed(others)}", remedy)
    for key in (channel.name_field, channel.data_field):
        if key not in mapping(channel.schema.get("properties")):
            known = mapping(channel.schema.get("properties"))
            message = f"x-fields names {key}, which the payload has not"
            yield Problem(FILE, f"{place}/messages", message, rather(key, known))
    for pushed in written.messages.values():
        for example in pushed.examples:
            given = mapping(example.payload).get(channel.name_field)
            if isinstance(given, str) and channel.values(given) is None:
                remedy = f"write a name such as {channel.name()}"
                found = f"an example of another channel: {given}"
                yield Problem(FILE, f"{place}/messages", found, remedy)


def _forms(said: tuple[_Said, ...], stream: Stream) -> Iterator[Problem]:
    """What is sent and what comes back are as their payloads describe them."""
    names = [channel.name() for channel in stream.channels.values()]
    for one in said:
        form, role = one.message.x_form, one.message.x_role
        sent: list[Any] = []
        if role in ("subscribe", "unsubscribe"):
            asked = stream.subscribe if role == "subscribe" else stream.unsubscribe
            sent = [asked.fill(names)]
            if asked.names(sent[0]) != tuple(names):
                yield one.problem("x-form", f"no list [{HOLE}] in it", f"say where names go: [{HOLE}]")
        elif isinstance(form, str):
            sent = [form.replace(HOLE, name) for name in names]
        for text in sent:
            if fault := fields.misfit(strict(one.message.payload), text):
                yield one.problem("x-form", f"does not fit its payload: {fault}", "correct one of the two")
                break


def _refusals(stream: Stream, cheapest: str) -> Iterator[Problem]:
    gated = [channel for channel in stream.channels.values() if channel.min_plan != cheapest]
    if gated and Verdict.PLAN_GATED not in {refusal.verdict for refusal in stream.refusals}:
        message = f"{gated[0].id} needs a plan, yet no refusal has the verdict plan_gated"
        yield Problem(FILE, "channels", message, "say how it is refused")
    if stream.heartbeat and (taken := stream.refusal(stream.heartbeat.expect)):
        message = f"{taken.id} is also found in the answer to a heartbeat"
        yield Problem(FILE, "channels", message, "choose other x-words")
    for refusal in stream.refusals:
        if refusal.verdict in SUCCESS:
            message = f"{refusal.id}: {refusal.verdict} is no refusal"
            yield Problem(FILE, "channels", message, "choose another verdict")
        for channel in stream.channels.values():
            found = stream.refusal(refusal.text(channel.name()))
            if found != refusal:
                read = found.id if found else "nothing"
                message = f"{refusal.id}: its own text is read as {read}"
                yield Problem(FILE, "channels", message, "choose x-words that stand in its x-form alone")
                break


def _mistakes(stream: Stream) -> Iterator[Problem]:
    for form in stream.mistaken_forms:
        if stream.subscribe.names(form.fill(["x"])) is not None:
            message = f"{dict(form.template)} is the right form"
            yield Problem(FILE, "servers", message, "take it out of x-mistakes")
    if stream.url in stream.mistaken_urls:
        yield Problem(FILE, "servers", f"{stream.url} is the right address", "take it out of x-mistakes")
