"""The channels of a provider that pushes data: address, heartbeat, forms, refusals, and each channel.

Read from channels.yaml, which a description may leave out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from audit.errors import SpecError, unknown
from audit.model import Verdict
from audit.spec import asyncapi
from audit.spec.catalog import CHANNELS as FILE
from audit.spec.documents import Documents
from audit.spec.operations import Note, Role
from audit.spec.plans import Ladder
from audit.spec.widths import seconds

HOLE = "{channel}"
MAX_NAME = 200

_PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Heartbeat:
    """The text that a client sends every ``every`` seconds, and the text that answers it."""

    send: str
    expect: str
    every: int


@dataclass(frozen=True)
class Form:
    """A request as a structure in which a list of ``{channel}`` alone stands for the names asked for."""

    template: Mapping[str, Any]

    def fill(self, names: Sequence[str]) -> dict[str, Any]:
        """Return the request for some names."""
        return {key: list(names) if value == [HOLE] else value for key, value in self.template.items()}

    def text(self, names: Sequence[str]) -> str:
        """Return the request as it is sent."""
        return json.dumps(self.fill(names), separators=(",", ":"), ensure_ascii=False)

    def names(self, message: object) -> tuple[str, ...] | None:
        """Return the names that a message asks for, or None where it is not of this form."""
        if not isinstance(message, Mapping) or set(message) != set(self.template):
            return None
        found: list[str] = []
        for key, wanted in self.template.items():
            given = message[key]
            if wanted == [HOLE] and isinstance(given, list) and given:
                found += given
            elif given != wanted:
                return None
        return tuple(found) if all(isinstance(name, str) for name in found) else None


@dataclass(frozen=True)
class Refusal:
    """A text that says no; ``words`` are those it is known by, in any letter case."""

    id: str
    template: str
    words: tuple[str, ...]
    verdict: Verdict

    def text(self, name: str) -> str:
        """Return the refusal of one channel as it arrives."""
        return self.template.replace(HOLE, name)

    def holds(self, text: str) -> bool:
        """Whether a text is this refusal."""
        return any(word.lower() in text.lower() for word in self.words)


@dataclass(frozen=True)
class Parameter:
    """A part of a channel's name; ``choices`` is empty where its values are open."""

    name: str
    description: str
    role: Role | None
    unit: str | None
    example: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Channel:
    """One channel.

    ``address`` is its name with parameters in braces; ``first_message`` the seconds after which a
    channel without data counts as quiet; ``schema`` the JSON Schema of one pushed message, resolved,
    in which ``name_field`` and ``data_field`` carry the channel's name and the rows.
    """

    id: str
    address: str
    title: str
    description: str
    min_plan: str
    first_message: int
    parameters: tuple[Parameter, ...]
    schema: Mapping[str, Any] = field(repr=False)
    name_field: str
    data_field: str
    notes: tuple[Note, ...]

    def parameter(self, role: Role) -> Parameter | None:
        """Return the parameter that plays a role, if there is one."""
        return next((parameter for parameter in self.parameters if parameter.role == role), None)

    def name(self, values: Mapping[str, str] | None = None) -> str:
        """Return a name to subscribe to; what ``values`` leaves open is taken from the examples."""
        chosen = {parameter.name: parameter.example for parameter in self.parameters} | dict(values or {})
        return _PARAMETER.sub(lambda hole: chosen[hole[1]], self.address)

    def values(self, name: str) -> dict[str, str] | None:
        """Return the parameters that a name carries, or None where it is not of this channel.

        Text is divided at the first place that fits: a pair may hold ``_``, an exchange not.
        """
        match = self._pattern.fullmatch(name) if len(name) <= MAX_NAME else None
        if match is None:
            return None
        given = match.groupdict()
        closed = {parameter.name: parameter.choices for parameter in self.parameters if parameter.choices}
        return given if all(given[key] in choices for key, choices in closed.items()) else None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = _PARAMETER.split(self.address)
        return re.compile(
            "".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
        )

    def allowed(self, ladder: Ladder, plan: str) -> bool:
        """Whether the plan may subscribe to it."""
        return ladder.get(plan).rank >= ladder.get(self.min_plan).rank


@dataclass(frozen=True)
class Stream:
    """The connection and its channels; ``url`` is without the key, which travels in ``key_query``.

    ``mistaken_urls`` and ``mistaken_forms`` are in use and do not work: the first are refused at the
    handshake, the others met with silence.
    """

    url: str
    key_query: str
    heartbeat: Heartbeat | None
    subscribe: Form
    unsubscribe: Form
    refusals: tuple[Refusal, ...]
    channels: Mapping[str, Channel]
    mistaken_urls: tuple[str, ...]
    mistaken_forms: tuple[Form, ...]
    notes: tuple[Note, ...]

    def find(self, name: str) -> Channel | None:
        """Return a channel by its id or by a name to subscribe to, or None."""
        return self.channels.get(name) or next(
            (channel for channel in self.channels.values() if channel.values(name) is not None), None
        )

    def channel(self, name: str) -> Channel:
        """Return a channel by its id or by a name to subscribe to; raises UsageError with the right ones."""
        found = self.find(name)
        if found is None:
            raise unknown("channel", name, list(self.channels))
        return found

    def select(self, patterns: Sequence[str]) -> tuple[Channel, ...]:
        """Return the channels whose id matches any pattern, all of them where none is given."""
        return tuple(
            channel
            for channel in self.channels.values()
            if not patterns or any(fnmatchcase(channel.id, pattern) for pattern in patterns)
        )

    def refusal(self, text: str) -> Refusal | None:
        """Return the refusal that a text is, or None where it is none that is known."""
        return next((refusal for refusal in self.refusals if refusal.holds(text)), None)


