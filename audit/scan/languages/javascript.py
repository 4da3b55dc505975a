"""JavaScript, JSX included; TypeScript builds on it."""

from __future__ import annotations

import tree_sitter_javascript
from tree_sitter import Node

from audit.scan.facts import (
    Argument,
    Facts,
    Import,
    Loop,
    Mapping,
    Name,
    Other,
    Pair,
    Parameter,
    Sequence,
    Text,
    Value,
)
from audit.scan.languages import shapes, strings, tree
from audit.scan.languages.tree import Reader, span

_CLOSURES = frozenset({"arrow_function", "function_expression", "generator_function"})


def _call(reader: Reader, node: Node) -> Value:
    """A call; ``require("x")`` of a name is an import, a tagged template is a call with the template."""
    given = node.child_by_field_name("arguments")
    callee = reader.field(node, "function")
    if given is not None and given.type == "template_string":
        return shapes.called(reader, node, callee, (Argument(reader.value(given)),))
    return shapes.called(reader, node, callee, shapes.arguments(reader, given))


def _block(reader: Reader, node: Node) -> None:
    """Statements between braces, where what is declared ends with them."""
    outer = reader.block, reader.declared
    reader.block, reader.declared = span(node), None
    reader.statements(node)
    reader.block, reader.declared = outer


def _lexical(reader: Reader, node: Node) -> None:
    """``const`` and ``let``."""
    outer, reader.declared = reader.declared, reader.block
    reader.statements(node)
    reader.declared = outer


def _declarator(reader: Reader, node: Node) -> None:
    target, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if target is None or value is None:
        return
    place = reader.value(target)
    taken = value.child_by_field_name("property") if value.type == "member_expression" else None
    module = _required(reader, value if taken is None else value.named_children[0])
    if module is not None:
        names = {}
        if isinstance(place, Name):
            names = {place.last: "*" if taken is None else reader.text(taken)}
        elif isinstance(place, Mapping):
            names = {p.value.last: p.key or "*" for p in place.pairs if isinstance(p.value, Name)}
        reader.facts.imports.append(Import(module, names, span(node)))
        return
    shapes.store(reader, node, place, value)


def _required(reader: Reader, node: Node) -> str | None:
    """Return the module of ``require("x")`` or ``await import("x")``."""
    if node.type == "await_expression":
        node = node.named_children[0]
    function = node.child_by_field_name("function") if node.type == "call_expression" else None
    given = node.child_by_field_name("arguments")
    if function is None or given is None or reader.text(function) not in {"require", "import"}:
        return None
    first = reader.visit(given.named_children[0]) if given.named_children else None
    return first.value if isinstance(first, Text) else None


def _object_pattern(reader: Reader, node: Node) -> Value:
    """``{a, b: c = 1}`` on the left: from the key to the name it gets; defaults are further values."""
    pairs: list[Pair] = []
    for child in reader.inner(node):
        if child.type == "pair_pattern":
            key = child.child_by_field_name("key")
            target = reader.field(child, "value")
            word, where = shapes.key_of(reader, key) if key is not None else (None, None)
            pairs.append(Pair(word, where, target, span(child)))
        else:
            left = child.child_by_field_name("left") or child
            named = reader.visit(child)
            if isinstance(named, Name):
                key_span = None if child.type == "rest_pattern" else span(left)
                pairs.append(Pair(named.last if key_span else None, key_span, named, span(child)))
    return Mapping(tuple(pairs), span(node))


def _default(reader: Reader, node: Node) -> Value:
    """``a = 1`` in a pattern: the name, and the value as something it may be."""
    target = reader.field(node, "left")
    return reader.bind(target, reader.field(node, "right"), span(node))


