"""Rust."""

from __future__ import annotations

import re

import tree_sitter_rust
from tree_sitter import Node

from audit.scan.facts import (
    Argument,
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
    Sequence,
    Span,
    Value,
)
from audit.scan.languages import shapes, strings, tree
from audit.scan.languages.literals import Escapes
from audit.scan.languages.tree import Reader, span

_SAME = ("to_string", "to_owned", "into", "as_str", "as_ref", "clone", "String.from", "String", "from")
_BLOCKS = ("block",)


def _macro(reader: Reader, node: Node) -> Value:
    """``format!("…", x)``: what stands between the commas are the arguments."""
    label = reader.text(node.child_by_field_name("macro"))
    tokens = next((child for child in node.children if child.type == "token_tree"), None)
    if tokens is None:
        return Other(span(node))
    opening = tokens.children[0].type if tokens.children else ""
    values = _tokens(reader, tokens)
    if label == "vec":
        return Sequence(tuple(argument.value for argument in values), span(node))
    if opening == "{" or any(child.type == "=>" for child in tokens.children):
        return _mapping(reader, tokens)
    return Call(
        (*label.split("::")[:-1], label.split("::")[-1] + "!"), values, span(node), None, reader.scope
    )


def _tokens(reader: Reader, node: Node) -> tuple[Argument, ...]:
    found: list[Argument] = []
    group: list[Node] = []
    for child in (*node.children[1:-1], None):
        if child is not None and child.type != ",":
            group.append(child)
            continue
        if group:
            found.append(_group(reader, group))
        group = []
    return tuple(found)


def _group(reader: Reader, group: list[Node]) -> Argument:
    """One argument of a macro, ``name = x`` included."""
    if len(group) > 2 and group[1].type == "=":
        return Argument(_expression(reader, group[2:]), reader.text(group[0]), span(group[0]))
    return Argument(_expression(reader, group))


def _expression(reader: Reader, group: list[Node]) -> Value:
    """The value of a few tokens: one value, a chain of names, a sum, or all that is in them."""
    where = Span(group[0].start_byte, group[-1].end_byte)
    while group and group[0].type in {"&", "*", "mut"}:
        group = group[1:]
    text = reader.raw[where.start : where.end].decode("utf-8", "replace").lstrip("&*")
    if re.fullmatch(r"[A-Za-z_]\w*(?:(?:\.|::)\w+)*", text):
        return Name(tuple(re.split(r"\.|::", text)), where)
    values = tuple(value for child in group if child.is_named and (value := reader.visit(child)) is not None)
    if len(values) == 1:
        return values[0]
    if any(child.type == "+" for child in group) and all(child.type not in {"(", "."} for child in group):
        return strings.join(values, where)
    return Other(where, values)


def _tree(reader: Reader, node: Node) -> Value:
    """Brackets inside a macro: a mapping, a list, or arguments."""
    opening = node.children[0].type if node.children else ""
    if opening == "{":
        return _mapping(reader, node)
    values = tuple(argument.value for argument in _tokens(reader, node))
    return Sequence(values, span(node)) if opening == "[" else Other(span(node), values)


def _mapping(reader: Reader, node: Node) -> Value:
    pairs: list[Pair] = []
    inner = node.children[1:-1]
    if len(inner) == 1 and inner[0].type == "token_tree" and not any(c.type in {":", "=>"} for c in inner):
        return _tree(reader, inner[0])
    group: list[Node] = []
    for child in (*inner, None):
        if child is not None and child.type != ",":
            group.append(child)
            continue
        if len(group) > 2 and group[1].type in {":", "=>"}:
            word, where = shapes.key_of(reader, group[0])
            value = _expression(reader, group[2:])
            pairs.append(Pair(word, where, value, Span(group[0].start_byte, group[-1].end_byte)))
        elif group:
            value = _expression(reader, group)
            pairs.append(Pair(None, None, value, Span(group[0].start_byte, group[-1].end_byte)))
        group = []
    return Mapping(tuple(pairs), span(node))


def _struct(reader: Reader, node: Node) -> Value:
    """``Config { base: x }``."""
    body = node.child_by_field_name("body")
    pairs = []
    for child in reader.inner(body) if body is not None else []:
        label = child.child_by_field_name("field")
        value = child.child_by_field_name("value")
        if label is not None and value is not None:
            pairs.append(Pair(reader.text(label), span(label), reader.value(value), span(child)))
        elif child.type == "shorthand_field_initializer":
            pairs.append(
                Pair(reader.text(child), span(child), Name((reader.text(child),), span(child)), span(child))
            )
        else:
            pairs.append(Pair(None, None, reader.value(child), span(child)))
    return Mapping(tuple(pairs), span(node))


def _parameter(reader: Reader, node: Node) -> Parameter | None:
    if node.type == "self_parameter":
        return None
    label = node.child_by_field_name("pattern") or node
    return Parameter(reader.text(label), None, span(node))


def _function(reader: Reader, node: Node) -> Value:
    named = node.child_by_field_name("name")
    label = reader.text(named) if named is not None else reader.take_name()
    given = node.child_by_field_name("parameters")
    return reader.function(
        node, label, lambda: shapes.parameters(reader, given, _parameter), node.child_by_field_name("body")
    )


