"""The part of AsyncAPI 3.0 that a description of channels may use, and its own ``x-`` words.

What is not named here is refused, so a misspelt key cannot pass unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import jsonschema_rs
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationError,
)

from audit.model import Verdict
from audit.spec.operations import Role
from audit.spec.strictness import strict

Text = Annotated[str, StringConstraints(pattern=r"\S")]
Span = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*[smhdwy]$")]
# Parts of the address that the key is sent to: nothing in them may lead elsewhere.
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$")]
Path = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9._~/-]*)?$")]
Query = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+$")]
Form = Text | dict[str, Any]
Sort = Literal["subscribe", "unsubscribe", "ping", "pong", "refusal", "push"]
# With these a schema could lead a validator away from the document in memory; a $ref is resolved by now.
_LEADING_AWAY = {"$ref", "$dynamicRef", "$recursiveRef", "$id", "$schema", "$anchor", "$dynamicAnchor"}


def _sound(schema: dict[str, Any]) -> dict[str, Any]:
    """Let a schema pass that is one, and that a validator can use without leaving memory."""
    if strange := sorted(_keys(schema) & _LEADING_AWAY):
        raise ValueError(f"{', '.join(strange)} is not used in a description; write the schema out")
    try:
        jsonschema_rs.Draft202012Validator(schema)
        jsonschema_rs.Draft202012Validator(strict(schema))
    except ValueError as error:
        raise ValueError(f"the schema cannot be used ({str(error).splitlines()[0]})") from None
    except (AttributeError, TypeError):
        # Such as true for a field, which the standard allows; it would say nothing about a message.
        raise ValueError("the schema cannot be used (a field or an x- word has a wrong shape)") from None
    return schema


def _keys(tree: Any) -> set[str]:
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    own = set(tree) if isinstance(tree, dict) else set()
    return own.union(*map(_keys, children))


Schema = Annotated[dict[str, Any], AfterValidator(_sound)]


class Part(BaseModel):
    """A part of the document; ``x_plan`` is written ``x-plan``."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=lambda name: name.replace("_", "-")
    )


class Info(Part):
    """Whose channels these are."""

    title: Text
    version: Text
    description: Text | None = None


class Note(Part):
    """An oddity, a disagreement between sources, or what is documented nowhere."""

    kind: Literal["oddity", "disagreement", "undocumented"]
    about: Text
    sources: list[Text] = Field(min_length=1)
    note: Text
    says: dict[str, Text] = Field(default_factory=dict)
    taken: Text | None = None


class Security(Part):
    """The key, which a handshake can only carry in its query."""

    type: Literal["httpApiKey"]
    place: Literal["query"] = Field(alias="in")
    name: Query
    description: Text | None = None


class Mistakes(Part):
    """Addresses and forms of subscribing that are in use and do not work."""

    urls: list[Text] = Field(default_factory=list)
    forms: list[dict[str, Any]] = Field(default_factory=list)


class Server(Part):
    """Where the channels are served; ``security`` is resolved."""

    host: Host
    protocol: Literal["wss"]
    pathname: Path = ""
    title: Text | None = None
    description: Text | None = None
    security: list[Security] = Field(min_length=1, max_length=1)
    x_mistakes: Mistakes = Field(default_factory=Mistakes)
    x_notes: list[Note] = Field(default_factory=list)


class Parameter(Part):
    """A part of a channel's name that the client chooses."""

    description: Text
    examples: list[Text] = Field(min_length=1)
    enum: list[Text] = Field(default_factory=list)
    x_role: Role | None = None
    x_unit: Text | None = None


class Example(Part):
    """One message as it may look."""

    payload: Any
    name: Text | None = None
    summary: Text | None = None


class Fields(Part):
    """Where a pushed message carries the name of its channel, and its rows."""

    channel: Text
    data: Text


class Message(Part):
    """What is sent or received; ``x_role`` says what for, ``x_form`` is its text or structure."""

    title: Text
    description: Text | None = None
    contentType: Text | None = None  # noqa: N815 - the standard's own spelling
    payload: Schema
    examples: list[Example] = Field(default_factory=list)
    x_role: Sort
    x_form: Form | None = None
    x_every: Span | None = None
    x_fields: Fields | None = None
    x_words: list[Text] = Field(default_factory=list)
    x_verdict: Annotated[Verdict, Strict(False)] | None = None


class Channel(Part):
    """A channel, or with ``address: null`` the connection itself."""

    address: Text | None
    title: Text
    description: Text
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    messages: dict[str, Message] = Field(min_length=1)
    x_plan: Text | None = None
    x_first_message: Span | None = None
    x_notes: list[Note] = Field(default_factory=list)


class Reference(Part):
    """A reference to another place of the document."""

    to: Text = Field(alias="$ref")


class Reply(Part):
    """What may come back."""

    channel: Reference
    messages: list[Reference] = Field(min_length=1)


class Operation(Part):
    """What a client does with a channel."""

    action: Literal["send", "receive"]
    title: Text | None = None
    summary: Text | None = None
    description: Text | None = None
    channel: Reference
    messages: list[Reference] = Field(min_length=1)
    reply: Reply | None = None


class Components(Part):
    """What several places share, looked at where it is used."""

    securitySchemes: dict[str, Any] = Field(default_factory=dict)  # noqa: N815 - the standard's own spelling
    messages: dict[str, Any] = Field(default_factory=dict)
    schemas: dict[str, Schema] = Field(default_factory=dict)


class Document(Part):
    """The whole file: servers and channels with references resolved, operations as written."""

    asyncapi: Annotated[str, StringConstraints(pattern=r"^3\.0\.[0-9]+$")]
    info: Info
    defaultContentType: Literal["application/json"]  # noqa: N815 - the standard's own spelling
    servers: dict[str, Server] = Field(min_length=1, max_length=1)
    channels: dict[str, Channel] = Field(min_length=1)
    operations: dict[str, Operation] = Field(min_length=1)
    components: Components = Field(default_factory=Components)


def words() -> set[str]:
    """Every ``x-`` word that a description of channels may use."""
    return {
        field.alias or name
        for part in (Server, Parameter, Message, Channel)
        for name, field in part.model_fields.items()
        if name.startswith("x_")
    }


def faults(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Place and message of each fault of the shape, in the words of the lint."""
    for one in error.errors(include_url=False, include_input=False):
        message = one["msg"].removeprefix("Value error, ")
        message = message[:1].lower() + message[1:]
        if one["type"] == "extra_forbidden":
            message = "is no key that is known here"
        yield "/".join(map(str, one["loc"])), message


def assemble(raw: Mapping[str, Any], resolved: Mapping[str, Any]) -> Document:
    """Build the document from its tree and from the same with references resolved; raises ValidationError."""
    return Document.model_validate({**resolved, "operations": raw.get("operations")})
