"""How a program keeps its connection to a stream: what opens it, the heartbeat, and what follows a break."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from audit.scan.facts import Argument, Call, Joined, Mapping, Name, Text, Value, roots, walk
from audit.scan.flow import followed
from audit.scan.pieces import flat
from audit.scan.streams import SENDING

if TYPE_CHECKING:
    from audit.scan.source import Source

MAX_LINKS = 6

# What opens a connection, by the names it has in libraries; `.` stands for what joins them.
_OPENING = re.compile(
    r"(?:.*\.)?(?:websockets?(?:\.\w+)*\.(?:connect|dial\w*|create_connection)|websocketapp|ws_connect|a?connect_ws"
    r"|connect_async\w*|client_async\w*|newwebsocket|new\.(?:\w+\.)*(?:\w*websocket(?:client)?|ws)"
    r"|\w*websocketchannel\.connect|ratchet\.client\.connect|websocket\.client(?:\.\w+)*\.(?:new|connect)"
    r"|new\.websocket\.client|websocketclient)"
)
# The same word opens other things as well: it counts where it is given the address.
_GIVEN = re.compile(r"(?:.*\.)?(?:create_connection|buildasync|connectasync|dial\w*|websocket|wss?)")
_SUPER = b"super("
_BEATING = re.compile(r"(?i)ping|heart_?beat|keep_?alive")
# Handlers, frames of the protocol, and what a library sends by itself.
_NO_TEXT = re.compile(r"(?i)\A(?:ping|send_?ping|on|once|off|add(?:event)?listener|\w*_?pong|pong)\Z")
_FRAME = re.compile(r"(?:PingMessage|OP_?PING|Opcode\.PING|MessagePing|OpPing|FrameType\.Ping|\APing)\Z")
# Keys of a message that say what it is about: a structure is no text.
_KINDS = frozenset({"op", "type", "method", "event", "action", "cmd", "command", "req", "e", "t", "msg_type"})


def connections(source: Source) -> tuple[Call, ...]:
    """Return the calls of libraries that open a connection to this stream; commands keep none."""
    heard = source.heard
    if not heard.addresses or source.facts.language == "shell":
        return ()
    found = []
    own = {name for one in source.facts.functions for name in (one.name, one.owner)}
    own -= {local for one in source.facts.imports for local in one.names}
    for call, scope in source.calls:
        bare = call.callee[1:] if call.callee[:1] == ("new",) else call.callee
        if len(bare) == 1 and bare[0] in own:
            continue
        name = _canonical(call, source)
        before = source.raw[max(0, call.span.start - len(_SUPER)) : call.span.start]
        # A class of a library's is given the address by the one that is made of it.
        surely = _OPENING.fullmatch(name) is not None or before == _SUPER
        if not surely and _GIVEN.fullmatch(name) is None:
            continue
        given = _gives(call, scope, source)
        if given or (given is None and surely and heard.alone):
            found.append(call)
    return tuple(found)


def _canonical(call: Call, source: Source) -> str:
    """Return what is called, in small letters, with the module that its first name was taken from."""
    chain = [part for link in call.callee for part in re.split(r"\\|::", link) if part]
    at = 1 if chain[:1] == ["new"] else 0
    modules = {
        local: (one.module, there) for one in source.facts.imports for local, there in one.names.items()
    }
    if len(chain) > at and chain[at] in modules:
        module, there = modules[chain[at]]
        whole = re.split(r"[\\/.]|::", module)
        tail = [] if there in ("*", "default", whole[-1]) else [there]
        chain[at : at + 1] = [part for part in (*whole, *tail) if part]
    return ".".join(chain[-MAX_LINKS:]).lower()


def _gives(call: Call, scope: int, source: Source) -> bool | None:
    """Whether a call is given an address of this stream; None where what it is given is not told."""
    spots = {spot for address in source.heard.addresses for spot in address.spots}
    if call.span in spots:
        return True  # it is given the parts of one
    told = False
    for argument in call.arguments:
        for value in followed(argument.value, scope, source):
            if value.span in spots:
                return True
            told = told or (isinstance(value, Text) and "://" in value.value)
        if isinstance(argument.value, Name | Joined | Call):
            texts = [flat(pieces) for pieces in source.resolver.texts(argument.value, scope)]
            told = told or any("://" in text for text in texts)
    return False if told or not call.arguments else None


def beats(source: Source, text: str) -> bool:
    """Whether a file sends the text of the heartbeat, or may: something unknown of that name is sent."""
    told = [assign.value for assign in source.facts.assigns if _is_text(assign.value, text)]
    if told or any(_is_text(back.value, text) for back in source.facts.returns):
        return True
    if _in_macro(source, text) or any(_sends(call, scope, source, text) for call, scope in source.calls):
        return True
    return any(_configured(root, text) for _, root in roots(source.facts))


def _in_macro(source: Source, text: str) -> bool:
    """Whether the text is sent within a macro of Rust, which is no expression of the file."""
    if source.facts.language != "rust":
        return False
    quoted = re.escape(f'"{text}"'.encode())
    return re.search(rb"\bText\s*\(\s*(?:\w+::from\(\s*)?%b" % quoted, source.raw) is not None


def _sends(call: Call, scope: int, source: Source, text: str) -> bool:
    last = call.callee[-1] if call.callee else ""
    if _NO_TEXT.match(last) or any(_is_frame(argument) for argument in call.arguments):
        return False
    for argument in call.arguments:
        if _is_text(argument.value, text) and argument.name != "ping_payload":
            return True
        if isinstance(argument.value, Name) and SENDING.match(last):
            name = argument.value
            if _BEATING.search(name.last) and not source.resolver.values_of(name, scope):
                return True
    # Somebody else's function of that name may do it.
    own = {function.name for function in source.facts.functions}
    imported = {local for one in source.facts.imports for local in one.names}
    handed = call.callee[:1] and (call.callee[0] in imported or call.callee[0] in ("self", "this"))
    return bool(handed and len(call.callee) <= 2 and _BEATING.search(last) and last not in own)


def _is_frame(argument: Argument) -> bool:
    value = argument.value
    if isinstance(value, Call):
        return bool(value.callee) and value.callee[-1] == "Ping"
    return isinstance(value, Name) and _FRAME.search(".".join(value.path)) is not None


def _is_text(value: Value, text: str) -> bool:
    """Whether a value is a text and nothing else: a constant, or made into bytes on the way."""
    if isinstance(value, Text):
        return value.value.strip() == text
    if isinstance(value, Call):
        inner = [argument.value for argument in value.arguments]
        inner += [value.receiver] if value.receiver is not None else []
        # Such as "ping".into() and Buffer.from("ping"), but not JSON.stringify("ping").
        plain = not re.search(r"(?i)ping|json|dumps|encode_?json|\Aon", ".".join(value.callee))
        return len(inner) == 1 and plain and _is_text(inner[0], text)
    return False


def _configured(root: Value, text: str) -> bool:
    """Whether a table names the text under a key that is not the kind of a message."""
    return any(
        _is_text(pair.value, text) and (pair.key or "").lower() not in _KINDS
        for value in walk(root)
        if isinstance(value, Mapping)
        for pair in value.pairs
    )