def _items(reader: Reader, node: Node) -> None:
    """Items one after the other; attributes belong to the function after them."""
    waiting: list[Value] = []
    for child in node.named_children:
        if child.type == "attribute_item":
            value = reader.visit(child)
            waiting += [value] if value is not None else []
            continue
        if child.type == "function_item":
            reader.decorators = tuple(waiting)
        else:
            for value in waiting:
                reader.emit(value)
        waiting = []
        reader.emit(reader.visit(child))


def _attribute(reader: Reader, node: Node) -> Value | None:
    mark = node.named_children[0] if node.named_children else None
    if mark is None or not mark.named_children:
        return None
    tokens = mark.child_by_field_name("arguments")
    given = _tokens(reader, tokens) if tokens is not None else ()
    return Call((reader.text(mark.named_children[0]),), given, span(node), None, reader.scope)


def _impl(reader: Reader, node: Node) -> None:
    reader.owned(reader.text(node.child_by_field_name("type")), node.child_by_field_name("body"))


def _last(reader: Reader, node: Node | None) -> Value | None:
    """Return the value of a block: its last expression."""
    if node is None or node.type not in {"block", "else_clause"}:
        return None if node is None else reader.visit(node)
    inner = reader.inner(node)
    for child in inner[:-1]:
        reader.emit(reader.visit(child))
    return _last(reader, inner[-1]) if inner else None


def _if(reader: Reader, node: Node) -> Value:
    condition = node.child_by_field_name("condition")
    if condition is not None:
        reader.emit(reader.visit(condition))
    found = [_last(reader, node.child_by_field_name(field)) for field in ("consequence", "alternative")]
    return Choice(tuple(value for value in found if value is not None), span(node))


def _match(reader: Reader, node: Node) -> Value:
    reader.emit(reader.field(node, "value"))
    body = node.child_by_field_name("body")
    options = []
    for arm in reader.inner(body) if body is not None else []:
        pattern = arm.child_by_field_name("pattern")
        if pattern is not None:
            reader.emit(reader.visit(pattern))
        value = _last(reader, arm.child_by_field_name("value"))
        if value is not None:
            options.append(value)
    return Choice(tuple(options), span(node))


def _loop(reader: Reader, node: Node) -> None:
    target = reader.field(node, "pattern")
    items = target.items if isinstance(target, Sequence) else (target,)
    names = tuple(item.last for item in items if isinstance(item, Name))
    reader.facts.loops.append(Loop(names, reader.field(node, "value"), reader.scope, span(node)))
    body = node.child_by_field_name("body")
    if body is not None:
        reader.statements(body)


def _use(reader: Reader, node: Node) -> None:
    text = reader.text(node.child_by_field_name("argument"))
    prefix, _, listed = text.partition("{")
    for one in (listed.rstrip("} \n") if listed else text).split(","):
        path, _, alias = one.strip().partition(" as ")
        whole = prefix + path if listed else path
        module, _, last = whole.strip().rpartition("::")
        if last:
            reader.facts.imports.append(Import(module, {alias.strip() or last: last}, span(node)))


_CALL = shapes.unchanged(_SAME, shapes.call())
_TABLE: dict[str, tree.Handler] = {
    "string_literal": strings.quoted(),
    "raw_string_literal": strings.quoted(Escapes.NONE),
    "identifier": shapes.name,
    "self": shapes.name,
    "crate": shapes.name,
    "integer_literal": shapes.number,
    "float_literal": shapes.number,
    "field_expression": shapes.member("value", "field"),
    "scoped_identifier": shapes.member("path", "name"),
    "generic_function": shapes.unwrap_field("function"),
    "index_expression": shapes.index(None, None),
    "call_expression": _CALL,
    "macro_invocation": _macro,
    "token_tree": _tree,
    "array_expression": shapes.sequence,
    "tuple_expression": shapes.sequence,
    "tuple_pattern": shapes.sequence,
    "tuple_struct_pattern": lambda reader, node: reader.visit(node.named_children[-1]),
    "struct_expression": _struct,
    "base_field_initializer": shapes.unwrap,
    "binary_expression": shapes.binary(either=frozenset()),
    "reference_expression": shapes.unwrap_field("value"),
    "unary_expression": shapes.unwrap,
    "try_expression": shapes.unwrap,
    "await_expression": shapes.unwrap,
    "parenthesized_expression": shapes.unwrap,
    "type_cast_expression": shapes.unwrap_field("value"),
    "if_expression": _if,
    "match_expression": _match,
    "let_declaration": shapes.assign("pattern", "value"),
    "let_condition": shapes.assign("pattern", "value"),
    "const_item": shapes.assign("name", "value"),
    "static_item": shapes.assign("name", "value"),
    "assignment_expression": shapes.assign(),
    "compound_assignment_expr": shapes.assign(),
    "function_item": _function,
    "closure_expression": _function,
    "attribute_item": _attribute,
    "source_file": _items,
    "declaration_list": _items,
    "impl_item": _impl,
    "expression_statement": shapes.unwrap,
    "return_expression": shapes.give_back,
    "for_expression": _loop,
    "use_declaration": _use,
    "mod_item": lambda reader, node: reader.owned(None, node.child_by_field_name("body")),
    "struct_item": tree.skip,
    "type_arguments": tree.skip,
    "type_identifier": tree.skip,
}

_GRAMMAR = tree.grammar(
    "rust", tree_sitter_rust.language(), _TABLE, ("line_comment", "block_comment"), _BLOCKS, implicit=True
)


def read(raw: bytes) -> Facts:
    """Read a file."""
    return tree.parse(_GRAMMAR, raw)
