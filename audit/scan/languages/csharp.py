"""C#."""

from __future__ import annotations

import tree_sitter_c_sharp
from tree_sitter import Node

from audit.scan.facts import (
    Choice,
    Facts,
    Import,
    Loop,
    Mapping,
    Name,
    Other,
    Pair,
    Parameter,
    Sequence,
    Value,
)
from audit.scan.languages import shapes, strings, tree
from audit.scan.languages.literals import Escapes
from audit.scan.languages.tree import Reader, span


def _interpolated(reader: Reader, node: Node) -> Value:
    opening = reader.raw[node.start_byte : node.start_byte + 6].split(b'"', 1)[0]
    escapes = Escapes.DOUBLED_BRACES if b"@" in opening else Escapes.BRACES
    return strings.pieces(reader, node, strings.delimiters(reader.raw, node), escapes)


def _hole(reader: Reader, node: Node) -> Value:
    inner = [child for child in reader.inner(node) if child.type != "interpolation_brace"]
    return reader.value(inner[0]) if inner else Other(span(node))


def _braces(reader: Reader, node: Node) -> Value:
    """``{ ["a"] = b }``, ``{ {"a", b} }``, ``{ Url = x }`` and ``{ a, b }``."""
    inner = reader.inner(node)
    pairs: list[Pair] = []
    for child in inner:
        parts = reader.inner(child)
        if child.type == "assignment_expression" and len(parts) == 2:
            word, where = shapes.key_of(reader, parts[0])
            pairs.append(Pair(word, where, reader.value(parts[1]), span(child)))
        elif child.type == "initializer_expression" and len(parts) == 2:
            word, where = shapes.key_of(reader, parts[0], names=False)
            pairs.append(Pair(word, where, reader.value(parts[1]), span(child)))
        else:
            return Sequence(reader.values(inner), span(node))
    return Mapping(tuple(pairs), span(node)) if pairs else Sequence((), span(node))


def _conditional(reader: Reader, node: Node) -> Value:
    """``a?.b`` and ``a?["b"]``: the same chain as without the question mark."""
    base = reader.field(node, "condition")
    inner = reader.inner(node)
    return _bind(reader, node, base, inner[-1]) if len(inner) > 1 else base


def _bind(reader: Reader, node: Node, base: Value, link: Node) -> Value:
    if link.type == "member_binding_expression":
        named = link.child_by_field_name("name")
        return shapes.step(reader, node, base, _plain(named))
    if link.type == "element_binding_expression":
        inner = reader.inner(link)
        return shapes.entry(reader, node, base, reader.value(inner[0]) if inner else None)
    if link.type == "invocation_expression":
        function = link.child_by_field_name("function")
        callee = base if function is None else _bind(reader, node, base, function)
        return shapes.called(
            reader, node, callee, shapes.arguments(reader, link.child_by_field_name("arguments"))
        )
    return Other(span(node), (base, reader.value(link)))


def _plain(node: Node | None) -> Node | None:
    """Return a name without its type arguments."""
    return (
        node.named_children[0]
        if node is not None and node.type == "generic_name" and node.named_children
        else node
    )


def _member(reader: Reader, node: Node) -> Value:
    base = node.child_by_field_name("expression")
    value = None if base is None else reader.value(base)
    return shapes.step(reader, node, value, _plain(node.child_by_field_name("name")))


def _declarator(reader: Reader, node: Node) -> None:
    label = node.child_by_field_name("name")
    inner = reader.inner(node)
    if label is not None and len(inner) > 1:
        shapes.store(reader, node, Name((reader.text(label),), span(label)), inner[-1])


def _property(reader: Reader, node: Node) -> None:
    label, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if label is None or value is None:
        for child in reader.inner(node):
            if child.type == "accessor_list":
                reader.statements(child)
        return
    if value.type == "arrow_expression_clause":
        reader.function(node, reader.text(label), lambda: (), value)
    else:
        shapes.store(reader, node, Name((reader.text(label),), span(label)), value)


def _parameter(reader: Reader, node: Node) -> Parameter | None:
    label = node.child_by_field_name("name")
    default = None
    for index, child in enumerate(node.children):
        if child.type == "=" and index + 1 < len(node.children):
            default = reader.value(node.children[index + 1])
    return Parameter(reader.text(label or node), default, span(node))


def _function(reader: Reader, node: Node) -> Value:
    named = node.child_by_field_name("name")
    label = reader.text(named) if named is not None else reader.take_name()
    given = node.child_by_field_name("parameters")
    reader.decorators = tuple(
        value for child in node.named_children if child.type == "attribute_list"
        for mark in child.named_children if (value := reader.visit(mark)) is not None
    )  # fmt: skip
    for child in node.named_children:
        if child.type == "constructor_initializer":
            reader.statements(child)

    def taken() -> tuple[Parameter, ...]:
        if given is not None and given.type != "parameter_list":
            return (Parameter(reader.text(given), None, span(given)),)
        return tuple(shapes.parameters(reader, given, _parameter))

    return reader.function(node, label, taken, node.child_by_field_name("body"))


