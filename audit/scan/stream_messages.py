"""What a file sends to a stream: requests for channels, in the right form or another, and the channels."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audit.scan.atlas import HOLE
from audit.scan.facts import (
    Call,
    Choice,
    Joined,
    Mapping,
    Name,
    Other,
    Sequence,
    Span,
    Text,
    Value,
    roots,
    walk,
)
from audit.scan.pieces import flat
from audit.scan.strings import is_builder
from audit.spec.channels import HOLE as NAMES
from audit.spec.channels import Channel, Form, Stream

if TYPE_CHECKING:
    from audit.scan.source import Source

MAX_DEPTH = 6
MIN_TOLD = 4  # letters of a channel's name that have to be written down

_PUTTING = frozenset({"put", "add", "set", "append", "addProperty", "insert", "with"})
# In these the names of fields begin with a capital letter, and are sent as a tag says.
_TAGGED = frozenset({"go", "csharp", "rust"})
# What a reader is to put something in for, and what is only known when the program runs.
_PLACEHOLDER = re.compile(rf"{HOLE}|<[^<>]*>|\$?\{{[^{{}}]*\}}|\A(?i:your|my)\b.*|…|\.\.\.")
# What takes channels, or makes a list.
_LISTING = re.compile(r"(?i)subscri|channel|\A(?:vec!|(?:list|set|array)of|aslist|of)\Z")
_UNQUOTED = re.compile(r"(?<=[:\[,])\s*\x00+\s*(?=[,\]}])")


@dataclass(frozen=True)
class Named:
    """A channel that is asked for; ``channel`` is None where the description has none of that name."""

    name: str
    anchor: Span
    channel: Channel | None
    certain: bool = True


@dataclass(frozen=True)
class Message:
    """A request to begin with channels, or to stop (``asks`` is False).

    ``right`` says whether it is of the described form; ``written`` shows its form. ``names`` are the
    channels, as far as the file tells.
    """

    anchor: Span
    right: bool
    asks: bool
    written: str
    names: tuple[Named, ...]


@dataclass(frozen=True)
class _Leaf:
    """A text in a message and where it stands."""

    text: str
    span: Span


# None is what the file does not tell.
_Shape = dict[str, Any] | list[Any] | _Leaf | None


def spoken(source: Source, stream: Stream) -> Iterator[Message]:
    """Yield everything in a file that may be such a request, to whomever it is sent."""
    reader = _Reader(source, stream)
    seen: list[Span] = []
    for scope, root in roots(source.facts):
        for value in walk(root):
            if any(span.start <= value.span.start and value.span.end <= span.end for span in seen):
                continue
            found = reader.message(value, scope)
            if found is not None:
                seen.append(value.span)
                yield found


def passed(source: Source, stream: Stream) -> Iterator[Named]:
    """Yield the channels that a file lists, or hands to a function."""
    for scope, root in roots(source.facts):
        for value in walk(root):
            given: tuple[Value, ...] = ()
            if isinstance(value, Sequence):
                given = value.items
            elif isinstance(value, Call) and _LISTING.search(".".join(value.callee[-1:])):
                given = tuple(argument.value for argument in value.arguments)
            for one in given:
                if isinstance(one, Text | Joined) or (isinstance(one, Call) and is_builder(one)):
                    for pieces in source.resolver.texts(one, scope):
                        named = _named(_Leaf(flat(pieces), one.span), stream)
                        if named is not None and named.channel is not None:
                            yield named


class _Reader:
    def __init__(self, source: Source, stream: Stream) -> None:
        self._source, self._stream = source, stream
        self._right = (stream.subscribe, stream.unsubscribe)
        forms = (*self._right, *stream.mistaken_forms)
        self._words = {word.lower() for form in forms for word in _words(form)}
        self._stops = {word.lower() for word in _words(stream.unsubscribe)} - {
            word.lower() for word in _words(stream.subscribe)
        }
        self._tagged = source.facts.language in _TAGGED

    def message(self, value: Value, scope: int) -> Message | None:
        """Return the request that a value is, if it is one."""
        shape = self._whole(value, scope)
        if not isinstance(shape, dict) or len(shape) < 2:
            return None  # a word alone, as in a sentence
        shape = {(key.lower() if self._tagged else key): part for key, part in shape.items()}
        said = [leaf.text.lower() for leaf in shape.values() if isinstance(leaf, _Leaf)]
        right = any(self._fits(shape, form) for form in self._right)
        if not any(word in self._words for word in said) and not right:
            return None
        names = [named for leaf in _leaves(shape) if (named := _named(leaf, self._stream)) is not None]
        if right:
            lists = [key for key, part in self._stream.subscribe.template.items() if part == [NAMES]]
            inside = [leaf for key in lists for leaf in _leaves(shape.get(key))]
            names = [_named(leaf, self._stream) or Named(leaf.text, leaf.span, None) for leaf in inside]
        else:
            names = [named for named in names if named.channel is not None]
        told = [one for one in names if len(_PLACEHOLDER.sub("", one.name)) >= MIN_TOLD]
        asks = not any(word in self._stops for word in said)
        return Message(value.span, right, asks, _written(shape), tuple(told))

    def _fits(self, shape: Table[str, Any], form: Form) -> bool:
        """Whether a message has every part of a form; what else is in it, or unknown, does not count."""
        for key, wanted in form.template.items():
            part = shape.get(key)
            if key not in shape:
                return False
            if wanted == [NAMES]:
                if isinstance(part, dict) or (isinstance(part, _Leaf) and HOLE not in part.text):
                    return False
            elif isinstance(part, _Leaf) and HOLE not in part.text and part.text != wanted:
                return False
        return True

    def _whole(self, value: Value, scope: int) -> _Shape:
        """Return the structure that a value is, or that a text of it holds; None for anything else."""
        if self._is_structure(value):
            return self._shape(value, scope, 0)
        if isinstance(value, Text):
            return self._parsed(value.value, value.span) if "{" in value.value else None
        if isinstance(value, Joined) or (isinstance(value, Call) and is_builder(value)):
            return self._built(value, scope)
        return None

    def _is_structure(self, value: Value) -> bool:
        match value:
            case Other(span):
                return self._source.raw[span.start : span.end].startswith(b"new")
            case Call(callee):
                return bool(callee) and (callee[-1] in _PUTTING or _all_named(value))
        return isinstance(value, Mapping)

    def _built(self, value: Value, scope: int) -> _Shape:
        for pieces in self._source.resolver.texts(value, scope):
            shape = self._parsed(flat(pieces), value.span)
            if shape is not None:
                return shape
        return None

    def _parsed(self, text: str, span: Span) -> _Shape:
        """Read a message that is written out as JSON; its parts are all told to stand where it does."""
        low = text.lower()
        if not any(word in low for word in self._words):
            return None
        try:
            body = json.loads(_UNQUOTED.sub(f'"{HOLE}"', text.strip()), strict=False)
        except (ValueError, RecursionError):
            return None

        def shaped(part: Any, depth: int) -> _Shape:
            if isinstance(part, dict) and depth < MAX_DEPTH:
                return {key: shaped(inner, depth + 1) for key, inner in part.items()}
            if isinstance(part, list) and depth < MAX_DEPTH:
                return [shaped(inner, depth + 1) for inner in part]
            return _Leaf(part, span) if isinstance(part, str) else None

        return shaped(body, 0) if isinstance(body, dict) else None

    def _shape(  # noqa: PLR0911 - one return for each kind of value
        self, value: Value, scope: int, depth: int
    ) -> _Shape:
        if depth > MAX_DEPTH:
            return None
        match value:
            case Mapping(pairs):
                return {pair.key: self._shape(pair.value, scope, depth + 1) for pair in pairs if pair.key}
            case Sequence(items):
                return [self._shape(item, scope, depth + 1) for item in items]
            case Text() | Joined():
                texts = self._source.resolver.texts(value, scope)
                return _Leaf(flat(texts[0]), value.span) if len(texts) == 1 else None
            case Choice(options):
                return self._shape(options[0], scope, depth + 1)
            case Name():
                return self._named(value, scope, depth)
            case Other(_, parts):
                return self._anonymous(parts, scope, depth)
            case Call(callee) if callee and callee[-1] in _PUTTING:
                return self._put(value, scope, depth)
            case Call(_, arguments) if _all_named(value):
                return {one.name: self._shape(one.value, scope, depth + 1) for one in arguments if one.name}
            case Call(_, arguments):
                # What makes a list, or a structure of what it is given.
                inside = [self._shape(argument.value, scope, depth + 1) for argument in arguments]
                return (
                    inside[0] if len(inside) == 1 and isinstance(inside[0], dict | list) else inside or None
                )
        return None

    def _named(self, name: Name, scope: int, depth: int) -> _Shape:
        values = [one for one in self._source.resolver.values_of(name, scope) if not isinstance(one, Name)]
        return self._shape(values[0], scope, depth + 1) if len(values) == 1 else None

    def _anonymous(self, parts: tuple[Value, ...], scope: int, depth: int) -> _Shape:
        """Read ``new { method = "subscribe" }``, and what is made for each item of something."""
        names = parts[::2]
        if len(parts) > 1 and len(parts) % 2 == 0 and all(isinstance(one, Name) for one in names):
            return {
                name.last: self._shape(value, scope, depth + 1)
                for name, value in zip(names, parts[1::2], strict=True)
                if isinstance(name, Name)
            }
        return [self._shape(part, scope, depth + 1) for part in parts] if depth else None

    def _put(self, call: Call, scope: int, depth: int) -> _Shape:
        """Read ``o.put("method", "subscribe").put(…)``, and lists that are filled in this way."""
        before = self._shape(call.receiver, scope, depth + 1) if call.receiver is not None else None
        given = [argument.value for argument in call.arguments]
        if len(given) == 2 and isinstance(given[0], Text):
            told = before if isinstance(before, dict) else {}
            if call.receiver is None and len(call.callee) > 1:
                # One statement for each entry.
                for entry in self._source.resolver.entries_of(Name(call.callee[:-1], call.span), scope):
                    told[entry.key or ""] = self._shape(entry.value, scope, depth + 1)
            return {**told, given[0].value: self._shape(given[1], scope, depth + 1)}
        items = before if isinstance(before, list) else []
        return [*items, *(self._shape(one, scope, depth + 1) for one in given)]


def _all_named(call: Call) -> bool:
    """Whether a call is given a structure: ``dict(method="subscribe", channels=[…])``."""
    return len(call.arguments) > 1 and all(argument.name for argument in call.arguments)


def _words(form: Form) -> list[str]:
    return [part for part in form.template.values() if isinstance(part, str)]


def _leaves(shape: _Shape) -> Iterator[_Leaf]:
    match shape:
        case _Leaf():
            yield shape
        case dict():
            for part in shape.values():
                yield from _leaves(part)
        case list():
            for part in shape:
                yield from _leaves(part)


def _named(leaf: _Leaf, stream: Stream) -> Named | None:
    """Return the channel that a text names; None where the description has none of that name."""
    text = leaf.text
    if HOLE not in text:
        # By its name alone: one with parameters is asked for with them.
        found = next((one for one in stream.channels.values() if one.values(text) is not None), None)
        return Named(text, leaf.span, found) if found else None
    if len(text.replace(HOLE, "")) < MIN_TOLD:
        return None
    pattern = re.compile(".+".join(re.escape(part) for part in re.split(HOLE + "+", text)))
    for channel in stream.channels.values():
        if channel.values(text) is not None or pattern.fullmatch(channel.name()):
            return Named(text, leaf.span, channel, certain=False)
    return None


def _written(shape: Table[str, Any]) -> str:
    """Show the form of a message: its names, its words, and a sign for what is a list."""
    shown = {
        key: part.text.replace(HOLE, "…")
        if isinstance(part, _Leaf)
        else ["…"]
        if isinstance(part, list)
        else "…"
        for key, part in shape.items()
    }
    text = json.dumps(shown, ensure_ascii=False)
    return text if len(text) <= 120 else text[:119] + "…"
