"""Java."""

from __future__ import annotations

import tree_sitter_java
from tree_sitter import Node

from audit.scan.facts import (
    Call,
    Choice,
    Facts,
    Import,
    Loop,
    Mapping,
    Name,
    Other,
    Pair,
    Parameter,
    Span,
    Text,
    Value,
)
from audit.scan.languages import shapes, strings, tree
from audit.scan.languages.tree import Reader, span


def _parameter(reader: Reader, node: Node) -> Parameter | None:
    label = node.child_by_field_name("name") or (reader.inner(node) or [node])[-1]
    return Parameter(reader.text(label), None, span(node))


def _function(reader: Reader, node: Node) -> Value:
    named = node.child_by_field_name("name")
    label = reader.text(named) if named is not None else reader.take_name()
    given = node.child_by_field_name("parameters")
    reader.decorators = _marks(reader, node)

    def taken() -> tuple[Parameter, ...]:
        if given is not None and given.type == "identifier":
            return (Parameter(reader.text(given), None, span(given)),)
        return tuple(shapes.parameters(reader, given, _parameter))

    return reader.function(node, label, taken, node.child_by_field_name("body"))


def _marks(reader: Reader, node: Node) -> tuple[Value, ...]:
    return tuple(
        value
        for child in node.named_children
        if child.type == "modifiers"
        for mark in child.named_children
        if (value := reader.visit(mark)) is not None
    )


def _class(reader: Reader, node: Node) -> None:
    for mark in _marks(reader, node):
        reader.emit(mark)
    reader.owned(reader.text(node.child_by_field_name("name")), node.child_by_field_name("body"))


def _constant(reader: Reader, node: Node) -> Value:
    label = Name((reader.text(node.child_by_field_name("name")),), span(node))
    return shapes.called(reader, node, label, shapes.arguments(reader, node.child_by_field_name("arguments")))


def _import(reader: Reader, node: Node) -> None:
    inner = reader.inner(node)
    if inner:
        module = reader.text(inner[0])
        every = any(child.type == "asterisk" for child in inner)
        owner, _, last = module.rpartition(".")
        found = Import(module, {"*": "*"}, span(node)) if every else Import(owner, {last: last}, span(node))
        reader.facts.imports.append(found)


def _loop(reader: Reader, node: Node) -> None:
    label = reader.text(node.child_by_field_name("name"))
    reader.facts.loops.append(Loop((label,), reader.field(node, "value"), reader.scope, span(node)))
    body = node.child_by_field_name("body")
    if body is not None:
        reader.emit(reader.visit(body))


def _switch(reader: Reader, node: Node) -> Value:
    """Every arm of a switch; blocks are read as statements."""
    body = node.child_by_field_name("body")
    options = []
    for arm in reader.inner(body) if body is not None else []:
        for child in reader.inner(arm):
            value = reader.visit(child)
            if child.type == "expression_statement" and value is not None:
                options.append(value)
            else:
                reader.emit(value)
    return Choice(tuple(options), span(node))


def _called(reader: Reader, node: Node) -> Value:
    """A call; ``Map.of("a", b)`` is a mapping."""
    found = _CALL(reader, node)
    if not isinstance(found, Call) or found.callee not in {("Map", "of"), ("ImmutableMap", "of")}:
        return found if found is not None else Other(span(node))
    given = [argument.value for argument in found.arguments]
    pairs = []
    for key, value in zip(given[::2], given[1::2], strict=False):
        word, where = (key.value, key.span) if isinstance(key, Text) else (None, None)
        pairs.append(Pair(word, where, value, Span(tree.value_span(key).start, tree.value_span(value).end)))
    return Mapping(tuple(pairs), span(node))


_CALL = shapes.method("object", "name")
_TABLE: dict[str, tree.Handler] = {
    "string_literal": strings.quoted(),
    "identifier": shapes.name,
    "this": shapes.name,
    "super": shapes.name,
    "decimal_integer_literal": shapes.number,
    "decimal_floating_point_literal": shapes.number,
    "field_access": shapes.member("object", "field"),
    "scoped_identifier": shapes.member("scope", "name"),
    "array_access": shapes.index("array", "index"),
    "method_invocation": shapes.unchanged(("toString", "String.valueOf"), _called),
    "object_creation_expression": shapes.new(),
    "array_creation_expression": shapes.unwrap_field("value"),
    "array_initializer": shapes.sequence,
    "element_value_array_initializer": shapes.sequence,
    "argument_list": shapes.sequence,
    "binary_expression": shapes.binary(either=frozenset()),
    "ternary_expression": shapes.choice("consequence", "alternative"),
    "switch_expression": _switch,
    "switch_label": tree.other,
    "parenthesized_expression": shapes.unwrap,
    "cast_expression": shapes.unwrap_field("value"),
    "variable_declarator": shapes.assign("name", "value"),
    "assignment_expression": shapes.assign(),
    "method_declaration": _function,
    "constructor_declaration": _function,
    "lambda_expression": _function,
    "class_declaration": _class,
    "interface_declaration": _class,
    "enum_declaration": _class,
    "record_declaration": _class,
    "annotation": shapes.method("none", "name"),
    "marker_annotation": shapes.method("none", "name"),
    "element_value_pair": lambda reader, node: shapes.argument(reader, node).value,
    "enum_constant": _constant,
    "return_statement": shapes.give_back,
    "yield_statement": tree.statements,
    "expression_statement": shapes.unwrap,
    "import_declaration": _import,
    "package_declaration": tree.skip,
    "enhanced_for_statement": _loop,
    "type_arguments": tree.skip,
    "generic_type": tree.skip,
    "type_identifier": tree.skip,
    "method_reference": tree.skip,
}

_GRAMMAR = tree.grammar(
    "java",
    tree_sitter_java.language(),
    _TABLE,
    ("line_comment", "block_comment"),
    ("block", "constructor_body"),
)


def read(raw: bytes) -> Facts:
    """Read a file."""
    return tree.parse(_GRAMMAR, raw)