def _parameter(reader: Reader, node: Node) -> Parameter | None:
    target = node.child_by_field_name("pattern") or node.child_by_field_name("left") or node
    default = node.child_by_field_name("value") or node.child_by_field_name("right")
    for child in node.named_children:
        if child.type == "decorator":
            reader.emit(reader.visit(child))
    found = reader.value(target)
    value = None if default is None else reader.value(default)
    if not isinstance(found, Name):
        reader.bind(found, Name(("",), span(target)), span(node))
    return Parameter(found.last if isinstance(found, Name) else "", value, span(node))


def _function(reader: Reader, node: Node) -> Value:
    named = node.child_by_field_name("name")
    word = reader.take_name()
    if named is not None:
        key = reader.visit(named) if named.type in {"string", "computed_property_name"} else None
        word = key.value if isinstance(key, Text) else reader.text(named)
    single = node.child_by_field_name("parameter")
    given = node.child_by_field_name("parameters")

    def taken() -> tuple[Parameter, ...]:
        if single is not None:
            return (Parameter(reader.text(single), None, span(single)),)
        return tuple(shapes.parameters(reader, given, _parameter))

    return reader.function(node, word, taken, node.child_by_field_name("body"))


def _class(reader: Reader, node: Node) -> Value | None:
    word = reader.text(node.child_by_field_name("name")) or reader.take_name()
    for child in node.named_children:
        if child.type in {"decorator", "class_heritage"}:
            reader.emit(reader.visit(child))
    reader.owned(word, node.child_by_field_name("body"))
    return None


def _class_body(reader: Reader, node: Node) -> None:
    waiting: list[Value] = []
    for child in node.named_children:
        if child.type == "decorator":
            value = reader.visit(child)
            waiting += [value] if value is not None else []
        elif child.type == "method_definition":
            own = [reader.visit(c) for c in child.named_children if c.type == "decorator"]
            reader.decorators = (*waiting, *(value for value in own if value is not None))
            waiting = []
            reader.visit(child)
        else:
            reader.emit(reader.visit(child))
    for value in waiting:
        reader.emit(value)


def _field(reader: Reader, node: Node) -> None:
    target = node.child_by_field_name("name") or node.child_by_field_name("property")
    for child in node.named_children:
        if child.type == "decorator":
            reader.emit(reader.visit(child))
    if target is not None:
        word, where = shapes.key_of(reader, target)
        if word is not None and where is not None:
            shapes.store(reader, node, Name((word,), where), node.child_by_field_name("value"))


def _import(reader: Reader, node: Node) -> None:
    names: dict[str, str] = {}
    source = node.child_by_field_name("source")
    stack = list(node.named_children)
    while stack:
        child = stack.pop()
        if child.type in {"import_clause", "named_imports", "export_clause", "import_require_clause"}:
            source = source or child.child_by_field_name("source")
            stack.extend(child.named_children)
        elif child.type in {"import_specifier", "export_specifier"}:
            there = reader.text(child.child_by_field_name("name"))
            names[reader.text(child.child_by_field_name("alias")) or there] = there
        elif child.type == "namespace_import":
            names[reader.text(child.named_children[-1])] = "*"
        elif child.type == "identifier":
            names[reader.text(child)] = (
                "default" if child.parent is not None and child.parent.type == "import_clause" else "*"
            )
    module = None if source is None else reader.visit(source)
    if isinstance(module, Text):
        reader.facts.imports.append(Import(module.value, names, span(node)))


def _export(reader: Reader, node: Node) -> None:
    if node.child_by_field_name("source") is not None:
        _import(reader, node)
        return
    given = node.child_by_field_name("value")
    if given is not None and given.type not in _CLOSURES:
        reader.bind(Name(("default",), span(given)), reader.value(given), span(node))
        return
    for child in node.named_children:
        if child.type != "export_clause":
            value = reader.name_next("default" if child.type in _CLOSURES else None, child)
            reader.emit(value)


