"""Ruby."""

from __future__ import annotations

import tree_sitter_ruby
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
    Parameter,
    Text,
    Value,
)
from audit.scan.languages import shapes, strings, tree
from audit.scan.languages.literals import Escapes, piece
from audit.scan.languages.tree import Reader, span

_BODIES = ("body_statement", "block_body", "then", "else", "begin")


def _string(reader: Reader, node: Node) -> Value:
    """A string; between other marks than quotes as they stand."""
    children = node.children
    if len(children) < 2:
        return strings.pieces(reader, node, strings.delimiters(reader.raw, node), Escapes.NONE)
    opening = reader.raw[children[0].start_byte : children[0].end_byte]
    escapes = Escapes.SINGLE if opening == b"'" or opening.startswith(b"%q") else Escapes.BACKSLASH
    return strings.pieces(reader, node, (children[0].end_byte, children[-1].start_byte), escapes)


def _heredoc(reader: Reader, node: Node) -> None:
    """The text of ``<<~X`` stands after its line; it goes to the value that waits for it."""
    holes = [child for child in node.named_children if child.type == "interpolation"]
    ending = [child for child in node.children if child.type == "heredoc_end"]
    end = ending[-1].start_byte if ending else node.end_byte
    start = node.start_byte + (reader.raw[node.start_byte : node.start_byte + 1] == b"\n")
    reader.emit(strings.pieces(reader, node, (start, end), Escapes.BACKSLASH, holes))


def _variable(reader: Reader, node: Node) -> Value:
    """``@a`` is a property of the object."""
    word = reader.text(node)
    return Name(("self", word.lstrip("@")) if word.startswith("@") else (word.lstrip("$"),), span(node))


def _symbol(reader: Reader, node: Node) -> Value:
    return piece(reader.raw, node.start_byte + 1, node.end_byte, span(node))


def _call(reader: Reader, node: Node) -> Value:
    receiver = node.child_by_field_name("receiver")
    link = node.child_by_field_name("method")
    given = node.child_by_field_name("arguments")
    block = node.child_by_field_name("block")
    word = reader.text(link)
    if receiver is None and word in {"require", "require_relative", "load"} and given is not None:
        module = reader.value(given.named_children[0]) if given.named_children else None
        if isinstance(module, Text):
            reader.facts.imports.append(Import(module.value, {"*": "*"}, span(node)))
            return Other(span(node))
    base = None if receiver is None else reader.value(receiver)
    if block is not None and word in {"each", "map", "flat_map", "each_with_index"} and base is not None:
        names = block.child_by_field_name("parameters")
        words = tuple(reader.text(child) for child in names.named_children) if names is not None else ()
        reader.facts.loops.append(Loop(words, base, reader.last_scope + 1, span(node)))
    found = shapes.called(
        reader, node, shapes.step(reader, node, base, link), shapes.arguments(reader, given)
    )
    if block is not None:
        fallback = _block(reader, block)
        if fallback is not None and word == "fetch":
            return Choice((found, fallback), span(node))
    if given is None and block is None:
        if word in {"freeze", "to_s", "to_str"} and base is not None:
            return base
        # without arguments a method cannot be told from a property
        if isinstance(found, Call) and receiver is not None and found.receiver is None and base is not None:
            return Name(found.callee, found.span)
        if base is not None and link is not None:
            return Call((word,), (), span(node), base, reader.scope)
    return found


def _block(reader: Reader, node: Node) -> Value | None:
    before = len(reader.facts.returns)
    _function(reader, node)
    returned = reader.facts.returns[before:]
    return returned[-1].value if returned else None


def _parameter(reader: Reader, node: Node) -> Parameter | None:
    label = node.child_by_field_name("name")
    value = node.child_by_field_name("value")
    given = None if value is None else reader.value(value)
    return Parameter(reader.text(label or node).lstrip("*&"), given, span(node))