def load_stream(folder: Path, ladder: Ladder) -> Stream | None:
    """Read the channels of a description, None where it has no such file; raises SpecError with the place."""
    documents = Documents(folder)
    return read_stream(documents, ladder) if documents.has(FILE) else None


def read_stream(documents: Documents, ladder: Ladder) -> Stream:
    """Build the channels of an open folder; raises SpecError naming the first fault."""
    try:
        return build(read_document(documents), ladder)
    except ValidationError as error:
        place, message = next(asyncapi.faults(error))
        raise SpecError(f"{FILE}: {place or 'the file'}: {message}; `spec lint` lists every fault") from None


def read_document(documents: Documents) -> asyncapi.Document:
    """Read the file and check its shape; raises SpecError, or ValidationError with every fault."""
    raw = documents.read(FILE)
    if not isinstance(raw, dict):
        raise SpecError(f"{FILE}: expected a mapping with `asyncapi`, found {type(raw).__name__}")
    return asyncapi.assemble(raw, documents.resolve(raw, FILE))


def build(document: asyncapi.Document, ladder: Ladder) -> Stream:
    """Turn a document into facts; raises SpecError naming what is missing."""
    server = next(iter(document.servers.values()))
    connections = [one for one in document.channels.values() if one.address is None]
    if len(connections) != 1:
        raise SpecError(f"{FILE}: channels: expected one with `address: null`, found {len(connections)}")
    said = connections[0].messages
    return Stream(
        url=f"{server.protocol}://{server.host}{server.pathname}",
        key_query=server.security[0].name,
        heartbeat=_heartbeat(said),
        subscribe=_form(said, "subscribe"),
        unsubscribe=_form(said, "unsubscribe"),
        refusals=tuple(
            _refusal(name, message) for name, message in said.items() if message.x_role == "refusal"
        ),
        channels={
            name: _channel(name, one, ladder)
            for name, one in document.channels.items()
            if one.address is not None
        },
        mistaken_urls=tuple(server.x_mistakes.urls),
        mistaken_forms=tuple(Form(form) for form in server.x_mistakes.forms),
        notes=_notes([*server.x_notes, *connections[0].x_notes]),
    )


def _one(said: Mapping[str, asyncapi.Message], role: str) -> asyncapi.Message | None:
    found = [message for message in said.values() if message.x_role == role]
    if len(found) > 1:
        raise SpecError(f"{FILE}: messages: expected one with `x-role: {role}`, found {len(found)}")
    return found[0] if found else None


def _form(said: Mapping[str, asyncapi.Message], role: str) -> Form:
    message = _one(said, role)
    if message is None or not isinstance(message.x_form, dict):
        raise SpecError(f"{FILE}: the connection has no message with `x-role: {role}` and a mapping `x-form`")
    return Form(message.x_form)


def _heartbeat(said: Mapping[str, asyncapi.Message]) -> Heartbeat | None:
    ping, pong = _one(said, "ping"), _one(said, "pong")
    if ping is None and pong is None:
        return None
    send, expect = (one.x_form if one else None for one in (ping, pong))
    if not isinstance(send, str) or not isinstance(expect, str) or ping is None or ping.x_every is None:
        raise SpecError(
            f"{FILE}: a heartbeat needs messages ping (x-form, x-every) and pong (x-form) as text"
        )
    return Heartbeat(send, expect, seconds(ping.x_every))


def _refusal(name: str, message: asyncapi.Message) -> Refusal:
    if not isinstance(message.x_form, str) or not message.x_words or message.x_verdict is None:
        raise SpecError(f"{FILE}: refusal {name}: expected a text x-form, x-words and x-verdict")
    return Refusal(name, message.x_form, tuple(message.x_words), message.x_verdict)


def _channel(name: str, one: asyncapi.Channel, ladder: Ladder) -> Channel:
    where = f"{FILE}: channels/{name}"
    if one.x_plan not in ladder.names:
        raise SpecError(f"{where}: x-plan {one.x_plan!r} is not a plan; known: {', '.join(ladder.names)}")
    address, push = str(one.address), _one(one.messages, "push")
    if push is None or push.x_fields is None:
        raise SpecError(f"{where}: expected a message with `x-role: push` and x-fields, found none")
    if one.x_first_message is None:
        raise SpecError(f"{where}: expected x-first-message, a span such as 60s, found none")
    holes = _PARAMETER.findall(address)
    if sorted(holes) != sorted(one.parameters):
        given = ", ".join(sorted(one.parameters)) or "none"
        raise SpecError(f"{where}: the address names {', '.join(holes) or 'none'}, parameters are {given}")
    return Channel(
        id=name,
        address=address,
        title=one.title,
        description=" ".join(one.description.split()),
        min_plan=str(one.x_plan),
        first_message=seconds(one.x_first_message),
        parameters=tuple(_parameter(key, one.parameters[key]) for key in holes),
        schema=push.payload,
        name_field=push.x_fields.channel,
        data_field=push.x_fields.data,
        notes=_notes(one.x_notes),
    )


def _parameter(name: str, one: asyncapi.Parameter) -> Parameter:
    text = " ".join(one.description.split())
    return Parameter(name, text, one.x_role, one.x_unit, one.examples[0], tuple(one.enum))


def _notes(given: Sequence[asyncapi.Note]) -> tuple[Note, ...]:
    return tuple(
        Note(one.kind, one.about, " ".join(one.note.split()), tuple(one.sources), one.says, one.taken)
        for one in given
    )
