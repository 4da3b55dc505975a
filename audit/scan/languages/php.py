"""PHP."""

from __future__ import annotations

import tree_sitter_php
from tree_sitter import Node

from audit.scan.facts import (
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
    Sequence,
    Span,
    Text,
    Value,
)
from audit.scan.languages import shapes, strings, tree
from audit.scan.languages.literals import Escapes
from audit.scan.languages.tree import Reader, span

_PARAMETER = shapes.parameter()


def _array(reader: Reader, node: Node) -> Value:
    entries = [(child, reader.inner(child)) for child in reader.inner(node)]
    if not any(len(inner) == 2 for _, inner in entries):
        return Sequence(reader.values(child for child, _ in entries), span(node))
    pairs = []
    for child, inner in entries:
        if len(inner) == 2:
            pairs.append(shapes.pair_of(reader, child, names=False))
        else:
            pairs.append(Pair(None, None, reader.value(child), span(child)))
    return Mapping(tuple(pairs), span(node))


def _document(reader: Reader, node: Node) -> Value:
    """A heredoc: the lines between the marks."""
    body = node.child_by_field_name("value")
    if body is None:
        return Other(span(node))
    escapes = Escapes.NONE if node.type == "nowdoc" else Escapes.BACKSLASH
    holes: list[Node] | None = [] if node.type == "nowdoc" else None
    start = body.start_byte
    start += 2 if reader.raw[start : start + 2] == b"\r\n" else reader.raw[start : start + 1] == b"\n"
    return _without_braces(reader, node, strings.pieces(reader, body, (start, body.end_byte), escapes, holes))


def _string(reader: Reader, node: Node) -> Value:
    """A string with holes; the braces around one belong to it."""
    inside = strings.delimiters(reader.raw, node)
    return _without_braces(reader, node, strings.pieces(reader, node, inside, Escapes.BACKSLASH))


def _without_braces(reader: Reader, node: Node, found: Value) -> Value:
    if not isinstance(found, Joined):
        return found
    raw, parts = reader.raw, list(found.parts)
    for index, part in enumerate(parts):
        if isinstance(part, Text):
            continue
        before = parts[index - 1] if index else None
        after = parts[index + 1] if index + 1 < len(parts) else None
        if isinstance(before, Text) and raw[before.span.end - 1 : before.span.end] == b"{":
            parts[index - 1] = _cut(before, before.span.start, before.span.end - 1)
            if isinstance(after, Text) and after.value.startswith("}"):
                parts[index + 1] = _cut(after, after.span.start + 1, after.span.end)
    return (
        strings.join((p for p in parts if not isinstance(p, Text) or p.value), span(node))
        if len(parts) > 1
        else found
    )


def _cut(text: Text, start: int, end: int) -> Text:
    value = text.value[1:] if start > text.span.start else text.value[:-1]
    return Text(value, Span(start, end), text.quoted, text.exact)


def _scoped(reader: Reader, node: Node) -> Value:
    """``self::BASE`` and ``A::$x``."""
    inner = reader.inner(node)
    words = [reader.text(child).lstrip("$\\") for child in inner]
    return Name(tuple(word for word in words if word) or ("",), span(node))


def _function(reader: Reader, node: Node) -> Value:
    named = node.child_by_field_name("name")
    label = reader.text(named) if named is not None else reader.take_name()
    given = node.child_by_field_name("parameters")
    marks = node.child_by_field_name("attributes")
    if marks is not None:
        reader.decorators = tuple(
            shapes.called(
                reader, mark, Name((reader.text(mark.named_children[0]),), span(mark.named_children[0])),
                shapes.arguments(reader, mark.child_by_field_name("parameters")),
            )
            for group in marks.named_children for mark in group.named_children if mark.named_children
        )  # fmt: skip
    return reader.function(
        node, label, lambda: shapes.parameters(reader, given, _PARAMETER), node.child_by_field_name("body")
    )


def _class(reader: Reader, node: Node) -> None:
    reader.owned(reader.text(node.child_by_field_name("name")), node.child_by_field_name("body"))


def _constant(reader: Reader, node: Node) -> None:
    inner = reader.inner(node)
    if len(inner) > 1:
        shapes.store(reader, node, reader.value(inner[0]), inner[-1])


def _property(reader: Reader, node: Node) -> None:
    label = node.child_by_field_name("name")
    if label is not None:
        shapes.store(reader, node, reader.value(label), node.child_by_field_name("default_value"))


def _conditional(reader: Reader, node: Node) -> Value | None:
    body = node.child_by_field_name("body")
    return shapes.choice(*(("body", "alternative") if body is not None else ("condition", "alternative")))(
        reader, node
    )


def _loop(reader: Reader, node: Node) -> None:
    inner = reader.inner(node)
    body = node.child_by_field_name("body")
    if len(inner) > 1:
        target = inner[1]
        names = [target] if target.type != "pair" else target.named_children
        words = tuple(reader.text(child).lstrip("$&") for child in names)
        reader.facts.loops.append(Loop(words, reader.value(inner[0]), reader.scope, span(node)))
    if body is not None:
        reader.emit(reader.visit(body))


