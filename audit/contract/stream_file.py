"""A stream: what was heard of the channels on one plan, as a file a diff can show.

`sealed` says how such a file is written, and how it is read as the untrusted input it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, FiniteFloat, model_validator

from audit.contract.cassette import Answered, Cassette, encode_body, file_name, load
from audit.contract.sealed import AGAIN, Exact, Kind, Origin, check_origin, seal, unseal
from audit.errors import CassetteError
from audit.model import CHANNEL_GROUP

FILE = file_name(CHANNEL_GROUP)
KIND = Kind("coinglass-audit.stream/1", "channels", 100, width=160)
MAX_CONNECTIONS = 20
MAX_EVENTS = 2000
MAX_BINARY = 1 << 20
MAX_REASON = 123  # bytes; a goodbye has 125, two of which are its code


def _short(text: str) -> str:
    if len(text.encode()) > MAX_REASON:
        raise ValueError(f"a goodbye has at most {MAX_REASON} bytes of words")
    return text


# Seconds since the recording began.
Moment = Annotated[FiniteFloat, Field(ge=0, le=366 * 24 * 3600)]
Reason = Annotated[str, AfterValidator(_short)]


class Said(Exact):
    """A message, sent to the other side or come from it.

    ``form`` says how ``body`` stands in the file: as the JSON value it is, or as text; of a binary message
    it is the size in bytes. ``rows`` is how many rows came where fewer are kept.
    """

    way: Literal["sent", "came"]
    at: Moment
    form: Literal["json", "text", "binary"] = "json"
    rows: int | None = Field(default=None, ge=0)
    body: Any = None

    @model_validator(mode="after")
    def _can_be_played(self) -> Self:
        if self.form == "text" and not isinstance(self.body, str):
            raise ValueError("body is not text as it says")
        # A bool is an int too, to isinstance.
        if self.form == "binary" and not (type(self.body) is int and 0 <= self.body <= MAX_BINARY):
            raise ValueError(f"of a binary message body is its size, at most {MAX_BINARY:,} bytes")
        # A letter that UTF-8 does not have is a ValueError too.
        (self.text or "").encode()
        return self

    @property
    def text(self) -> str | None:
        """The message as it goes over the line, JSON in its compact spelling; None where it is binary."""
        if self.form == "json":
            return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False)
        return str(self.body) if self.form == "text" else None


class Closed(Exact):
    """The other side ended the connection; the code is 1006 where the line just ended."""

    way: Literal["closed"]
    at: Moment
    code: int = Field(ge=1000, le=4999)
    reason: Reason = ""


class Left(Exact):
    """The listener ended the connection."""

    way: Literal["left"]
    at: Moment


Event = Annotated[Said | Closed | Left, Field(discriminator="way")]


class Line(Exact):
    """One connection, from the handshake at ``at`` on; ``answer`` is what came in its place."""

    at: Moment
    answer: Answered | None = None
    events: tuple[Event, ...] = Field(default=(), max_length=MAX_EVENTS)

    @property
    def end(self) -> float:
        """When the last thing happened on it."""
        return self.events[-1].at if self.events else self.at

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        moments = [self.at, *(event.at for event in self.events)]
        if any(later < earlier for earlier, later in pairwise(moments)):
            raise ValueError("the moments of its events do not ascend")
        if any(not isinstance(event, Said) for event in self.events[:-1]):
            raise ValueError("something is said after the end")
        if self.answer is not None and self.events:
            raise ValueError("something is said where no connection was opened")
        return self


class Heard(Exact):
    """What was heard of one channel.

    ``name`` is what was subscribed to; ``messages`` and ``rows`` are how many were pushed, of which few are
    kept.
    """

    channel: str
    name: str
    messages: int = Field(default=0, ge=0)
    rows: int = Field(default=0, ge=0)
    lines: tuple[Line, ...] = Field(min_length=1, max_length=MAX_CONNECTIONS)

    @model_validator(mode="after")
    def _one_after_the_other(self) -> Self:
        if any(later.at < earlier.end for earlier, later in pairwise(self.lines)):
            raise ValueError("a connection begins before the one ahead of it has ended")
        return self


class Stream(Exact):
    """What was heard of the channels on one plan."""

    about: Origin
    channels: tuple[Heard, ...]


def encode_text(text: str) -> dict[str, Any]:
    """Return ``form`` and ``body`` of a message: as JSON only where reading it back gives an equal value."""
    return encode_body(text.encode("utf-8", "replace"))


def pushed(heard: Heard) -> Iterator[Mapping[str, Any]]:
    """Yield what came of a channel as objects in JSON, in its order."""
    for line in heard.lines:
        for event in line.events:
            if isinstance(event, Said) and event.way == "came" and isinstance(event.body, dict):
                yield event.body


def load_either(path: Path) -> Cassette | Stream:
    """Read whichever of the two a plan's file is, by its name; raises CassetteError."""
    return load_stream(path) if path.name == FILE else load(path)


def dump_stream(stream: Stream) -> str:
    """Write a stream as JSON, with a digest over its channels."""
    rows = [heard.model_dump(mode="json", exclude_defaults=True) for heard in stream.channels]
    return seal(KIND, stream.about, rows)


def load_stream(path: Path) -> Stream:
    """Read a stream; raises CassetteError saying what is wrong with the file."""
    stream = unseal(path, KIND, Stream)
    check_origin(path, stream)
    if stream.about.group != CHANNEL_GROUP:
        raise CassetteError(
            f"{path}: holds the group {stream.about.group}, expected {CHANNEL_GROUP}; {AGAIN}"
        )
    seen = set()
    for heard in stream.channels:
        if heard.channel in seen:
            raise CassetteError(f"{path}: {heard.channel}: the same channel is recorded twice; {AGAIN}")
        seen.add(heard.channel)
    return stream
