"""Dart: a chain is one value followed by its selectors, side by side."""

from __future__ import annotations

from collections.abc import Iterable

import tree_sitter_dart
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
    Read,
    Sequence,
    Span,
    Text,
    Value,
)
from audit.scan.languages import dart_strings, shapes, strings, tree
from audit.scan.languages.tree import Reader, span

_SELECTORS = frozenset(
    {
        "selector",
        "unconditional_assignable_selector",
        "conditional_assignable_selector",
        "argument_part",
        "cascade_section",
    }
)
_NOTHING = frozenset(
    {
        *(
            "const_builtin",
            "final_builtin",
            "inferred_type",
            "type_identifier",
            "type_arguments",
            "void_type",
        ),
        *(
            "label",
            "break_builtin",
            "case_builtin",
            "additive_operator",
            "multiplicative_operator",
            "type_cast",
        ),
        *("as_operator", "equality_operator", "relational_operator", "logical_or_operator", "nullable_type"),
    }
)


def _fold(reader: Reader, nodes: Iterable[Node]) -> list[Value]:
    """Read values with the selectors that follow each."""
    found: list[Value] = []
    for child in nodes:
        if child.type in _SELECTORS and found:
            found[-1] = _select(reader, found[-1], child)
        elif child.type not in _NOTHING and reader.counts(child):
            value = reader.visit(child)
            if value is not None:
                found.append(value)
    return found


def _select(reader: Reader, base: Value, node: Node) -> Value:
    """Take the steps of one selector: ``.a``, ``["a"]``, ``(x)``, ``!``."""
    whole = Span(tree.value_span(base).start, node.end_byte)
    if node.type == "cascade_section":
        return _cascade(reader, base, node)
    for child in reader.inner(node):
        if child.type in _SELECTORS:
            base = _select(reader, base, child)
        elif child.type == "index_selector":
            at = _fold(reader, child.named_children)
            base = shapes.entry(reader, child, base, at[0] if at else None)
        elif child.type == "arguments":
            given = _arguments(reader, child)
            called = shapes.called(reader, node, base, given)
            if isinstance(called, Call):
                called = Call(called.callee, called.arguments, whole, called.receiver, called.scope)
            base = called
        elif child.type == "identifier":
            base = _step(reader, base, child)
    return base


def _step(reader: Reader, base: Value, link: Node) -> Value:
    whole = Span(tree.value_span(base).start, link.end_byte)
    if isinstance(base, Name):
        return Name((*base.path, reader.text(link)), whole)
    return Read(base, reader.text(link), span(link), whole)


def _cascade(reader: Reader, base: Value, node: Node) -> Value:
    """``x..a = 1..b()``: each is said of x, which stays the value."""
    inner = reader.inner(node)
    target: Value = base
    rest: list[Node] = []
    for child in inner:
        if child.type == "cascade_selector":
            for one in child.named_children:
                target = _step(reader, target, one) if one.type == "identifier" else target
        elif child.type in _SELECTORS:
            target = _select(reader, target, child)
        else:
            rest.append(child)
    values = _fold(reader, rest)
    if values:
        reader.bind(target, values[0], span(node))
    else:
        reader.emit(target)
    return base


def _one(reader: Reader, node: Node) -> Value | None:
    """A node around one value, or several."""
    values = _fold(reader, node.named_children)
    if not values:
        return None
    return values[0] if len(values) == 1 else Other(span(node), tuple(values))


def _each(reader: Reader, node: Node) -> None:
    for value in _fold(reader, node.named_children):
        reader.emit(value)


def _argument(reader: Reader, node: Node) -> Value:
    return _one(reader, node) or Other(span(node))


def _arguments(reader: Reader, node: Node) -> tuple[Argument, ...]:
    found = []
    for child in reader.inner(node):
        label = next((one for one in child.named_children if one.type == "label"), None)
        value = _argument(reader, child)
        named = label.named_children[0] if label is not None and label.named_children else None
        found.append(Argument(value) if named is None else Argument(value, reader.text(named), span(named)))
    return tuple(found)


