"""Kotlin."""

from __future__ import annotations

import re
from collections.abc import Iterable

import tree_sitter_kotlin
from tree_sitter import Node

from audit.scan.facts import (
    Argument,
    Call,
    Choice,
    Facts,
    Import,
    Joined,
    Loop,
    Mapping,
    Name,
    Other,
    Pair,
    Parameter,
    Sequence,
    Span,
    Text,
    Value,
)
from audit.scan.languages import shapes, strings, tree
from audit.scan.languages.literals import Escapes, piece
from audit.scan.languages.tree import Reader, span

_SIMPLE = re.compile(rb"(?<!\\)\$([A-Za-z_]\w*)")
_PARAMETERS = frozenset({"parameter", "variable_declaration", "class_parameter", "parameter_modifiers"})
_MAPS = frozenset({"mapOf", "mutableMapOf", "hashMapOf", "linkedMapOf", "sortedMapOf"})


def _string(reader: Reader, node: Node) -> Value:
    """A string; the grammar does not see every ``$name``."""
    escapes = Escapes.NONE if node.type.startswith("multiline") else Escapes.BACKSLASH
    found = strings.pieces(reader, node, strings.delimiters(reader.raw, node), escapes)
    parts: list[Value] = []
    for part in found.parts if isinstance(found, Joined) else (found,):
        if not isinstance(part, Text):
            parts.append(part)
            continue
        at = part.span.start
        for match in _SIMPLE.finditer(reader.raw, at, part.span.end):
            if match.start() > at:
                parts.append(piece(reader.raw, at, match.start(), part.quoted, escapes))
            parts.append(Name((match[1].decode(),), Span(*match.span())))
            at = match.end()
        if at < part.span.end:
            parts.append(piece(reader.raw, at, part.span.end, part.quoted, escapes))
    if all(isinstance(part, Text) for part in parts):
        return found
    return Joined(tuple(parts), span(node))


def _navigation(reader: Reader, node: Node) -> Value:
    inner = reader.inner(node)
    if len(inner) < 2:
        return shapes.unwrap(reader, node) or Other(span(node))
    return shapes.step(reader, node, reader.value(inner[0]), inner[-1])


def _call(reader: Reader, node: Node) -> Value:
    """``f(x) { … }``: a block after the call is one more argument."""
    inner = reader.inner(node)
    if not inner:
        return Other(span(node))
    given: list[Argument] = []
    block: list[Argument] = []
    callee = reader.value(inner[0])
    for child in inner[1:]:
        if child.type == "value_arguments":
            given += shapes.arguments(reader, child)
        elif child.type == "annotated_lambda":
            block.append(Argument(reader.value(child)))
    if isinstance(callee, Call) and not any(child.type == "value_arguments" for child in inner[1:]):
        return Call(callee.callee, (*callee.arguments, *block), span(node), callee.receiver, callee.scope)
    if isinstance(callee, Name) and callee.last in _MAPS and len(callee.path) == 1:
        return Mapping(tuple(pair for argument in given for pair in _pairs(argument.value)), span(node))
    return shapes.called(reader, node, callee, (*given, *block))


def _pairs(value: Value) -> Iterable[Pair]:
    return value.pairs if isinstance(value, Mapping) else (Pair(None, None, value, tree.value_span(value)),)


def _infix(reader: Reader, node: Node) -> Value:
    """``"a" to b`` is an entry."""
    inner = reader.inner(node)
    if len(inner) == 3 and reader.text(inner[1]) == "to":
        key, value = reader.value(inner[0]), reader.value(inner[2])
        word, where = (key.value, key.span) if isinstance(key, Text) else (None, None)
        return Mapping((Pair(word, where, value, span(node)),), span(node))
    return Other(span(node), reader.values(inner))


def _property(reader: Reader, node: Node) -> None:
    target: Value | None = None
    for child in reader.inner(node):
        if child.type in {"variable_declaration", "multi_variable_declaration"}:
            target = reader.value(child)
        elif child.type == "getter":
            body = child.named_children[-1] if child.named_children else None
            label = target.last if isinstance(target, Name) else ""
            reader.function(child, label, lambda: (), _body(body))
        elif child.type == "property_delegate":
            reader.statements(child)
        elif child.type not in {"modifiers", "user_type", "setter"} and target is not None:
            shapes.store(reader, node, target, child)


def _body(node: Node | None) -> Node | None:
    """Return the block or expression of a function."""
    if node is not None and node.type == "function_body" and node.named_children:
        return node.named_children[0]
    return node


def _parameters(reader: Reader, node: Node | None) -> Iterable[Parameter]:
    inner = reader.inner(node) if node is not None else []
    for index, child in enumerate(inner):
        if child.type not in {"parameter", "class_parameter", "variable_declaration"}:
            continue
        names = [one for one in child.named_children if one.type == "identifier"]
        following = inner[index + 1] if index + 1 < len(inner) else None
        default = None
        if following is not None and following.type not in _PARAMETERS:
            default = reader.value(following)
        elif child.type == "class_parameter" and len(reader.inner(child)) > 2:
            last = reader.inner(child)[-1]
            default = None if last.type.endswith("_type") else reader.value(last)
        yield Parameter(reader.text(names[0] if names else child), default, span(child))


def _marks(reader: Reader, node: Node) -> tuple[Value, ...]:
    return tuple(
        value
        for child in node.named_children
        if child.type == "modifiers"
        for mark in child.named_children
        if mark.type == "annotation" and (value := shapes.unwrap(reader, mark)) is not None
    )


