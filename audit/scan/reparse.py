"""The values of a file by where they stand, who shares a place, and whether an edited file still reads."""

from __future__ import annotations

from collections.abc import Iterator

from audit.scan.facts import (
    Call,
    Choice,
    Facts,
    Function,
    Joined,
    Mapping,
    Name,
    Number,
    Pair,
    Read,
    Span,
    Text,
    Value,
    roots,
    walk,
)
from audit.scan.languages import read
from audit.scan.pieces import Pieces, flat
from audit.scan.source import Source
from audit.scan.strings import is_builder
from audit.scan.uses import Use

Scalar = Text | Number


def worse(source: Source, after: bytes) -> str | None:
    """Return in words how the new text reads worse than the one before; None where it does not."""
    language = source.facts.language
    facts = read(language, after)
    if source.facts.parsed and not facts.parsed:
        return f"the result would be no {language} any more"
    if facts.errors > source.facts.errors:
        return (
            f"the result would have {facts.errors} places that are no {language}, not {source.facts.errors}"
        )
    return None


class Reading:
    """The values of a file by where they stand."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.names: list[Name] = []
        self.joined: list[Span] = []
        self.texts: list[Text] = []
        self.calls: list[Call] = []
        self.reads: list[Read] = []
        self.pairs: dict[int, Pair] = {}  # by where the key begins
        self._beside: dict[int, tuple[Pair, ...]] = {}  # by where the key of one of them begins
        self.keywords: dict[int, Call] = {}  # by where the name of an argument begins
        self._given: dict[int, Value] = {}  # what is given under the name that begins there
        self._handed: dict[Span, Call] = {}  # by the argument
        self._owners: dict[Span, tuple[str, Span, Function | None]] = {}
        self._put_together: list[tuple[Pieces, str]] | None = None
        self._whole = Span(0, len(source.raw))
        self._scopes = dict(self._index(source.facts))
        self._own(source.facts)

    def _index(self, facts: Facts) -> Iterator[tuple[int, int]]:
        seen: set[int] = set()
        for scope, root in roots(facts):
            for value in walk(root):
                if id(value) not in seen:
                    seen.add(id(value))
                    self._note(value)
                    yield id(value), scope
        for assign in facts.assigns:
            if assign.key_span is not None:
                self._given[assign.key_span.start] = assign.value

    def _note(self, value: Value) -> None:
        match value:
            case Name():
                self.names.append(value)
            case Text():
                self.texts.append(value)
            case Read():
                self.reads.append(value)
            case Joined():
                self.joined.append(value.span)
            case Mapping(pairs):
                for pair in pairs:
                    if pair.key_span is not None:
                        self.pairs[pair.key_span.start] = pair
                        self._beside[pair.key_span.start] = pairs
                        self._given[pair.key_span.start] = pair.value
            case Call():
                self.calls.append(value)
                for argument in value.arguments:
                    self._handed[argument.value.span] = value
                    if argument.name_span is not None:
                        self.keywords[argument.name_span.start] = value
                        self._given[argument.name_span.start] = argument.value

    def _own(self, facts: Facts) -> None:
        for assign in facts.assigns:
            if assign.key is None and assign.target:
                function = self.source.resolver.function(assign.scope)
                region = function.span if function is not None and len(assign.target) == 1 else self._whole
                for scalar in _scalars(assign.value):
                    self._owners[scalar.span] = (assign.target[-1], region, None)
        for function in facts.functions:
            for parameter in function.parameters:
                if parameter.default is not None:
                    for scalar in _scalars(parameter.default):
                        self._owners[scalar.span] = (parameter.name, function.span, function)

    def shared(self, value: Span, names: list[Span]) -> str | None:
        """Return the name that holds a value, where it serves more than the entries called ``names``."""
        owner = self._owners.get(value)
        if owner is None:
            return None
        name, region, _ = owner
        here = [given.span for span in names if (given := self._given.get(span.start)) is not None]
        here += [whole for span in names for whole in self.joined if _within(span, whole)]
        for used in self.names:
            if (
                used.last == name
                and _within(used.span, region)
                and not any(_within(used.span, s) for s in here)
            ):
                return name
        return None

    def owned(self, value: Span) -> bool:
        """Whether a value stands in a constant or a default rather than where it is sent."""
        return value in self._owners

    def passed(self, value: Span) -> list[Scalar]:
        """Return what callers in the same file give in place of a default, where that is literal."""
        owner = self._owners.get(value)
        if owner is None or owner[2] is None:
            return []
        name, _, function = owner
        assert function is not None  # noqa: S101 - told by the guard above
        order = [parameter.name for parameter in function.parameters if parameter.name not in ("self", "cls")]
        found: list[Scalar] = []
        for call in self.calls:
            if not call.callee or call.callee[-1] != function.name:
                continue
            plain = [argument for argument in call.arguments if argument.name is None]
            given = [argument.value for argument in call.arguments if argument.name == name]
            if name in order and order.index(name) < len(plain):
                given.append(plain[order.index(name)].value)
            found += [one for one in given if isinstance(one, Text | Number)]
        return found

    def pieces_of(self, use: Use) -> tuple[Pieces, int] | None:
        """Return the pieces that a path was put together from, and where in them it begins."""
        if self._put_together is None:
            texts = self.source.resolver.texts
            self._put_together = [
                (pieces, flat(pieces))
                for value in self._candidates()
                for pieces in texts(value, self.scope_of(value))
            ]
        for pieces, text in self._put_together:
            at = text.find(use.path)
            if at >= 0 and _touches(pieces, at, use):
                return pieces, at
        return None

    def properties(self) -> Iterator[tuple[Value, int, str, Span]]:
        """Yield each property that is read, ``row.close``: from what, in which scope, name and place."""
        raw = self.source.raw
        for name in self.names:
            end = name.span.end
            for at in range(len(name.path) - 1, 0, -1):
                key = name.path[at]
                span = Span(end - len(key.encode()), end)
                if raw[span.start : span.end] != key.encode():
                    break  # spaces or a line end stand in the chain
                yield Name(name.path[:at], Span(name.span.start, span.start)), self.scope_of(name), key, span
                end = span.start - (2 if raw[span.start - 2 : span.start] == b"?." else 1)

    def fields(self) -> Iterator[tuple[Value, int, str, Span]]:
        """Yield each field that is read or renamed by its name: from what, in which scope, name and place."""
        for read_ in self.reads:
            if read_.key and read_.key_span is not None:
                yield read_.base, self.scope_of(read_), read_.key, read_.key_span
        for call in self.calls:
            base: Value | None = call.receiver
            if base is None and len(call.callee) > 1:
                base = Name(call.callee[:-1], call.span)
            if base is None or not call.callee or not call.arguments:
                continue
            first = call.arguments[0].value
            if call.callee[-1] == "get" and isinstance(first, Text):
                yield base, self.scope_of(call), first.value, first.span
            if call.callee[-1] == "rename":
                for mapping in [a.value for a in call.arguments if isinstance(a.value, Mapping)]:
                    for pair in mapping.pairs:
                        if pair.key and pair.key_span is not None:
                            yield base, self.scope_of(call), pair.key, pair.key_span

    def renaming(self) -> tuple[dict[Span, set[str | None]], set[str]]:
        """Return the mappings that rename fields, with their keys, and the names a program sets itself."""
        holders: dict[Span, set[str | None]] = {}
        own = {assign.key for assign in self.source.facts.assigns if assign.key is not None}
        own |= {assign.target[-1] for assign in self.source.facts.assigns if len(assign.target) > 1}
        for call in self.calls:
            for argument in call.arguments if call.callee[-1:] == ("rename",) else ():
                if isinstance(argument.value, Mapping):
                    pairs = argument.value.pairs
                    holders[argument.value.span] = {pair.key for pair in pairs}
                    own |= {pair.value.value for pair in pairs if isinstance(pair.value, Text)}
        return holders, own

    def shorthand(self, key: str, span: Span) -> bool:
        """Whether a field is taken apart into a variable of its own name: ``const {close} = row``."""
        before = self.source.raw[max(0, span.start - 200) : span.start].rstrip()[-1:]
        behind = self.source.raw[span.end : span.end + 40].lstrip()[:1]
        return (
            before in (b"{", b",")
            and behind != b":"
            and any(
                assign.target == (key,) and isinstance(assign.value, Read) and assign.value.key_span == span
                for assign in self.source.facts.assigns
            )
        )

    def handed(self, function: Function) -> Call | None:
        """Return the call that a function without a name is handed to: ``rows.map((row) => …)``."""
        return self._handed.get(function.span)

    def beside(self, key: Span) -> set[str]:
        """Return the keys, in lower case, of the mapping that a key stands in."""
        return {(pair.key or "").lower() for pair in self._beside.get(key.start, ())}

    def scope_of(self, value: Value) -> int:
        """Return the scope that a value stands in."""
        return self._scopes.get(id(value), 0)

    def words(self) -> Iterator[tuple[Span, str, bool]]:
        """Yield the keys of the file, and the words that its texts begin with (True), as headers are."""
        for assign in self.source.facts.assigns:
            if assign.key and assign.key_span is not None:
                yield assign.key_span, assign.key, False
        for pair in self.pairs.values():
            if pair.key and pair.key_span is not None:
                yield pair.key_span, pair.key, False
        for text in self.texts:
            word = text.value.split(":")[0].strip()
            if text.exact and word and text.value.startswith(word):
                yield Span(text.span.start, text.span.start + len(word.encode())), word, True

    def _candidates(self) -> Iterator[Value]:
        for _, root in roots(self.source.facts):
            for value in walk(root):
                if isinstance(value, Joined) or (isinstance(value, Call) and is_builder(value)):
                    yield value


def _scalars(value: Value) -> Iterator[Scalar]:
    """Yield the literals that a name comes to stand for, not those that merely stand inside."""
    match value:
        case Text() | Number():
            yield value
        case Choice(options):
            for option in options:
                yield from _scalars(option)
        case Call() if is_builder(value):
            for argument in value.arguments:
                yield from _scalars(argument.value)


def _touches(pieces: Pieces, start: int, use: Use) -> bool:
    at = 0
    for piece in pieces:
        if at < start + len(use.path) and at + len(piece.text) > start and piece.span == use.anchor:
            return True
        at += len(piece.text)
    return False


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
