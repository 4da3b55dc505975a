"""What can go wrong on purpose with a WebSocket connection and with what it carries.

A kind acts at one stage: ``HANDSHAKE`` kinds answer in place of the opening; ``OPEN`` kinds change a
connection once it is open; ``SUBSCRIBE`` and ``UNSUBSCRIBE`` kinds take the place of what was asked
for; ``PUSH`` kinds take the place of sending a message, ``DAMAGE`` kinds spoil its tree before. A strike is
a connection, a request or a message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from audit.sandbox import damage
from audit.sandbox.outages import DRIBBLE, HTML, OVERSIZE, page
from audit.sandbox.stream_line import Cut, Decline, Line, Refused, Silence
from audit.sandbox.wire import encode
from audit.spec.channels import Channel
from audit.spec.operations import Series
from audit.spec.provider import Envelope

DROP_AFTER = 25.0  # seconds that a connection lives under `ws-drop`
LATE = 1.5  # heartbeats that a late answer takes
MINUTE = 60
CODES = {1000: "done", 1001: "going away", 1008: "policy", 1011: "fault", 1012: "restart", 1013: "later"}
_PARTS = 20  # of a slow message
_SENT_OF_OVERSIZE = 64 * 1024
_FIRST_BYTE_OF_TEXT = b"\x81"
_LENGTH_IN_8_BYTES = b"\x7f"


@dataclass(frozen=True)
class Handshake:
    """``refuse`` makes one of the description's answers by its name, ``path`` is what was asked for."""

    refuse: Callable[[str], Decline]
    path: str


@dataclass
class Speaker:
    """How a connection behaves; ``answers_after`` is in seconds, None where heartbeats get no answer."""

    line: Line
    heartbeat: float
    answers_after: float | None = 0.0


@dataclass(frozen=True)
class Request:
    """A name that is subscribed to, or no longer; ``refusal`` is the text that says no to it."""

    line: Line
    name: str
    refusal: str


@dataclass(frozen=True)
class Push:
    """A message that is due; ``deliver`` sends it and notes it, ``other`` is a message of another channel."""

    line: Line
    channel: Channel
    message: dict[str, Any]
    text: str
    deliver: Callable[[dict[str, Any]], None]
    other: Callable[[], dict[str, Any]]


HandshakeFault = Callable[[Handshake], Refused]
OpenFault = Callable[[Speaker], None]
RequestFault = Callable[[Request], None]
PushFault = Callable[[Push], None]


def handshake_404(handshake: Handshake) -> Refused:
    """Answers the handshake with 404."""
    return handshake.refuse("path")


def handshake_401(handshake: Handshake) -> Refused:
    """Answers the handshake with 401, as if the key were unknown."""
    return handshake.refuse("key-wrong")


def handshake_403_html(handshake: Handshake) -> Refused:
    """Answers the handshake with 403 and a page, as an edge network does."""
    return Decline(403, page("403 Forbidden"), (HTML,))


def handshake_429(handshake: Handshake) -> Refused:
    """Answers the handshake with 429."""
    return handshake.refuse("rate")


def handshake_500(handshake: Handshake) -> Refused:
    """Answers the handshake with 500."""
    return handshake.refuse("server")


def handshake_redirect(handshake: Handshake) -> Refused:
    """Sends the client, and its key, to another host."""
    return Decline(302, headers=(("Location", f"ws://elsewhere.invalid{handshake.path}"),))


def handshake_silent(handshake: Handshake) -> Refused:
    """Accepts the connection and never answers the handshake."""
    return Silence()


def handshake_cut(handshake: Handshake) -> Refused:
    """Resets the connection in the middle of the answer to the handshake."""
    return Cut()


def mute(speaker: Speaker) -> None:
    """Opens the connection, then neither says nor answers anything."""
    speaker.line.hush()


def no_pong(speaker: Speaker) -> None:
    """Leaves heartbeats unanswered; data still come."""
    speaker.answers_after = None


def late_pong(speaker: Speaker) -> None:
    """Answers heartbeats one and a half periods late."""
    speaker.answers_after = speaker.heartbeat * LATE


def drop(speaker: Speaker) -> None:
    """Resets the connection 25 seconds after it opened."""
    asyncio.get_running_loop().call_later(DROP_AFTER, speaker.line.reset)


def refuse(request: Request) -> None:
    """Refuses a subscription with the text for plans that do not include it."""
    request.line.send(request.refusal)


def quiet(request: Request) -> None:
    """Takes a subscription and pushes nothing, as a channel does on which nothing happens."""


def unsubscribe_ignored(request: Request) -> None:
    """Goes on pushing after the client said that it wants no more."""


def end(request: Request) -> None:
    """Ends the line at a subscription, without goodbye."""
    request.line.end()


def reset(request: Request) -> None:
    """Resets the connection at a subscription."""
    request.line.reset()


def end_later(push: Push) -> None:
    """Sends a message, then ends the line without goodbye."""
    push.deliver(push.message)
    push.line.end()


def reset_later(push: Push) -> None:
    """Sends a message, then resets the connection."""
    push.deliver(push.message)
    push.line.reset()


def half_open(push: Push) -> None:
    """Sends a message, then neither says nor answers anything, but keeps the line."""
    push.deliver(push.message)
    push.line.hush()