def _constructed(reader: Reader, node: Node) -> Value:
    inner = reader.inner(node)
    label = reader.text(inner[0]) if inner else ""
    given = next((child for child in inner if child.type == "value_arguments"), None)
    return shapes.called(reader, node, Name((label,), span(node)), shapes.arguments(reader, given))


def _function(reader: Reader, node: Node) -> Value:
    named = node.child_by_field_name("name")
    label = reader.text(named) if named is not None else reader.take_name()
    given = next((c for c in node.named_children if c.type == "function_value_parameters"), None)
    body = next((c for c in node.named_children if c.type == "function_body"), None)
    reader.decorators = _marks(reader, node)
    return reader.function(node, label, lambda: _parameters(reader, given), _body(body))


def _lambda(reader: Reader, node: Node) -> Value:
    given = next((c for c in node.named_children if c.type == "lambda_parameters"), None)
    label, inner = reader.take_name(), [child for child in reader.inner(node) if child != given]
    found = reader.function(node, label, lambda: _parameters(reader, given), None)
    outer, reader.scope = reader.scope, reader.last_scope
    for child in inner[:-1]:
        reader.emit(reader.visit(child))
    for child in inner[-1:]:
        reader.give_back(reader.visit(child), child)
    reader.scope = outer
    return found


def _class(reader: Reader, node: Node) -> None:
    for mark in _marks(reader, node):
        reader.emit(mark)
    label = reader.text(node.child_by_field_name("name"))
    for child in node.named_children:
        if child.type == "primary_constructor":
            given = child.named_children[0] if child.named_children else None
            outer, reader.owner = reader.owner, label
            reader.function(child, "constructor", lambda given=given: _parameters(reader, given), None)  # type: ignore[misc]
            reader.owner = outer
        elif child.type == "delegation_specifiers":
            reader.statements(child)
        elif child.type in {"class_body", "enum_class_body"}:
            reader.owned(label, child)


def _import(reader: Reader, node: Node) -> None:
    inner = reader.inner(node)
    if not inner:
        return
    module = reader.text(inner[0])
    owner, _, last = module.rpartition(".")
    here = reader.text(inner[1]) if len(inner) > 1 else last
    reader.facts.imports.append(Import(owner, {here: last}, span(node)))


def _choice(reader: Reader, node: Node) -> Value:
    """``if`` and ``when``: the last value of each branch; conditions are recorded for themselves."""
    options: list[Value] = []
    for child in reader.inner(node):
        if child == node.child_by_field_name("condition") or child.type == "when_subject":
            reader.emit(reader.visit(child))
            continue
        inner = (
            reader.inner(child)
            if child.type in {"when_entry", "block", "control_structure_body"}
            else [child]
        )
        for one in inner[:-1]:
            reader.emit(reader.visit(one))
        last = inner[-1] if inner else None
        if last is not None and last.type == "block":
            reader.statements(last)
        elif last is not None and (value := reader.visit(last)) is not None:
            options.append(value)
    return Choice(tuple(options), span(node))


def _loop(reader: Reader, node: Node) -> None:
    inner = reader.inner(node)
    if len(inner) > 1:
        target = reader.value(inner[0])
        items = target.items if isinstance(target, Sequence) else (target,)
        names = tuple(item.last for item in items if isinstance(item, Name))
        reader.facts.loops.append(Loop(names, reader.value(inner[1]), reader.scope, span(node)))
    for child in inner[2:]:
        reader.emit(reader.visit(child))


_TABLE: dict[str, tree.Handler] = {
    "string_literal": _string,
    "multiline_string_literal": _string,
    "interpolation": shapes.unwrap,
    "identifier": shapes.name,
    "this_expression": shapes.name,
    "super_expression": shapes.name,
    "number_literal": shapes.number,
    "float_literal": shapes.number,
    "navigation_expression": _navigation,
    "index_expression": shapes.index(None, None),
    "call_expression": shapes.unchanged(("toString",), _call),
    "value_argument": lambda reader, node: shapes.argument(reader, node).value,
    "constructor_invocation": _constructed,
    "annotated_lambda": shapes.unwrap,
    "lambda_literal": _lambda,
    "anonymous_function": _function,
    "lambda_parameters": tree.skip,
    "infix_expression": _infix,
    "binary_expression": shapes.binary(either=frozenset({"?:"})),
    "as_expression": shapes.unwrap,
    "unary_expression": shapes.unwrap,
    "parenthesized_expression": shapes.unwrap,
    "collection_literal": shapes.sequence,
    "if_expression": _choice,
    "when_expression": _choice,
    "variable_declaration": shapes.unwrap,
    "multi_variable_declaration": shapes.sequence,
    "property_declaration": _property,
    "assignment": shapes.assign(),
    "function_declaration": _function,
    "class_declaration": _class,
    "object_declaration": _class,
    "companion_object": tree.statements,
    "return_expression": shapes.give_back,
    "for_statement": _loop,
    "import": _import,
    "package_header": tree.skip,
    "user_type": tree.skip,
    "modifiers": tree.skip,
    "type_alias": tree.skip,
    "callable_reference": tree.skip,
    "type_arguments": tree.skip,
}

_GRAMMAR = tree.grammar(
    "kotlin", tree_sitter_kotlin.language(), _TABLE, ("line_comment", "block_comment"), ("block",)
)


def read(raw: bytes) -> Facts:
    """Read a file."""
    return tree.parse(_GRAMMAR, raw)