def _include(reader: Reader, node: Node) -> Value | None:
    value = shapes.unwrap(reader, node)
    last = value.parts[-1] if isinstance(value, Joined) else value
    if isinstance(last, Text):
        reader.facts.imports.append(Import(last.value.lstrip("/"), {"*": "*"}, span(node)))
        return None
    return value


def _called(reader: Reader, node: Node) -> Value | None:
    """A call; ``define("X", y)`` is a constant."""
    found = _FUNCTION(reader, node)
    if isinstance(found, Call) and found.callee == ("define",) and len(found.arguments) >= 2:
        label = found.arguments[0].value
        if isinstance(label, Text):
            return reader.bind(Name((label.value,), label.span), found.arguments[1].value, span(node))
    return found


def _use(reader: Reader, node: Node) -> None:
    inner = reader.inner(node)
    if inner:
        module = reader.text(inner[0])
        alias = reader.text(node.child_by_field_name("alias")) or module.rsplit("\\", 1)[-1]
        reader.facts.imports.append(Import(module, {alias: "*"}, span(node)))


def _match(reader: Reader, node: Node) -> Value:
    body = node.child_by_field_name("body")
    options = []
    for arm in reader.inner(body) if body is not None else []:
        given = arm.child_by_field_name("return_expression")
        tests = arm.child_by_field_name("conditional_expressions")
        if tests is not None:
            reader.emit(reader.visit(tests))
        if given is not None:
            options.append(reader.value(given))
    return Choice(tuple(options), span(node))


def _new(reader: Reader, node: Node) -> Value:
    inner = reader.inner(node)
    label = reader.text(inner[0]).lstrip("\\") if inner else ""
    given = next((child for child in inner if child.type == "arguments"), None)
    callee = Name(("new", *(label.split("\\") if label.isascii() and len(label) < 200 else ())), span(node))
    return shapes.called(reader, node, callee, shapes.arguments(reader, given))


_CALL = shapes.method("object", "name")
_READ = shapes.member("object", "name")
_FUNCTION = shapes.call()
_TABLE: dict[str, tree.Handler] = {
    "string": strings.quoted(Escapes.SINGLE),
    "encapsed_string": _string,
    "heredoc": _document,
    "nowdoc": _document,
    "text": strings.bare(),
    "text_interpolation": tree.statements,
    "php_tag": tree.skip,
    "variable_name": shapes.name,
    "name": shapes.name,
    "qualified_name": shapes.name,
    "dynamic_variable_name": tree.other,
    "integer": shapes.number,
    "float": shapes.number,
    "member_access_expression": _READ,
    "nullsafe_member_access_expression": _READ,
    "class_constant_access_expression": _scoped,
    "scoped_property_access_expression": _scoped,
    "subscript_expression": shapes.index(None, None),
    "function_call_expression": shapes.unchanged(("strval",), _called),
    "member_call_expression": _CALL,
    "nullsafe_member_call_expression": _CALL,
    "scoped_call_expression": shapes.method("scope", "name"),
    "object_creation_expression": _new,
    "arguments": shapes.sequence,
    "argument": lambda reader, node: shapes.argument(reader, node).value,
    "array_creation_expression": _array,
    "array_element_initializer": shapes.unwrap,
    "list_literal": shapes.sequence,
    "binary_expression": shapes.binary(frozenset({"."}), frozenset({"??", "?:", "||", "or"})),
    "conditional_expression": _conditional,
    "match_expression": _match,
    "parenthesized_expression": shapes.unwrap,
    "cast_expression": shapes.unwrap_field("value"),
    "assignment_expression": shapes.assign(),
    "reference_assignment_expression": shapes.assign(),
    "augmented_assignment_expression": shapes.assign(),
    "expression_statement": shapes.unwrap,
    "echo_statement": tree.statements,
    "function_definition": _function,
    "method_declaration": _function,
    "anonymous_function": _function,
    "arrow_function": _function,
    "class_declaration": _class,
    "trait_declaration": _class,
    "enum_declaration": _class,
    "interface_declaration": _class,
    "const_element": _constant,
    "property_element": _property,
    "return_statement": shapes.give_back,
    "foreach_statement": _loop,
    "require_once_expression": _include,
    "require_expression": _include,
    "include_expression": _include,
    "include_once_expression": _include,
    "namespace_use_clause": _use,
    "namespace_definition": tree.skip,
    "global_declaration": tree.skip,
    "case_statement": tree.statements,
    "default_statement": tree.statements,
}


_GRAMMAR = tree.grammar("php", tree_sitter_php.language_php(), _TABLE, ("comment",), ("compound_statement",))


def read(raw: bytes) -> Facts:
    """Read a file."""
    return tree.parse(_GRAMMAR, raw)
