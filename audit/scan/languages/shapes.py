"""Handlers that many languages share, made from the names that a grammar gives to its parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tree_sitter import Node

from audit.scan.facts import (
    Argument,
    Call,
    Choice,
    Joined,
    Mapping,
    Name,
    Number,
    Other,
    Pair,
    Parameter,
    Read,
    Return,
    Sequence,
    Span,
    Text,
    Value,
)
from audit.scan.languages.strings import join
from audit.scan.languages.tree import Handler, Reader, flat, span

_WRAPPED = frozenset({"argument", "value_argument", "attribute_argument", "named_argument"})
PLUS = frozenset({"+"})
EITHER = frozenset({"||", "??", "or", "?:", "//"})


def name(reader: Reader, node: Node) -> Value:
    """A variable; a sigil in front of it is not part of the name."""
    return Name((reader.text(node).lstrip("$"),), span(node))


def number(reader: Reader, node: Node) -> Value:
    """A number as written."""
    return Number(reader.text(node), span(node))


def unwrap(reader: Reader, node: Node) -> Value | None:
    """Something put around a value that does not change it: the value itself."""
    inner = reader.inner(node)
    return reader.visit(inner[0]) if inner else None


def unwrap_field(field: str) -> Handler:
    """Like ``unwrap``, with the value in a field."""
    return lambda reader, node: reader.field(node, field)


def sequence(reader: Reader, node: Node) -> Value:
    """A list, array or tuple."""
    return Sequence(reader.values(node.named_children), span(node))


def one_or_sequence(reader: Reader, node: Node) -> Value:
    """A list of expressions; a single one stands for itself."""
    items = reader.values(node.named_children)
    return items[0] if len(items) == 1 else Sequence(items, span(node))


def glued(reader: Reader, node: Node) -> Value:
    """Literals and values directly after each other."""
    return join(reader.values(node.named_children), span(node))


def binary(
    joining: frozenset[str] = PLUS, either: frozenset[str] = EITHER, kind: str = "binary_expression"
) -> Handler:
    """An operator between two values; ``+`` joins, ``||`` chooses, ``%`` after a text fills it."""

    def handle(reader: Reader, node: Node) -> Value | None:
        operator = node.child_by_field_name("operator")
        sign = operator.type if operator is not None else ""
        if sign in joining:
            return join(reader.values(flat(node, kind, joining)), span(node))
        if sign in either:
            return Choice(reader.values(flat(node, kind, frozenset({sign}))), span(node))
        left, right = reader.field(node, "left"), reader.field(node, "right")
        if sign == "%" and isinstance(left, Text | Joined | Name):
            given = right.items if isinstance(right, Sequence) else (right,)
            arguments = tuple(Argument(item) for item in given)
            if isinstance(right, Mapping):
                arguments = tuple(Argument(pair.value, pair.key, pair.key_span) for pair in right.pairs)
            if not isinstance(left, Name):
                return Call(("format",), arguments, span(node), left, reader.scope)
        return Other(span(node), (left, right))

    return handle


def choice(*fields: str) -> Handler:
    """One of several values, each in a field of its own."""

    def handle(reader: Reader, node: Node) -> Value:
        for child in reader.inner(node):
            if not any(child == node.child_by_field_name(field) for field in fields):
                reader.emit(reader.visit(child))
        given = [child for field in fields for child in node.children_by_field_name(field)]
        return Choice(reader.values(given), span(node))

    return handle


def arms(reader: Reader, node: Node) -> Value:
    """A match or switch used as a value: every arm is an option; the rest is recorded for itself."""
    return Choice(tuple(reader.values(node.named_children)), span(node))


def member(owner: str, field: str) -> Handler:
    """``a.b``: a longer name, or a field read from a value."""

    def handle(reader: Reader, node: Node) -> Value:
        base = node.child_by_field_name(owner)
        link = node.child_by_field_name(field)
        return step(reader, node, None if base is None else reader.value(base), link)

    return handle


def step(reader: Reader, node: Node, base: Value | None, link: Node | None) -> Value:
    """Take one step along a chain."""
    key = reader.text(link).lstrip("$")
    if base is None:
        return Name((key,), span(node))
    if link is None:
        return base
    if isinstance(base, Name):
        return Name((*base.path, key), span(node))
    return Read(base, key, span(link), span(node))


def index(owner: str | None, field: str | None) -> Handler:
    """``a[b]``: a field read by its name, or an entry at some place."""

    def handle(reader: Reader, node: Node) -> Value:
        inner = reader.inner(node)
        base = node.child_by_field_name(owner) if owner else (inner[0] if inner else None)
        at = node.child_by_field_name(field) if field else (inner[1] if len(inner) > 1 else None)
        if base is None:
            return Other(span(node))
        return entry(reader, node, reader.value(base), None if at is None else reader.value(at))

    return handle


def entry(reader: Reader, node: Node, base: Value, at: Value | None) -> Value:
    """Read an entry whose key is a value; a key that has to be computed is recorded for itself."""
    if isinstance(at, Sequence) and len(at.items) == 1:
        at = at.items[0]
    if isinstance(at, Text):
        return Read(base, at.value, at.span, span(node))
    reader.emit(at)
    return Read(base, None, None, span(node))


def argument(reader: Reader, node: Node) -> Argument:
    """One argument, with its name where it has one."""
    label = node.child_by_field_name("name") or node.child_by_field_name("key")
    value = node.child_by_field_name("value")
    if node.type in {"keyword_argument", "element_value_pair"} and label is not None and value is not None:
        return Argument(reader.value(value), reader.text(label), span(label))
    if node.type not in _WRAPPED:
        return Argument(reader.value(node))
    inner = reader.inner(node)
    if label is None and len(inner) > 1 and any(child.type == "=" for child in node.children):
        label = inner[0]
    if inner and inner[0].type == "label":
        label = inner[0].named_children[0]
    if not inner:
        return Argument(Other(span(node)))
    found = reader.value(inner[-1])
    return Argument(found) if label is None else Argument(found, reader.text(label), span(label))


def arguments(reader: Reader, node: Node | None) -> tuple[Argument, ...]:
    """The arguments of a call; pairs among them are one mapping."""
    if node is None:
        return ()
    found: list[Argument] = []
    pairs: list[Pair] = []
    for child in reader.inner(node):
        if child.type == "pair":
            pairs.append(pair_of(reader, child))
        else:
            found.append(argument(reader, child))
    if pairs:
        found.append(Argument(Mapping(tuple(pairs), Span(pairs[0].span.start, pairs[-1].span.end))))
    return tuple(found)


def called(reader: Reader, node: Node, callee: Value, given: tuple[Argument, ...]) -> Value:
    """A call of something that was read as a value."""
    if isinstance(callee, Name):
        return Call(callee.path, given, span(node), None, reader.scope)
    if isinstance(callee, Read) and callee.key is not None:
        return Call((callee.key,), given, span(node), callee.base, reader.scope)
    return Call((), given, span(node), callee, reader.scope)


def call(function: str = "function", given: str = "arguments") -> Handler:
    """``f(x)`` where what is called is an expression of its own."""

    def handle(reader: Reader, node: Node) -> Value:
        callee = reader.field(node, function)
        return called(reader, node, callee, arguments(reader, node.child_by_field_name(given)))

    return handle


def method(owner: str, field: str, given: str = "arguments") -> Handler:
    """``a.f(x)`` where the grammar knows it as one thing."""

    def handle(reader: Reader, node: Node) -> Value:
        base = node.child_by_field_name(owner)
        link = node.child_by_field_name(field)
        callee = step(reader, node, None if base is None else reader.value(base), link)
        return called(reader, node, callee, arguments(reader, node.child_by_field_name(given)))

    return handle


def unchanged(names: Iterable[str], handler: Handler) -> Handler:
    """A call like ``x.to_string()`` or ``String::from(x)``, which gives the text itself."""
    plain = frozenset(names)

    def handle(reader: Reader, node: Node) -> Value | None:
        found = handler(reader, node)
        if not isinstance(found, Call) or not found.callee or found.callee[-1] not in plain:
            return found
        if not found.arguments:
            if found.receiver is not None:
                return found.receiver
            return Name(found.callee[:-1], found.span) if len(found.callee) > 1 else found
        single = len(found.arguments) == 1 and ".".join(found.callee) in plain
        return found.arguments[0].value if single else found

    return handle


def new(kind: str | None = "type", given: str = "arguments") -> Handler:
    """``new X(...)``; the braces after it are one more argument."""

    def handle(reader: Reader, node: Node) -> Value:
        what = node.child_by_field_name(kind) if kind else next(iter(reader.inner(node)), None)
        path = tuple(re.findall(r"\w+", re.sub(r"<.*", "", reader.text(what), flags=re.DOTALL)))
        taken = arguments(reader, node.child_by_field_name(given))
        filled = node.child_by_field_name("initializer") or next(
            (child for child in node.named_children if child.type == "initializer_expression"), None
        )
        if filled is not None:
            taken = (*taken, Argument(reader.value(filled)))
        return Call(("new", *path), taken, span(node), None, reader.scope)

    return handle


def key_of(reader: Reader, node: Node, names: bool = True) -> tuple[str | None, Span | None]:
    """The key of an entry: written as text or, where ``names`` is set, as a bare word."""
    if node.type.endswith(("identifier", "hash_key_symbol", "label_name")) or node.type == "number":
        return (reader.text(node), span(node)) if names else (None, None)
    value = reader.value(node)
    if isinstance(value, Text):
        return value.value, value.span
    reader.emit(value)
    return None, None


def pair_of(reader: Reader, node: Node, names: bool = True) -> Pair:
    """``key: value``."""
    inner = reader.inner(node)
    key = node.child_by_field_name("key") or (inner[0] if inner else node)
    value = node.child_by_field_name("value") or (inner[-1] if len(inner) > 1 else key)
    word, where = key_of(reader, key, names)
    return Pair(word, where, reader.name_next(word, value), span(node))


def mapping(names: bool = True, kinds: Iterable[str] = ("pair",)) -> Handler:
    """Entries between braces; anything that is not one, such as a spread, has no key."""
    entries = frozenset(kinds)

    def handle(reader: Reader, node: Node) -> Value:
        found: list[Pair] = []
        for child in reader.inner(node):
            if child.type in entries:
                found.append(pair_of(reader, child, names))
            elif child.type.startswith("shorthand"):
                value = Name((reader.text(child),), span(child))
                found.append(Pair(value.last, span(child), value, span(child)))
            else:
                found.append(Pair(None, None, reader.name_next(None, child), span(child)))
        return Mapping(tuple(found), span(node))

    return handle


def assign(left: str = "left", right: str = "right", appending: str = "+= .= <<=") -> Handler:
    """``target = value``; with ``||=`` and the like the value is one of two."""
    signs = frozenset(appending.split())

    def handle(reader: Reader, node: Node) -> Value | None:
        target = node.child_by_field_name(left)
        value = node.child_by_field_name(right)
        if target is None or value is None:
            return None
        operator = node.child_by_field_name("operator")
        return store(
            reader, node, reader.value(target), value, operator is not None and operator.type in signs
        )

    return handle


def store(
    reader: Reader, node: Node, target: Value, value: Node | None, append: bool = False
) -> Value | None:
    """Bind a target to a value; a function put into a name is known by that name."""
    if value is None:
        return None
    before = len(reader.facts.functions)
    word = target.last if isinstance(target, Name) else target.key if isinstance(target, Read) else None
    found = reader.name_next(word, value)
    is_function = isinstance(found, Other) and not found.parts and len(reader.facts.functions) > before
    if is_function and found.span == span(value):
        return None
    return reader.bind(target, found, span(node), append)


def give_back(reader: Reader, node: Node) -> None:
    """``return x``."""
    for child in reader.inner(node)[:1]:
        reader.facts.returns.append(Return(reader.value(child), reader.scope, span(node)))


def parameters(
    reader: Reader, node: Node | None, read: Callable[[Reader, Node], Parameter | None]
) -> Iterable[Parameter]:
    """The parameters of a function, each read by the language."""
    if node is None:
        return
    for child in reader.inner(node):
        found = read(reader, child)
        if found is not None:
            yield found


def parameter(
    named: str = "name", default: str = "default_value"
) -> Callable[[Reader, Node], Parameter | None]:
    """A parameter with its name and default in fields; one that is a pattern is taken apart."""

    def read(reader: Reader, node: Node) -> Parameter | None:
        label = node.child_by_field_name(named)
        value = node.child_by_field_name(default)
        given = None if value is None else reader.value(value)
        return Parameter(reader.text(label or node).lstrip("$&*"), given, span(node))

    return read
