"""What text an expression can come to, as far as the file tells. Nothing is executed.

A text is a list of pieces: literal characters with the place they stand at, or a hole for what is
only known when the program runs. Names are followed to their assignments, defaults and imported
constants; the number of possibilities and the depth are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from audit.scan.atlas import HOLE
from audit.scan.facts import (
    Argument,
    Assign,
    Call,
    Choice,
    Facts,
    Function,
    Joined,
    Name,
    Number,
    Read,
    Sequence,
    Span,
    Text,
    Value,
)

MAX_TEXTS = 12
MAX_DEPTH = 12

_FORMATTERS = {"format", "sprintf", "Sprintf", "printf", "Format", "vsprintf", "fmt", "format!"}
_JOINERS = {"urljoin", "join", "Combine", "resolve", "URL", "JoinPath"}
_ENVIRONMENT = {"getenv", "get", "env", "GetEnvironmentVariable", "Getenv", "fetch", "var"}
_KEEPING = {
    *(
        "strip",
        "rstrip",
        "lstrip",
        "trim",
        "trimEnd",
        "TrimEnd",
        "lower",
        "toLowerCase",
        "str",
        "String",
        "Uri",
    ),
    *("URI", "parse", "encodeURI", "unwrap_or", "to_string", "into", "HttpUrl", "toHttpUrl", "create"),
}
_PLACE = re.compile(r"%\(\w+\)[sd]|%[sdv]|\{[^{}\s]*\}")


@dataclass(frozen=True)
class Piece:
    """Literal characters and where they stand; ``span`` is None where they cannot be edited in place."""

    text: str
    span: Span | None


Pieces = tuple[Piece, ...]
_HOLE = Piece(HOLE, None)


def flat(pieces: Pieces) -> str:
    """The text, with a sign for each hole."""
    return "".join(piece.text for piece in pieces)


def place_of(pieces: Pieces, start: int, end: int) -> Span | None:
    """Return where a stretch of the text stands in the file, if it stands there in one piece."""
    at = 0
    for piece in pieces:
        size = len(piece.text)
        if at <= start and end <= at + size:
            if piece.span is None or piece.span.end - piece.span.start != len(piece.text.encode()):
                return None
            before = len(piece.text[: start - at].encode())
            inside = len(piece.text[start - at : end - at].encode())
            return Span(piece.span.start + before, piece.span.start + before + inside)
        at += size
    return None


def is_builder(call: Call) -> bool:
    """Whether a call puts a text together rather than sending it."""
    last = call.callee[-1] if call.callee else ""
    return last in _FORMATTERS | _JOINERS | _KEEPING or (
        last in _ENVIRONMENT and len(call.arguments) == 2 and _named_env(call)
    )


def _named_env(call: Call) -> bool:
    """Whether the first argument looks like the name of an environment variable, not like a path."""
    first = call.arguments[0].value
    return isinstance(first, Text) and first.value.isupper()


class Resolver:
    """Follows names within one file, and to constants that another file gave."""

    def __init__(self, facts: Facts, outside: Callable[[str, str], Iterable[Value]] | None = None) -> None:
        self._by_name: dict[str, list[Assign]] = {}
        for assign in facts.assigns:
            if assign.key is None and assign.target:
                self._by_name.setdefault(assign.target[-1], []).append(assign)
        self._entries: dict[str, list[Assign]] = {}
        for assign in facts.assigns:
            if assign.key is not None and assign.target:
                self._entries.setdefault(assign.target[-1], []).append(assign)
        self._parents = {function.scope: function.parent for function in facts.functions}
        self._functions = {function.scope: function for function in facts.functions}
        self._loops = facts.loops
        self._imports = {
            local: (entry.module, remote) for entry in facts.imports for local, remote in entry.names.items()
        }
        self._outside = outside

    def scopes(self, scope: int) -> Iterator[int]:
        """Yield a scope and those around it, innermost first."""
        seen = set()
        while scope not in seen:
            seen.add(scope)
            yield scope
            if scope == 0:
                return
            scope = self._parents.get(scope, 0)

    def function(self, scope: int) -> Function | None:
        """Return the function whose body a scope is."""
        return self._functions.get(scope)

    def values_of(self, name: Name, scope: int) -> list[Value]:
        """Return what a name may stand for, nearest scope first; empty where the file does not tell."""
        assigns = self._by_name.get(name.last, [])
        if len(name.path) > 1:
            same = [assign for assign in assigns if assign.target[-2:] == name.path[-2:]]
            # A property of a class, or an entry of a constant object; the owner may go by another name.
            assigns = same or [a for a in assigns if len(a.target) > 1 or a.scope == 0]
            return [assign.value for assign in assigns] or self._imported(name)
        for inner in self.scopes(scope):
            found = [assign.value for assign in assigns if assign.scope == inner and len(assign.target) == 1]
            function = self._functions.get(inner)
            if function is not None:
                found += [
                    p.default for p in function.parameters if p.name == name.last and p.default is not None
                ]
            found += [
                item
                for loop in self._loops
                if loop.scope == inner and name.last in loop.names
                for item in _items(loop.values)
            ]
            if found:
                return found
        return self._imported(name)

    def entries_of(self, name: Name, scope: int) -> list[Assign]:
        """Return what is put into a mapping entry by entry, in the scopes that see it."""
        visible = set(self.scopes(scope))
        return [entry for entry in self._entries.get(name.last, []) if entry.scope in visible]

    def _imported(self, name: Name) -> list[Value]:
        entry = self._imports.get(name.path[0])
        if entry is None or self._outside is None:
            return []
        module, remote = entry
        wanted = remote if len(name.path) == 1 else name.last
        return list(self._outside(module, wanted))

    def texts(self, value: Value, scope: int, depth: int = 0) -> list[Pieces]:
        """Return the texts a value can come to; a hole where it cannot be told."""
        if depth > MAX_DEPTH:
            return [(_HOLE,)]
        found = self._texts(value, scope, depth)
        unique = {flat(pieces): pieces for pieces in found}
        return list(unique.values())[:MAX_TEXTS] or [(_HOLE,)]

    def _texts(  # noqa: PLR0911 - one return for each kind of value
        self, value: Value, scope: int, depth: int
    ) -> list[Pieces]:
        match value:
            case Text():
                return [(Piece(value.value, value.span if value.exact else None),)]
            case Number(text):
                return [(Piece(text, value.span),)]
            case Joined(parts):
                return self._product([self.texts(part, scope, depth + 1) for part in parts])
            case Choice(options):
                return [text for option in options for text in self.texts(option, scope, depth + 1)]
            case Name():
                values = self.values_of(value, scope)
                return [text for one in values[:MAX_TEXTS] for text in self.texts(one, scope, depth + 1)]
            case Call():
                return self._called(value, scope, depth)
            case Read(base, key) if key is not None and isinstance(base, Name):
                return self._texts(Name((*base.path, key), value.span), scope, depth)
        return [(_HOLE,)]

    def _called(self, call: Call, scope: int, depth: int) -> list[Pieces]:
        last = call.callee[-1] if call.callee else ""
        arguments = [argument for argument in call.arguments if argument.name is None]
        if last in _FORMATTERS:
            template = (
                call.receiver if call.receiver is not None else (arguments[0].value if arguments else None)
            )
            rest = call.arguments if call.receiver is not None else call.arguments[1:]
            if template is not None:
                return [
                    filled
                    for text in self.texts(template, scope, depth + 1)
                    for filled in self._filled(text, rest, scope, depth)
                ]
        if last in _JOINERS and arguments:
            return self._joined([argument.value for argument in arguments], last, scope, depth)
        if last in _ENVIRONMENT and len(arguments) == 2 and _named_env(call):
            return self.texts(arguments[1].value, scope, depth + 1)
        if last in _KEEPING:
            kept = call.receiver if call.receiver is not None else (arguments[0].value if arguments else None)
            if kept is None and len(call.callee) > 1:
                kept = Name(call.callee[:-1], call.span)
            if kept is not None:
                return self.texts(kept, scope, depth + 1)
        return [(_HOLE,)]

    def _filled(
        self, template: Pieces, arguments: tuple[Argument, ...], scope: int, depth: int
    ) -> list[Pieces]:
        """Put the arguments of a formatter into its places, in order or by name."""
        named = {argument.name: argument.value for argument in arguments if argument.name}
        positional = iter([argument.value for argument in arguments if argument.name is None])
        parts: list[list[Pieces]] = []
        for piece in template:
            at = 0
            for match in _PLACE.finditer(piece.text):
                parts.append([(_part(piece, at, match.start()),)])
                given = named.get(match[0].strip("{}%()sd")) or next(positional, None)
                parts.append(self.texts(given, scope, depth + 1) if given is not None else [(_HOLE,)])
                at = match.end()
            parts.append([(_part(piece, at, len(piece.text)),)])
        return self._product(parts)

    def _joined(self, values: list[Value], joiner: str, scope: int, depth: int) -> list[Pieces]:
        parts: list[list[Pieces]] = []
        ordered = [values[1], values[0]] if joiner == "URL" and len(values) == 2 else values
        for index, value in enumerate(ordered):
            if index:
                parts.append([(Piece("/", None),)])
            parts.append(self.texts(value, scope, depth + 1))
        return self._product(parts)

    def _product(self, parts: list[list[Pieces]]) -> list[Pieces]:
        found: list[Pieces] = [()]
        for options in parts:
            found = [head + tail for head in found for tail in options][:MAX_TEXTS]
        return found


def _part(piece: Piece, start: int, end: int) -> Piece:
    """A part of a piece; its place is known where characters and bytes run alike."""
    text = piece.text[start:end]
    if piece.span is None or piece.span.end - piece.span.start != len(piece.text):
        return Piece(text, None)
    return Piece(text, Span(piece.span.start + start, piece.span.start + end))


def _items(value: Value) -> list[Value]:
    return list(value.items) if isinstance(value, Sequence) else []
