"""Python."""

from __future__ import annotations

import tree_sitter_python
from tree_sitter import Node

from audit.scan.facts import (
    Argument,
    Call,
    Choice,
    Comment,
    Facts,
    Import,
    Loop,
    Mapping,
    Name,
    Other,
    Pair,
    Parameter,
    Value,
)
from audit.scan.languages import shapes, strings, tree
from audit.scan.languages.literals import Escapes
from audit.scan.languages.tree import Reader, span


def _string(reader: Reader, node: Node) -> Value:
    prefix = reader.text(node.children[0]).rstrip("\"'").lower() if node.children else ""
    raw, filled = "r" in prefix, "f" in prefix
    escapes = (
        (Escapes.BRACES_ONLY if filled else Escapes.NONE)
        if raw
        else (Escapes.BRACES if filled else Escapes.BACKSLASH)
    )
    return strings.pieces(reader, node, strings.delimiters(reader.raw, node), escapes)


def _expression(reader: Reader, node: Node) -> Value | None:
    """A statement that is one expression; a string alone is documentation."""
    inner = reader.inner(node)
    if (
        len(inner) == 1
        and inner[0].type == "string"
        and not any(c.type == "interpolation" for c in inner[0].children)
    ):
        start, end = strings.delimiters(reader.raw, inner[0])
        reader.facts.comments.append(
            Comment(reader.raw[start:end].decode("utf-8", "replace"), span(inner[0]))
        )
        return None
    return shapes.one_or_sequence(reader, node) if inner else None


def _parameter(reader: Reader, node: Node) -> Parameter | None:
    if node.type in {"keyword_separator", "positional_separator"}:
        return None
    default = node.child_by_field_name("value")
    named = node.child_by_field_name("name")
    if named is None and node.type != "identifier":
        named = next(iter(reader.inner(node)), node)
    given = None if default is None else reader.value(default)
    return Parameter(reader.text(named or node).lstrip("*"), given, span(node))


def _function(reader: Reader, node: Node) -> Value:
    named = node.child_by_field_name("name")
    label = reader.text(named) if named is not None else reader.take_name()
    given = node.child_by_field_name("parameters")
    return reader.function(
        node, label, lambda: shapes.parameters(reader, given, _parameter), node.child_by_field_name("body")
    )


def _decorated(reader: Reader, node: Node) -> None:
    found = [shapes.unwrap(reader, child) for child in node.named_children if child.type == "decorator"]
    definition = node.child_by_field_name("definition")
    if definition is None:
        return
    if definition.type == "function_definition":
        reader.decorators = tuple(value for value in found if value is not None)
    else:
        for value in found:
            reader.emit(value)
    reader.emit(reader.visit(definition)) if definition.type != "function_definition" else reader.visit(
        definition
    )


def _class(reader: Reader, node: Node) -> None:
    bases = node.child_by_field_name("superclasses")
    if bases is not None:
        reader.statements(bases)
    reader.owned(reader.text(node.child_by_field_name("name")), node.child_by_field_name("body"))


def _import(reader: Reader, node: Node) -> None:
    module = node.child_by_field_name("module_name")
    names: dict[str, str] = {}
    for child in node.children_by_field_name("name"):
        alias = child.child_by_field_name("alias")
        there = reader.text(child.child_by_field_name("name") if alias is not None else child)
        here = reader.text(alias) if alias is not None else there
        if module is None:
            local = here if alias is not None else here.split(".", maxsplit=1)[0]
            reader.facts.imports.append(Import(there, {local: "*"}, span(node)))
        else:
            names[here] = there
    if module is not None:
        if any(child.type == "wildcard_import" for child in node.children):
            names["*"] = "*"
        reader.facts.imports.append(Import(reader.text(module), names, span(node)))


def _loop(reader: Reader, node: Node) -> None:
    values = reader.field(node, "right")
    reader.facts.loops.append(
        Loop(_names(reader, node.child_by_field_name("left")), values, reader.scope, span(node))
    )
    for field in ("body", "alternative"):
        child = node.child_by_field_name(field)
        if child is not None:
            reader.emit(reader.visit(child))


