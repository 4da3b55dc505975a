"""Go."""

from __future__ import annotations

from collections.abc import Iterable

import tree_sitter_go
from tree_sitter import Node

from audit.scan.facts import (
    Argument,
    Call,
    Facts,
    Import,
    Loop,
    Mapping,
    Other,
    Pair,
    Parameter,
    Sequence,
    Text,
    Value,
)
from audit.scan.languages import shapes, strings, tree
from audit.scan.languages.literals import Escapes
from audit.scan.languages.tree import Reader, span


def _composite(reader: Reader, node: Node) -> Value:
    """``map[string]string{...}``, ``Config{...}``, ``[]string{...}``."""
    body = node.child_by_field_name("body")
    kind = node.child_by_field_name("type")
    if body is None:
        return Other(span(node))
    return _braces(reader, body, names=kind is None or kind.type != "map_type")


def _braces(reader: Reader, body: Node, names: bool = True) -> Value:
    inner = reader.inner(body)
    if not any(child.type == "keyed_element" for child in inner):
        return Sequence(reader.values(inner), span(body))
    pairs = []
    for child in inner:
        key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
        if key is None or value is None:
            continue
        bare = reader.inner(key)
        word, where = shapes.key_of(reader, bare[0] if bare else key, names)
        pairs.append(Pair(word, where, reader.value(value), span(child)))
    return Mapping(tuple(pairs), span(body))


def _assign(reader: Reader, node: Node) -> Value | None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return None
    operator = node.child_by_field_name("operator")
    values = reader.inner(right)
    append = operator is not None and operator.type == "+="
    names = reader.inner(left)
    if len(names) > 1 and len(values) == 1:  # the value, and whether that went well
        return shapes.store(reader, node, reader.value(names[0]), values[0])
    return shapes.store(reader, node, reader.value(left), values[0] if len(values) == 1 else right, append)


def _declared(reader: Reader, node: Node) -> None:
    right = node.child_by_field_name("value")
    names = [reader.value(child) for child in node.children_by_field_name("name") if child.is_named]
    if right is None or not names:
        return
    target = names[0] if len(names) == 1 else Sequence(tuple(names), span(node))
    values = reader.inner(right)
    shapes.store(reader, node, target, values[0] if len(values) == 1 else right)


def _parameters(reader: Reader, node: Node | None) -> Iterable[Parameter]:
    for child in reader.inner(node) if node is not None else []:
        for label in child.children_by_field_name("name"):
            if label.is_named:
                yield Parameter(reader.text(label), None, span(child))


def _function(reader: Reader, node: Node) -> Value:
    named = node.child_by_field_name("name")
    label = reader.text(named) if named is not None else reader.take_name()
    receiver = node.child_by_field_name("receiver")
    outer = reader.owner
    if receiver is not None and receiver.named_children:
        reader.owner = reader.text(receiver.named_children[0].child_by_field_name("type")).lstrip("*")
    given = node.child_by_field_name("parameters")
    found = reader.function(node, label, lambda: _parameters(reader, given), node.child_by_field_name("body"))
    reader.owner = outer
    return found


def _return(reader: Reader, node: Node) -> None:
    for child in reader.inner(node)[:1]:
        for inner in reader.inner(child):
            reader.give_back(reader.visit(inner), node)


def _import(reader: Reader, node: Node) -> None:
    path = reader.field(node, "path")
    if isinstance(path, Text):
        alias = reader.text(node.child_by_field_name("name")) or path.value.rsplit("/", 1)[-1]
        reader.facts.imports.append(Import(path.value, {alias: "*"}, span(node)))


def _for(reader: Reader, node: Node) -> None:
    for child in reader.inner(node):
        if child.type == "range_clause":
            left = child.child_by_field_name("left")
            names = tuple(reader.text(one) for one in reader.inner(left)) if left is not None else ()
            values = reader.field(child, "right")
            reader.facts.loops.append(Loop(names, values, reader.scope, span(node)))
        else:
            reader.emit(reader.visit(child))


def _conversion(reader: Reader, node: Node) -> Value:
    """``[]byte("x")`` is the text itself."""
    return reader.field(node, "operand")


def _make(reader: Reader, node: Node) -> Value | None:
    """``string(x)`` is x."""
    found = _CALL(reader, node)
    if isinstance(found, Call) and found.callee == ("string",) and len(found.arguments) == 1:
        first: Argument = found.arguments[0]
        return first.value
    return found


_CALL = shapes.call()
_UNARY = shapes.unwrap_field("operand")

_TABLE: dict[str, tree.Handler] = {
    "interpreted_string_literal": strings.quoted(),
    "raw_string_literal": strings.quoted(Escapes.NONE),
    "identifier": shapes.name,
    "field_identifier": shapes.name,
    "package_identifier": shapes.name,
    "int_literal": shapes.number,
    "float_literal": shapes.number,
    "selector_expression": shapes.member("operand", "field"),
    "index_expression": shapes.index("operand", "index"),
    "call_expression": _make,
    "argument_list": shapes.sequence,
    "expression_list": shapes.one_or_sequence,
    "composite_literal": _composite,
    "literal_value": _braces,
    "literal_element": shapes.unwrap,
    "binary_expression": shapes.binary(either=frozenset()),
    "unary_expression": _UNARY,
    "parenthesized_expression": shapes.unwrap,
    "type_assertion_expression": _UNARY,
    "type_conversion_expression": _conversion,
    "assignment_statement": _assign,
    "short_var_declaration": _assign,
    "const_spec": _declared,
    "var_spec": _declared,
    "function_declaration": _function,
    "method_declaration": _function,
    "func_literal": _function,
    "return_statement": _return,
    "import_spec": _import,
    "for_statement": _for,
    "expression_case": tree.statements,
    "default_case": tree.statements,
    "communication_case": tree.statements,
    "type_declaration": tree.skip,
    "package_clause": tree.skip,
    "slice_type": tree.skip,
    "map_type": tree.skip,
    "type_identifier": tree.skip,
}

_GRAMMAR = tree.grammar("go", tree_sitter_go.language(), _TABLE, ("comment",), ("block",))


def read(raw: bytes) -> Facts:
    """Read a file."""
    return tree.parse(_GRAMMAR, raw)