def slow(push: Push) -> None:
    """Sends a message in twenty parts, a quarter of a second apart."""
    push.line.send_slowly(push.text, _PARTS, DRIBBLE)


def text(push: Push) -> None:
    """Sends plain words where JSON is due."""
    push.line.send("upstream temporarily unavailable")


def truncated_json(push: Push) -> None:
    """Sends a message whose JSON stops in the middle."""
    push.line.send(push.text[: len(push.text) // 2])


def binary(push: Push) -> None:
    """Sends the message as a binary one."""
    push.line.send_bytes(push.text.encode())


def oversized(push: Push) -> None:
    """Announces a message of 64 MiB, and sends the first 64 KiB of it."""
    push.line.send_raw(_FIRST_BYTE_OF_TEXT + _LENGTH_IN_8_BYTES + OVERSIZE.to_bytes(8, "big"))
    push.line.send_raw(b"0" * _SENT_OF_OVERSIZE)


def wrong_encoding(push: Push) -> None:
    """Sends a text message whose bytes are not UTF-8."""
    push.line.send_bytes(push.text.encode().replace(b'"', b'"\xff\xfe\xe9', 2), text=True)


def reserved_opcode(push: Push) -> None:
    """Sends a frame of a kind that the protocol reserves."""
    push.line.send_raw(b"\x83\x00")


def reserved_bits(push: Push) -> None:
    """Sends a frame with bits set that stand for an extension nobody agreed on."""
    push.line.send_raw(b"\xf1\x00")


def duplicate(push: Push) -> None:
    """Sends a message twice."""
    push.deliver(push.message)
    push.deliver(push.message)


def shuffled(push: Push) -> None:
    """Sends after a message another whose times lie a minute before it."""
    push.deliver(push.message)
    earlier = deepcopy(push.message)
    damage.shift(spoil(push.channel, earlier), -MINUTE)
    push.deliver(earlier)


def other_channel(push: Push) -> None:
    """Sends a message of a channel that was not subscribed to."""
    push.line.send(encode(push.other()).decode())


def _closing(code: int) -> RequestFault:
    def close(request: Request) -> None:
        request.line.close(code, CODES[code])

    close.__doc__ = f"Says goodbye with {code} at a subscription, before any data."
    return close


def _closing_later(code: int) -> PushFault:
    def close(push: Push) -> None:
        push.deliver(push.message)
        push.line.close(code, CODES[code])

    close.__doc__ = f"Sends a message, then says goodbye with {code}."
    return close


def spoil(channel: Channel, message: dict[str, Any]) -> damage.Spoil:
    """Return a message as what can be spoiled; its series are the first times of its rows."""
    data = channel.schema.get("properties", {}).get(channel.data_field, {})
    fields = data.get("items", {}).get("properties", {})
    time = next((name for name, field in fields.items() if "x-time" in field), None)
    times = Series(f"{channel.data_field}[].{time}", None, "ascending", True, True, None) if time else None
    return damage.Spoil(message, channel.schema, times, Envelope("", "", (), channel.data_field), None)


HANDSHAKE: dict[str, HandshakeFault] = {
    "ws-handshake-404": handshake_404,
    "ws-handshake-401": handshake_401,
    "ws-handshake-403-html": handshake_403_html,
    "ws-handshake-429": handshake_429,
    "ws-handshake-500": handshake_500,
    "ws-handshake-redirect": handshake_redirect,
    "ws-handshake-silent": handshake_silent,
    "ws-handshake-cut": handshake_cut,
}
OPEN: dict[str, OpenFault] = {
    "ws-mute": mute,
    "ws-no-pong": no_pong,
    "ws-late-pong": late_pong,
    "ws-drop": drop,
}
SUBSCRIBE: dict[str, RequestFault] = {
    "ws-refuse": refuse,
    "ws-quiet": quiet,
    "ws-end": end,
    "ws-reset": reset,
    **{f"ws-close-{code}": _closing(code) for code in CODES},
}
UNSUBSCRIBE: dict[str, RequestFault] = {"ws-unsubscribe-ignored": unsubscribe_ignored}
PUSH: dict[str, PushFault] = {
    "ws-end-later": end_later,
    "ws-reset-later": reset_later,
    **{f"ws-close-later-{code}": _closing_later(code) for code in CODES},
    "ws-half-open": half_open,
    "ws-slow": slow,
    "ws-text": text,
    "ws-truncated-json": truncated_json,
    "ws-binary": binary,
    "ws-oversized": oversized,
    "ws-wrong-encoding": wrong_encoding,
    "ws-reserved-opcode": reserved_opcode,
    "ws-reserved-bits": reserved_bits,
    "ws-duplicate": duplicate,
    "ws-shuffled": shuffled,
    "ws-other-channel": other_channel,
}
# What spoils the tree of an answer spoils that of a message.
DAMAGE: dict[str, damage.BodyFault] = {
    f"ws-{name}": damage.BODY_KINDS[name]
    for name in ("seconds", "missing-field", "wrong-type", "extra-field", "stale", "empty-list")
}
# Nothing tells at these stages which channel will be asked for.
OF_CONNECTIONS = frozenset({*HANDSHAKE, *OPEN})
KINDS = {**HANDSHAKE, **OPEN, **SUBSCRIBE, **UNSUBSCRIBE, **PUSH, **DAMAGE}
"""Every kind by name. The first line of a function's docstring says what it does."""