def _defined(reader: Reader, node: Node) -> None:
    """``name = value`` with the selectors of the value beside it."""
    inner = [child for child in reader.inner(node) if child.type not in _NOTHING]
    label = node.child_by_field_name("name") or (inner[0] if inner else None)
    if label is None or label.type != "identifier":
        _each(reader, node)
        return
    reader.named = reader.text(label)
    values = _fold(reader, [child for child in inner if child.start_byte >= label.end_byte])
    reader.named = None
    if values and not (isinstance(values[0], Other) and not values[0].parts):
        reader.bind(Name((reader.text(label),), span(label)), values[0], span(node))


def _assigned(reader: Reader, node: Node) -> Value | None:
    left, operator = node.child_by_field_name("left"), node.child_by_field_name("operator")
    if left is None or operator is None:
        return _one(reader, node)
    target = _one(reader, left)
    values = _fold(reader, [child for child in node.named_children if child.start_byte >= operator.end_byte])
    if target is None or not values:
        return None
    return reader.bind(target, values[0], span(node), reader.text(operator) == "+=")


def _sum(reader: Reader, node: Node) -> Value:
    return strings.join(_fold(reader, node.named_children), span(node))


def _choice(reader: Reader, node: Node) -> Value:
    values = _fold(reader, node.named_children)
    if node.type == "conditional_expression" and len(values) > 2:
        reader.emit(values[0])
        values = values[1:]
    return Choice(tuple(values), span(node))


def _pair(reader: Reader, node: Node) -> Pair:
    key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
    start = value.start_byte if value is not None else node.end_byte
    words = _fold(reader, [key]) if key is not None else []
    values = _fold(reader, [child for child in node.named_children if child.start_byte >= start])
    first = words[0] if words else None
    word, where = (first.value, first.span) if isinstance(first, Text) else (None, None)
    return Pair(word, where, values[0] if values else Other(span(node)), span(node))


def _braces(reader: Reader, node: Node) -> Value:
    inner = [child for child in reader.inner(node) if child.type not in _NOTHING]
    if not any(child.type == "pair" for child in inner):
        return Sequence(tuple(_fold(reader, inner)), span(node))
    pairs = []
    for child in inner:
        if child.type == "pair":
            pairs.append(_pair(reader, child))
        else:
            pairs.append(Pair(None, None, _one(reader, child) or Other(span(child)), span(child)))
    return Mapping(tuple(pairs), span(node))


def _list(reader: Reader, node: Node) -> Value:
    return Sequence(tuple(_fold(reader, node.named_children)), span(node))


def _new(reader: Reader, node: Node) -> Value:
    inner = reader.inner(node)
    path = tuple(reader.text(child) for child in inner if child.type in {"type_identifier", "identifier"})
    given = next((child for child in inner if child.type == "arguments"), None)
    taken = _arguments(reader, given) if given is not None else ()
    return Call(("new", *path), taken, span(node), None, reader.scope)


def _return(reader: Reader, node: Node) -> None:
    for value in _fold(reader, node.named_children)[:1]:
        reader.give_back(value, node)


def _parameters(reader: Reader, node: Node | None) -> list[Parameter]:
    found: list[Parameter] = []
    for child in reader.inner(node) if node is not None else []:
        if child.type in {"optional_formal_parameters", "named_formal_parameters"}:
            found += _parameters(reader, child)
        elif child.type == "formal_parameter":
            names = [one for one in child.named_children if one.type in {"identifier", "constructor_param"}]
            label = reader.text(names[-1] if names else child).removeprefix("this.")
            found.append(Parameter(label, None, span(child)))
        elif found:
            value = _fold(reader, [child])
            last = found[-1]
            found[-1] = Parameter(last.name, value[0] if value else None, last.span)
    return found


def _sequence(reader: Reader, node: Node) -> None:
    """Members side by side: a signature, and the body after it."""
    waiting: Node | None = None
    for child in reader.inner(node):
        if child.type in {"method_signature", "function_signature", "getter_signature", "setter_signature"}:
            waiting = child
        elif child.type == "function_body":
            _function(reader, waiting or child, child)
            waiting = None
        elif (
            child.type in {"annotation", "static_final_declaration_list", "initialized_identifier_list"}
            or child.type not in _NOTHING
        ):
            reader.emit(reader.visit(child))


