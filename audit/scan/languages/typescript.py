"""TypeScript and TSX."""

from __future__ import annotations

from functools import cache

import tree_sitter_typescript
from tree_sitter import Node

from audit.scan.facts import Facts, Name, Value
from audit.scan.languages import javascript, shapes, tree
from audit.scan.languages.tree import Grammar, Reader, span


def _enum(reader: Reader, node: Node) -> None:
    owner = reader.text(node.child_by_field_name("name"))
    body = node.child_by_field_name("body")
    for child in reader.inner(body) if body is not None else []:
        label, value = child.child_by_field_name("name"), child.child_by_field_name("value")
        if label is not None and value is not None:
            word, where = shapes.key_of(reader, label)
            reader.bind(Name((owner, word or ""), where or span(label)), reader.value(value), span(child))


def _asserted(reader: Reader, node: Node) -> Value | None:
    """``<T>x``: the value comes last."""
    inner = reader.inner(node)
    return reader.visit(inner[-1]) if inner else None


_TABLE: dict[str, tree.Handler] = {
    **javascript.TABLE,
    "non_null_expression": shapes.unwrap,
    "as_expression": shapes.unwrap,
    "satisfies_expression": shapes.unwrap,
    "type_assertion": _asserted,
    "public_field_definition": javascript.TABLE["field_definition"],
    "abstract_class_declaration": javascript.TABLE["class_declaration"],
    "enum_declaration": _enum,
    "type_annotation": tree.other,
    "type_arguments": tree.skip,
    "type_parameters": tree.skip,
    "predefined_type": tree.skip,
    "type_identifier": tree.skip,
    "accessibility_modifier": tree.skip,
    "property_signature": tree.statements,
    "literal_type": shapes.unwrap,
    "union_type": shapes.arms,
    "function_signature": tree.skip,
}


@cache
def _grammar(elements: bool) -> Grammar:
    pointer = (
        tree_sitter_typescript.language_tsx() if elements else tree_sitter_typescript.language_typescript()
    )
    return tree.grammar("typescript", pointer, _TABLE, javascript.COMMENTS, javascript.BODIES)


def read(raw: bytes) -> Facts:
    """Read a TypeScript file."""
    return tree.parse(_grammar(False), raw)


def read_tsx(raw: bytes) -> Facts:
    """Read a TypeScript file with elements in it."""
    return tree.parse(_grammar(True), raw)
