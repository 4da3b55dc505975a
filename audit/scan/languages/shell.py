"""Shell: a command is a call, its words are the arguments."""

from __future__ import annotations

import re

import tree_sitter_bash
from tree_sitter import Node

from audit.scan.facts import (
    Argument,
    Call,
    Choice,
    Facts,
    Import,
    Joined,
    Loop,
    Name,
    Other,
    Sequence,
    Span,
    Text,
    Value,
)
from audit.scan.languages import shapes, strings, tree
from audit.scan.languages.literals import Escapes, piece
from audit.scan.languages.tree import Reader, span

_SOURCES = frozenset({"source", "."})
_WORD = Escapes.SINGLE


def _command(reader: Reader, node: Node) -> Value:
    named = node.child_by_field_name("name")
    callee = shapes.unwrap(reader, named) if named is not None else None
    given: list[Value] = []
    for child in reader.inner(node):
        if child == named:
            continue
        if child.type == "variable_assignment":
            reader.visit(child)
        else:
            given.append(reader.value(child))
    word = callee.value if isinstance(callee, Text) else ""
    if word in _SOURCES and given and isinstance(given[0], Text):
        reader.facts.imports.append(Import(given[0].value, {"*": "*"}, span(node)))
    receiver = None if word or callee is None else callee
    return Call(
        (word,) if word else (), tuple(Argument(value) for value in given), span(node), receiver, reader.scope
    )


def _expansion(reader: Reader, node: Node) -> Value:
    """``$X``, ``${X}``, and ``${X:-default}`` as one of two."""
    inner = reader.inner(node)
    if not inner:
        return Name((reader.text(node).strip("${}"),), span(node))
    operator = node.child_by_field_name("operator")
    named = reader.value(inner[0])
    if isinstance(named, Text):
        named = Name((named.value,), span(inner[0]))
    if operator is not None and operator.type in {":-", "-", ":=", "="} and len(inner) > 1:
        return Choice((named, strings.join(reader.values(inner[1:]), span(node))), span(node))
    for child in inner[1:]:
        reader.emit(reader.visit(child))
    if isinstance(named, Name):
        return Name(named.path, span(node))
    return named


def _variable(reader: Reader, node: Node) -> Value:
    return Name((reader.text(node).lstrip("$"),), span(node))


def _assignment(reader: Reader, node: Node) -> Value | None:
    target = node.child_by_field_name("name")
    value = node.child_by_field_name("value")
    if target is None or value is None:
        return None
    append = any(child.type == "+=" for child in node.children)
    return reader.bind(reader.value(target), reader.value(value), span(node), append)


def _raw_string(reader: Reader, node: Node) -> Value:
    return piece(reader.raw, node.start_byte + 1, node.end_byte - 1, span(node))


def _ansi(reader: Reader, node: Node) -> Value:
    return piece(reader.raw, node.start_byte + 2, node.end_byte - 1, span(node), Escapes.BACKSLASH)


def _function(reader: Reader, node: Node) -> None:
    label = reader.text(node.child_by_field_name("name"))
    reader.function(node, label, lambda: (), node.child_by_field_name("body"))


def _loop(reader: Reader, node: Node) -> None:
    variable = reader.text(node.child_by_field_name("variable"))
    items = reader.values(node.children_by_field_name("value"))
    reader.facts.loops.append(Loop((variable,), Sequence(items, span(node)), reader.scope, span(node)))
    body = node.child_by_field_name("body")
    if body is not None:
        reader.emit(reader.visit(body))


def _heredoc(reader: Reader, node: Node) -> Value:
    """What is fed to a command; with a quoted end mark as it is."""
    holes = reader.inner(node)
    return strings.pieces(
        reader, node, (node.start_byte, node.end_byte), Escapes.SHELL if holes else Escapes.NONE,
        [child for child in holes if child.type != "heredoc_content"],
    )  # fmt: skip


def _substitution(reader: Reader, node: Node) -> Value:
    parts = reader.values(node.named_children)
    return parts[0] if len(parts) == 1 else Other(span(node), parts)


def _glued(reader: Reader, node: Node) -> Value:
    """Words without a blank between them; the grammar leaves out some characters."""
    value = strings.join(reader.values(node.named_children), span(node))
    if isinstance(value, Joined) and all(isinstance(part, Text) for part in value.parts):
        return _plain(reader, value)
    return value


def _plain(reader: Reader, value: Joined) -> Value:
    """Bare words only are one text."""
    whole = value.span
    raw = reader.raw[whole.start : whole.end]
    return (
        value
        if re.search(rb"[\"'\\$`]", raw)
        else piece(reader.raw, whole.start, whole.end, Span(whole.start, whole.end))
    )


def _redirected(reader: Reader, node: Node) -> Value | None:
    inner = reader.inner(node)
    value = reader.visit(inner[0]) if inner else None
    for child in inner[1:]:
        if child.type in {"heredoc_redirect", "herestring_redirect"} and isinstance(value, Call):
            parts = [found for found in (reader.visit(c) for c in child.named_children) if found is not None]
            value = Call(
                value.callee,
                (*value.arguments, *(Argument(p) for p in parts)),
                span(node),
                value.receiver,
                value.scope,
            )
        else:
            reader.emit(reader.visit(child))
    return value


_TABLE: dict[str, tree.Handler] = {
    "word": strings.bare(_WORD),
    "number": strings.bare(),
    "string": strings.quoted(Escapes.SHELL),
    "translated_string": shapes.unwrap,
    "raw_string": _raw_string,
    "ansi_c_string": _ansi,
    "concatenation": _glued,
    "simple_expansion": _expansion,
    "expansion": _expansion,
    "variable_name": _variable,
    "special_variable_name": _variable,
    "subscript": shapes.index("name", "index"),
    "array": shapes.sequence,
    "command": _command,
    "command_substitution": _substitution,
    "pipeline": tree.other,
    "list": tree.statements,
    "variable_assignment": _assignment,
    "declaration_command": tree.statements,
    "unset_command": tree.skip,
    "function_definition": _function,
    "for_statement": _loop,
    "redirected_statement": _redirected,
    "heredoc_body": _heredoc,
    "heredoc_start": tree.skip,
    "heredoc_end": tree.skip,
    "file_redirect": tree.skip,
    "regex": tree.skip,
    "extglob_pattern": tree.skip,
    "arithmetic_expansion": tree.other,
}

_GRAMMAR = tree.grammar(
    "shell", tree_sitter_bash.language(), _TABLE, ("comment",), ("compound_statement", "subshell")
)


def read(raw: bytes) -> Facts:
    """Read a file."""
    return tree.parse(_GRAMMAR, raw)