def _function(reader: Reader, node: Node) -> Value:
    named = node.child_by_field_name("name")
    label = reader.text(named) if named is not None else reader.take_name()
    given = node.child_by_field_name("parameters")
    body = node.child_by_field_name("body")
    if body is not None and body.type in {"block", "do_block"}:
        body = body.child_by_field_name("body")
    return reader.function(node, label, lambda: shapes.parameters(reader, given, _parameter), body)


def _class(reader: Reader, node: Node) -> None:
    reader.owned(reader.text(node.child_by_field_name("name")), node.child_by_field_name("body"))


def _branches(reader: Reader, node: Node) -> Value:
    """``if`` and ``case`` have a value: the last one of each branch."""
    options: list[Value] = []
    stack = list(reversed(reader.inner(node)))
    while stack:
        child = stack.pop()
        if child.type in {"when", "elsif", "in_clause"}:
            stack.extend(reversed(reader.inner(child)))
        elif child.type in {"then", "else"}:
            inner = reader.inner(child)
            for one in inner[:-1]:
                reader.emit(reader.visit(one))
            options += [value for one in inner[-1:] if (value := reader.visit(one)) is not None]
        else:
            reader.emit(reader.visit(child))
    return Choice(tuple(options), span(node))


def _return(reader: Reader, node: Node) -> None:
    for child in reader.inner(node):
        for one in reader.inner(child)[:1]:
            reader.give_back(reader.visit(one), node)


def _binary(reader: Reader, node: Node) -> Value | None:
    operator = node.child_by_field_name("operator")
    if operator is not None and operator.type == "<<":
        target = reader.field(node, "left")
        return reader.bind(target, reader.field(node, "right"), span(node), append=True)
    return _BINARY(reader, node)


def _loop(reader: Reader, node: Node) -> None:
    values = node.child_by_field_name("value")
    items = shapes.unwrap(reader, values) if values is not None else None
    label = reader.text(node.child_by_field_name("pattern"))
    reader.facts.loops.append(Loop((label,), items or Other(span(node)), reader.scope, span(node)))
    body = node.child_by_field_name("body")
    if body is not None:
        reader.emit(reader.visit(body))


_BINARY = shapes.binary(kind="binary")
_TABLE: dict[str, tree.Handler] = {
    "string": _string,
    "bare_string": strings.bare(),
    "simple_symbol": _symbol,
    "chained_string": shapes.glued,
    "string_array": shapes.sequence,
    "interpolation": shapes.unwrap,
    "heredoc_beginning": tree.skip,
    "heredoc_body": _heredoc,
    "subshell": _string,
    "regex": tree.skip,
    "identifier": shapes.name,
    "constant": shapes.name,
    "self": shapes.name,
    "instance_variable": _variable,
    "class_variable": _variable,
    "global_variable": _variable,
    "integer": shapes.number,
    "float": shapes.number,
    "scope_resolution": shapes.member("scope", "name"),
    "element_reference": shapes.index("object", None),
    "call": _call,
    "argument_list": shapes.one_or_sequence,
    "array": shapes.sequence,
    "left_assignment_list": shapes.sequence,
    "right_assignment_list": shapes.sequence,
    "hash": shapes.mapping(),
    "pair": lambda reader, node: Mapping((shapes.pair_of(reader, node),), span(node)),
    "binary": _binary,
    "conditional": shapes.choice("consequence", "alternative"),
    "if": _branches,
    "unless": _branches,
    "case": _branches,
    "parenthesized_statements": shapes.unwrap,
    "assignment": shapes.assign(),
    "operator_assignment": shapes.assign(),
    "method": _function,
    "singleton_method": _function,
    "lambda": _function,
    "block": _function,
    "do_block": _function,
    "class": _class,
    "module": _class,
    "body_statement": tree.statements,
    "return": _return,
    "for": _loop,
    "if_modifier": tree.statements,
    "unless_modifier": tree.statements,
    "superclass": tree.skip,
    "program": tree.statements,
}

_GRAMMAR = tree.grammar("ruby", tree_sitter_ruby.language(), _TABLE, ("comment",), _BODIES, implicit=True)


def read(raw: bytes) -> Facts:
    """Read a file."""
    return tree.parse(_GRAMMAR, raw)