def _loop(reader: Reader, node: Node) -> None:
    target, values = node.child_by_field_name("left"), reader.field(node, "right")
    found = reader.value(target) if target is not None else None
    items = found.items if isinstance(found, Sequence) else (found,)
    names = tuple(item.last for item in items if isinstance(item, Name))
    if isinstance(found, Mapping):
        names = tuple(p.value.last for p in found.pairs if isinstance(p.value, Name))
    reader.facts.loops.append(Loop(names, values, reader.scope, span(node)))
    body = node.child_by_field_name("body")
    if body is not None:
        reader.emit(reader.visit(body))


def _attribute(reader: Reader, node: Node) -> Value | None:
    """An attribute of an element: a named value."""
    inner = reader.inner(node)
    if len(inner) < 2:
        return None
    pair = Pair(reader.text(inner[0]), span(inner[0]), reader.value(inner[1]), span(node))
    return Mapping((pair,), span(node))


def _unary(reader: Reader, node: Node) -> Value:
    return Other(span(node), (reader.field(node, "argument"),))


def _logical(reader: Reader, node: Node) -> Value | None:
    """``||`` and ``??`` choose; ``&&`` gives its right side."""
    operator = node.child_by_field_name("operator")
    if operator is not None and operator.type == "&&":
        reader.emit(reader.field(node, "left"))
        return reader.field(node, "right")
    return _BINARY(reader, node)


_BINARY = shapes.binary()

TABLE: dict[str, tree.Handler] = {
    "string": strings.quoted(),
    "template_string": strings.quoted(),
    "template_substitution": shapes.unwrap,
    "jsx_text": strings.bare(),
    "jsx_attribute": _attribute,
    "jsx_expression": shapes.unwrap,
    "regex": tree.skip,
    "identifier": shapes.name,
    "this": shapes.name,
    "super": shapes.name,
    "import": shapes.name,
    "property_identifier": shapes.name,
    "shorthand_property_identifier_pattern": shapes.name,
    "shorthand_property_identifier": shapes.name,
    "number": shapes.number,
    "member_expression": shapes.member("object", "property"),
    "subscript_expression": shapes.index("object", "index"),
    "call_expression": shapes.unchanged(("toString", "String"), _call),
    "new_expression": shapes.new("constructor"),
    "arguments": shapes.sequence,
    "array": shapes.sequence,
    "array_pattern": shapes.sequence,
    "object": shapes.mapping(),
    "object_pattern": _object_pattern,
    "assignment_pattern": _default,
    "object_assignment_pattern": _default,
    "rest_pattern": shapes.unwrap,
    "spread_element": shapes.unwrap,
    "computed_property_name": shapes.unwrap,
    "binary_expression": _logical,
    "ternary_expression": shapes.choice("consequence", "alternative"),
    "parenthesized_expression": shapes.unwrap,
    "await_expression": shapes.unwrap,
    "unary_expression": _unary,
    "decorator": shapes.unwrap,
    "statement_block": _block,
    "lexical_declaration": _lexical,
    "variable_declarator": _declarator,
    "assignment_expression": shapes.assign(),
    "augmented_assignment_expression": shapes.assign(),
    "expression_statement": shapes.unwrap,
    "function_declaration": _function,
    "generator_function_declaration": _function,
    "function_expression": _function,
    "generator_function": _function,
    "arrow_function": _function,
    "method_definition": _function,
    "class_declaration": _class,
    "class": _class,
    "class_body": _class_body,
    "field_definition": _field,
    "return_statement": shapes.give_back,
    "import_statement": _import,
    "export_statement": _export,
    "for_in_statement": _loop,
    "switch_case": tree.statements,
    "switch_default": tree.statements,
    "hash_bang_line": tree.skip,
}
COMMENTS = ("comment", "html_comment")
BODIES = ("statement_block",)

_GRAMMAR = tree.grammar("javascript", tree_sitter_javascript.language(), TABLE, COMMENTS, BODIES)


def read(raw: bytes) -> Facts:
    """Read a file."""
    return tree.parse(_GRAMMAR, raw)