def _function(reader: Reader, signature: Node, body: Node | None) -> Value:
    while signature.type == "method_signature" and signature.named_children:
        signature = signature.named_children[0]
    label = reader.text(signature.child_by_field_name("name")) or reader.take_name()
    given = signature.child_by_field_name("parameters") or next(
        (child for child in signature.named_children if child.type == "formal_parameter_list"), None
    )
    found = reader.function(body or signature, label, lambda: _parameters(reader, given), None)
    outer, reader.scope = reader.scope, reader.last_scope
    owner, reader.owner = reader.owner, None
    for child in reader.inner(body) if body is not None else []:
        if child.type == "block":
            reader.visit(child)
    if body is not None and not any(child.type == "block" for child in body.named_children):
        for value in _fold(reader, body.named_children)[:1]:
            reader.give_back(value, body)
    reader.scope, reader.owner = outer, owner
    return found


def _closure(reader: Reader, node: Node) -> Value:
    return _function(reader, node, node.child_by_field_name("body"))


def _local(reader: Reader, node: Node) -> None:
    for child in node.named_children:
        parts = child.child_by_field_name("parameters"), child.child_by_field_name("body")
        if parts[0] is not None:
            _function(reader, parts[0], parts[1])


def _class(reader: Reader, node: Node) -> None:
    reader.owned(reader.text(node.child_by_field_name("name")), node.child_by_field_name("body"))


def _constructor(reader: Reader, node: Node) -> None:
    names = node.children_by_field_name("name")
    label = "".join(reader.text(child) for child in names)
    given = node.child_by_field_name("parameters")
    reader.function(node, label, lambda: _parameters(reader, given), None)


def _loop(reader: Reader, node: Node) -> None:
    value = node.child_by_field_name("value")
    label = reader.text(node.child_by_field_name("name"))
    if value is None:
        _each(reader, node)
        return
    values = _fold(reader, [child for child in node.named_children if child.start_byte >= value.start_byte])
    reader.facts.loops.append(
        Loop((label,), values[0] if values else Other(span(node)), reader.scope, span(node))
    )


def _import(reader: Reader, node: Node) -> None:
    uri = node.named_children[0] if node.named_children else None
    module = reader.text(uri).strip("'\"")
    alias = next((reader.text(child) for child in node.named_children if child.type == "identifier"), "*")
    reader.facts.imports.append(Import(module, {alias: "*"}, span(node)))


def _switch(reader: Reader, node: Node) -> Value:
    arms = [
        _fold(reader, child.named_children)
        for child in node.named_children
        if child.type == "switch_expression_case"
    ]
    return Choice(tuple(values[-1] for values in arms if values), span(node))


_TABLE: dict[str, tree.Handler] = {
    "string_literal": dart_strings.string,
    "template_substitution": _one,
    "identifier_dollar_escaped": shapes.name,
    "identifier": shapes.name,
    "this": shapes.name,
    "decimal_integer_literal": shapes.number,
    "decimal_floating_point_literal": shapes.number,
    "argument": _argument,
    "named_argument": _argument,
    "set_or_map_literal": _braces,
    "list_literal": _list,
    "spread_element": _one,
    "additive_expression": _sum,
    "conditional_expression": _choice,
    "if_null_expression": _choice,
    "switch_expression": _switch,
    "parenthesized_expression": _one,
    "await_expression": _one,
    "unary_expression": _one,
    "type_cast_expression": _one,
    "assignable_expression": _one,
    "expression_statement": _one,
    "new_expression": _new,
    "const_object_expression": _new,
    "initialized_variable_definition": _defined,
    "initialized_identifier": _defined,
    "static_final_declaration": _defined,
    "field_initializer": _defined,
    "assignment_expression": _assigned,
    "return_statement": _return,
    "function_expression": _closure,
    "local_function_declaration": _local,
    "program": _sequence,
    "class_body": _sequence,
    "extension_body": _sequence,
    "class_definition": _class,
    "mixin_declaration": _class,
    "extension_declaration": _class,
    "constructor_signature": _constructor,
    "constant_constructor_signature": _constructor,
    "for_loop_parts": _loop,
    "import_specification": _import,
    "function_expression_body": _one,
    "formal_parameter_list": tree.skip,
    "type_arguments": tree.skip,
    **dict.fromkeys(_NOTHING, tree.skip),
}

_GRAMMAR = tree.grammar(
    "dart",
    tree_sitter_dart.language(),
    _TABLE,
    ("comment", "documentation_comment"),
    ("block", "function_body"),
)


def read(raw: bytes) -> Facts:
    """Read a file."""
    return tree.parse(_GRAMMAR, raw)