def _names(reader: Reader, node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    if node.type == "identifier":
        return (reader.text(node),)
    return tuple(reader.text(child) for child in node.named_children if child.type == "identifier")


def _comprehension(reader: Reader, node: Node) -> Value:
    for child in node.named_children:
        if child.type == "for_in_clause":
            _loop(reader, child)
    body = node.child_by_field_name("body")
    rest = [child for child in node.named_children if child.type == "if_clause"]
    held = _copied(reader, node, body)
    if held is not None:
        mixed = (held, *(Other(span(one)) for one in rest))
        return Call(("dict",), tuple(Argument(one) for one in mixed), span(node), scope=reader.scope)
    return Other(span(node), reader.values([*([body] if body is not None else []), *rest]))


def _copied(reader: Reader, node: Node, body: Node | None) -> Value | None:
    """Return the dict whose keys a comprehension keeps: ``{k: v for k, v in given.items() if v}``."""
    loops = [child for child in node.named_children if child.type == "for_in_clause"]
    key = body.child_by_field_name("key") if body is not None and body.type == "pair" else None
    if len(loops) != 1 or key is None:
        return None
    names = _names(reader, loops[0].child_by_field_name("left"))
    whole = reader.field(loops[0], "right")
    if not isinstance(whole, Call) or whole.callee[-1:] != ("items",) or reader.text(key) not in names[:1]:
        return None
    return whole.receiver or Name(whole.callee[:-1], whole.span)


def _conditional(reader: Reader, node: Node) -> Value:
    inner = reader.inner(node)
    if len(inner) == 3:
        reader.emit(reader.visit(inner[1]))
        return Choice(reader.values((inner[0], inner[2])), span(node))
    return Choice(reader.values(inner), span(node))


def _boolean(reader: Reader, node: Node) -> Value | None:
    return shapes.binary(frozenset(), frozenset({"or"}), "boolean_operator")(reader, node)


def _with(reader: Reader, node: Node) -> Value | None:
    """``open(x) as f``: the name stands for the value."""
    inner = reader.inner(node)
    if len(inner) == 2 and inner[1].type == "as_pattern_target":
        target = shapes.unwrap(reader, inner[1])
        value = reader.value(inner[0])
        return reader.bind(target, value, span(node)) if target is not None else value
    return tree.other(reader, node)


def _dictionary(reader: Reader, node: Node) -> Value:
    found = []
    for child in reader.inner(node):
        if child.type == "pair":
            found.append(shapes.pair_of(reader, child, names=False))
        else:
            inside = shapes.unwrap(reader, child) if child.type == "dictionary_splat" else reader.visit(child)
            found.append(Pair(None, None, inside or Other(span(child)), span(child)))
    return Mapping(tuple(found), span(node))


def _self_assign(reader: Reader, node: Node) -> Value | None:
    """A walrus: the value as a name that stands for it."""
    return shapes.assign("name", "value")(reader, node)


_TABLE: dict[str, tree.Handler] = {
    "string": _string,
    "concatenated_string": shapes.glued,
    "interpolation": shapes.unwrap_field("expression"),
    "identifier": shapes.name,
    "integer": shapes.number,
    "float": shapes.number,
    "attribute": shapes.member("object", "attribute"),
    "subscript": shapes.index("value", "subscript"),
    "call": shapes.call(),
    "list": shapes.sequence,
    "tuple": shapes.sequence,
    "set": shapes.sequence,
    "expression_list": shapes.one_or_sequence,
    "pattern_list": shapes.sequence,
    "tuple_pattern": shapes.sequence,
    "list_pattern": shapes.sequence,
    "list_splat": shapes.unwrap,
    "dictionary_splat": shapes.unwrap,
    "dictionary": _dictionary,
    "binary_operator": shapes.binary(kind="binary_operator", either=frozenset()),
    "boolean_operator": _boolean,
    "conditional_expression": _conditional,
    "parenthesized_expression": shapes.unwrap,
    "await": shapes.unwrap,
    "expression_statement": _expression,
    "assignment": shapes.assign(),
    "augmented_assignment": shapes.assign(),
    "named_expression": _self_assign,
    "as_pattern": _with,
    "function_definition": _function,
    "lambda": _function,
    "decorated_definition": _decorated,
    "class_definition": _class,
    "return_statement": shapes.give_back,
    "yield": tree.other,
    "import_statement": _import,
    "import_from_statement": _import,
    "future_import_statement": tree.skip,
    "for_statement": _loop,
    "list_comprehension": _comprehension,
    "set_comprehension": _comprehension,
    "generator_expression": _comprehension,
    "dictionary_comprehension": _comprehension,
    "type": tree.skip,
    "pass_statement": tree.skip,
    "global_statement": tree.skip,
    "nonlocal_statement": tree.skip,
    "pair": lambda reader, node: shapes.pair_of(reader, node, names=False).value,
}

_GRAMMAR = tree.grammar("python", tree_sitter_python.language(), _TABLE, ("comment",), ("block",))


def read(raw: bytes) -> Facts:
    """Read a file."""
    return tree.parse(_GRAMMAR, raw)