def _attribute(reader: Reader, node: Node) -> Value:
    given = next((child for child in node.named_children if child.type == "attribute_argument_list"), None)
    callee = Name((reader.text(node.child_by_field_name("name")),), span(node))
    return shapes.called(reader, node, callee, shapes.arguments(reader, given))


def _class(reader: Reader, node: Node) -> None:
    for child in node.named_children:
        if child.type == "attribute_list":
            reader.statements(child)
    reader.owned(reader.text(node.child_by_field_name("name")), node.child_by_field_name("body"))


def _using(reader: Reader, node: Node) -> None:
    inner = reader.inner(node)
    if inner:
        module = reader.text(inner[-1])
        alias = reader.text(node.child_by_field_name("name")) or "*"
        reader.facts.imports.append(Import(module, {alias: "*"}, span(node)))


def _loop(reader: Reader, node: Node) -> None:
    left = reader.text(node.child_by_field_name("left"))
    reader.facts.loops.append(Loop((left,), reader.field(node, "right"), reader.scope, span(node)))
    body = node.child_by_field_name("body")
    if body is not None:
        reader.emit(reader.visit(body))


def _switch(reader: Reader, node: Node) -> Value:
    options = []
    for arm in reader.inner(node)[1:]:
        inner = reader.inner(arm)
        for test in inner[:-1]:
            reader.emit(reader.visit(test))
        if inner:
            options.append(reader.value(inner[-1]))
    return Choice(tuple(options), span(node))


def _subscript(reader: Reader, node: Node) -> Value | None:
    return shapes.unwrap(reader, node)


_STRING = strings.quoted()
_TABLE: dict[str, tree.Handler] = {
    "string_literal": _STRING,
    "verbatim_string_literal": strings.quoted(Escapes.DOUBLED),
    "raw_string_literal": strings.quoted(Escapes.NONE),
    "interpolated_string_expression": _interpolated,
    "interpolation": _hole,
    "identifier": shapes.name,
    "this": shapes.name,
    "base": shapes.name,
    "predefined_type": shapes.name,
    "qualified_name": shapes.member("qualifier", "name"),
    "generic_name": shapes.unwrap,
    "integer_literal": shapes.number,
    "real_literal": shapes.number,
    "member_access_expression": _member,
    "conditional_access_expression": _conditional,
    "element_access_expression": shapes.index("expression", "subscript"),
    "bracketed_argument_list": _subscript,
    "element_binding_expression": _subscript,
    "argument": lambda reader, node: shapes.argument(reader, node).value,
    "invocation_expression": shapes.unchanged(("ToString",), shapes.call()),
    "object_creation_expression": shapes.new(),
    "implicit_object_creation_expression": shapes.new(),
    "initializer_expression": _braces,
    "implicit_array_creation_expression": shapes.unwrap,
    "collection_expression": shapes.sequence,
    "collection_element": shapes.unwrap,
    "expression_element": shapes.unwrap,
    "tuple_expression": shapes.sequence,
    "binary_expression": shapes.binary(either=frozenset({"??"})),
    "conditional_expression": shapes.choice("consequence", "alternative"),
    "switch_expression": _switch,
    "parenthesized_expression": shapes.unwrap,
    "cast_expression": shapes.unwrap_field("value"),
    "as_expression": shapes.unwrap,
    "await_expression": shapes.unwrap,
    "postfix_unary_expression": shapes.unwrap,
    "arrow_expression_clause": shapes.unwrap,
    "variable_declarator": _declarator,
    "variable_declaration": tree.statements,
    "assignment_expression": shapes.assign(),
    "property_declaration": _property,
    "method_declaration": _function,
    "constructor_declaration": _function,
    "local_function_statement": _function,
    "lambda_expression": _function,
    "anonymous_method_expression": _function,
    "class_declaration": _class,
    "struct_declaration": _class,
    "record_declaration": _class,
    "interface_declaration": _class,
    "attribute": _attribute,
    "return_statement": shapes.give_back,
    "expression_statement": shapes.unwrap,
    "using_directive": _using,
    "foreach_statement": _loop,
    "type_argument_list": tree.skip,
    "base_list": tree.skip,
}

_GRAMMAR = tree.grammar("csharp", tree_sitter_c_sharp.language(), _TABLE, ("comment",), ("block",))


def read(raw: bytes) -> Facts:
    """Read a file."""
    return tree.parse(_GRAMMAR, raw)
