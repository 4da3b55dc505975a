"""Turns a syntax tree into facts: what each kind of node means is a table of the language.

A handler is given the reader and a node. It records facts and returns the value that the node stands
for, or None. Kinds that no table names are looked through: what reads like a statement has each value
in it recorded, anything else becomes ``Other`` with the values inside it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Language, Node, Parser, Query, QueryCursor

from audit.scan.facts import (
    Assign,
    Call,
    Comment,
    Facts,
    Function,
    Mapping,
    Name,
    Number,
    Other,
    Parameter,
    Read,
    Return,
    Sequence,
    Span,
    Text,
    Value,
    roots,
    walk,
)
from audit.scan.languages import text

MAX_DEPTH = 120
_QUERY_DEPTH = 2_000  # a search for comments deeper than this takes minutes
_ERROR_KIND = 65535
_STATEMENT = re.compile(
    r"(statement|declaration|definition|block|body|clause|list|program|module|section|item|directive|source_file"
    r"|makefile|document|compilation_unit|group|rule|recipe|recipe_line|then|else|do|when|conditional|script_element)$"
)

Handler = Callable[["Reader", Node], Value | None]


def skip(reader: Reader, node: Node) -> None:
    """Say nothing: types, comments, keywords."""


def statements(reader: Reader, node: Node) -> None:
    """Record every value directly inside, each for itself."""
    reader.statements(node)


def other(reader: Reader, node: Node) -> Value | None:
    """Look through a node that has no meaning of its own."""
    parts = tuple(part for child in node.named_children if (part := reader.visit(child)) is not None)
    return Other(span(node), parts) if parts else None


def broken(reader: Reader, node: Node) -> Value | None:
    """Keep what the grammar could still make out of a place it could not follow."""
    reader.statements(node)
    return None


def span(node: Node) -> Span:
    """Return the bytes that a node covers."""
    return Span(node.start_byte, node.end_byte)


@dataclass(frozen=True)
class Grammar:
    """A grammar with the meaning of its kinds of nodes.

    ``bodies`` are the kinds of function bodies that hold statements; ``implicit`` says that the last
    expression of such a body is what the function gives back.
    """

    name: str
    language: Language
    handlers: list[Handler | None]
    comments: Query
    bodies: frozenset[str]
    implicit: bool = False


def grammar(
    name: str,
    pointer: object,
    table: dict[str, Handler],
    comments: Iterable[str],
    bodies: Iterable[str] = (),
    implicit: bool = False,
) -> Grammar:
    """Put a grammar and its table together; a kind that the grammar does not have is ignored."""
    language = Language(pointer)
    handlers: list[Handler | None] = []
    known = set()
    comments = tuple(comments)
    for kind_id in range(language.node_kind_count):
        kind = language.node_kind_for_id(kind_id) or ""
        known.add(kind)
        if kind in comments:
            handlers.append(None)
        elif kind in table:
            handlers.append(table[kind])
        elif not language.node_kind_is_named(kind_id):
            handlers.append(None)
        else:
            handlers.append(statements if _STATEMENT.search(kind) else other)
    asked = " ".join(f"({kind}) @comment" for kind in comments if kind in known)
    query = Query(language, f"{asked} (ERROR) @error (MISSING) @error")
    return Grammar(name, language, handlers, query, frozenset(bodies), implicit)


def parse(spec: Grammar, raw: bytes) -> Facts:
    """Read a file with a grammar."""
    tree = Parser(spec.language).parse(raw)
    facts = Facts(spec.name)
    root = tree.root_node
    if root.type == "ERROR":
        facts.parsed, facts.errors = False, 1
        return facts
    lost: list[Span] = []
    cursor = QueryCursor(spec.comments)
    cursor.set_max_start_depth(_QUERY_DEPTH)
    for kind, nodes in cursor.captures(root).items():
        if kind == "error":
            facts.errors += len(nodes)
            lost += map(span, nodes)
        else:
            facts.comments += [
                Comment(raw[n.start_byte : n.end_byte].decode("utf-8", "replace"), span(n)) for n in nodes
            ]
    facts.comments.sort(key=lambda comment: comment.span.start)
    facts.parsed = not sum(where.end - where.start for where in lost) * 2 > len(raw) > 0
    Reader(raw, spec, facts).read(root)
    if facts.parsed and lost:
        facts.values += _rest(raw, facts, lost)
    return facts


def _rest(raw: bytes, facts: Facts, lost: list[Span]) -> list[tuple[int, Value]]:
    """Return the texts that stand where the grammar was lost, unless the reader came by them all the same."""
    read = [value.span for _, root in roots(facts) for value in walk(root) if isinstance(value, Text)]
    told = sorted((one.start, one.end) for one in (*read, *(comment.span for comment in facts.comments)))
    found: dict[int, Value] = {}
    for where in lost:
        for value in text.found(raw, where.start, where.end):
            start = value.span.start
            before = bisect_right(told, (start, len(raw)))
            if isinstance(value, Text) and not (before and start < told[before - 1][1]):
                found[start] = value
    return [(0, found[start]) for start in sorted(found)]


@dataclass
class Reader:
    """Walks one tree; ``scope``, ``owner`` and ``block`` are those of the place where it stands.

    ``declared`` is the block that what is bound now is declared in, where a language tells.
    """

    raw: bytes
    spec: Grammar
    facts: Facts
    scope: int = 0
    owner: str | None = None
    block: Span | None = None
    declared: Span | None = None
    depth: int = 0
    last_scope: int = 0
    named: str | None = None
    decorators: tuple[Value, ...] = ()
    pending: deque[tuple[Node, int, str | None]] = field(default_factory=deque)

    def read(self, root: Node) -> None:
        """Read a whole tree; what is nested too deeply is read afterwards, on its own."""
        self.pending.append((root, 0, None))
        while self.pending:
            node, self.scope, self.owner = self.pending.popleft()
            self.depth = 0
            self.block = self.declared = None
            self.emit(self.visit(node))

    def visit(self, node: Node) -> Value | None:
        """Return what a node stands for, None for nothing."""
        kind = node.kind_id
        handler = broken if kind == _ERROR_KIND else self.spec.handlers[kind]
        if handler is None:
            return None
        if self.depth >= MAX_DEPTH:
            self.pending.append((node, self.scope, self.owner))
            return Other(span(node))
        self.depth += 1
        found = handler(self, node)
        self.depth -= 1
        return found

    def value(self, node: Node) -> Value:
        """Return what an expression stands for."""
        found = self.visit(node)
        return found if found is not None else Other(span(node))

    def field(self, node: Node, name: str) -> Value:
        """Return what the child with a field name stands for."""
        child = node.child_by_field_name(name)
        return Other(span(node)) if child is None else self.value(child)

    def values(self, nodes: Iterable[Node]) -> tuple[Value, ...]:
        """Return the values of several nodes, comments left out."""
        return tuple(self.value(node) for node in nodes if self.counts(node))

    def counts(self, node: Node) -> bool:
        """Whether a node means something at all; a comment does not."""
        return node.kind_id == _ERROR_KIND or self.spec.handlers[node.kind_id] is not None

    def inner(self, node: Node) -> list[Node]:
        """Return the named children without comments."""
        return [child for child in node.named_children if self.counts(child)]

    def statements(self, node: Node) -> None:
        """Record every value directly inside a node."""
        for child in node.named_children:
            self.emit(self.visit(child))

    def emit(self, value: Value | None) -> None:
        """Record an outermost expression; a bare name or an empty one says nothing."""
        if (
            value is None
            or isinstance(value, Number)
            or (isinstance(value, Name) and len(value.path) == 1)
            or (isinstance(value, Other) and not value.parts)
        ):
            return
        self.facts.values.append((self.scope, value))

    def text(self, node: Node | None) -> str:
        """Return the source of a node."""
        return "" if node is None else self.raw[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def function(
        self, node: Node, name: str, parameters: Callable[[], Iterable[Parameter]], body: Node | None
    ) -> Value:
        """Record a function and read its body in a scope of its own."""
        decorators, self.decorators = self.decorators, ()
        parent, owner = self.scope, self.owner
        self.last_scope += 1
        own = self.scope = self.last_scope
        at = len(self.facts.functions)
        self.facts.functions.append(Function(name, (), own, parent, span(node), owner, decorators))
        taken = tuple(parameters())
        self.facts.functions[at] = Function(name, taken, own, parent, span(node), owner, decorators)
        self.owner = None
        if body is not None:
            self.body(body)
        self.scope, self.owner = parent, owner
        return Other(span(node))

    def body(self, node: Node) -> None:
        """Read a function's body: statements, or the one expression that it gives back."""
        if node.type not in self.spec.bodies:
            self.give_back(self.visit(node), node)
        elif self.spec.implicit:
            inner = self.inner(node)
            for child in inner[:-1]:
                self.emit(self.visit(child))
            if inner and inner[-1].type in self.spec.bodies:
                self.body(inner[-1])
            elif inner and inner[-1].type == "expression_statement" and inner[-1].children[-1].type == ";":
                self.emit(self.visit(inner[-1]))
            elif inner:
                self.give_back(self.visit(inner[-1]), inner[-1])
        else:
            self.visit(node)

    def give_back(self, value: Value | None, node: Node) -> None:
        """Record what a function gives back."""
        if value is not None:
            self.facts.returns.append(Return(value, self.scope, span(node)))

    def owned(self, name: str | None, node: Node | None) -> None:
        """Read the body of a class."""
        if node is None:
            return
        outer, self.owner = self.owner, name
        self.emit(self.visit(node))
        self.owner = outer

    def name_next(self, name: str | None, node: Node | None) -> Value:
        """Return a value; a function standing there without a name of its own takes this one."""
        self.named = name
        found = Other(Span(0, 0)) if node is None else self.value(node)
        self.named = None
        return found

    def take_name(self) -> str:
        """Return the name that was left for a function without one."""
        name, self.named = self.named, None
        return name or ""

    def bind(self, target: Value, value: Value, where: Span, append: bool = False) -> Value:
        """Record ``target = value`` for whatever the target is, pairwise where both are lists."""
        match target:
            case Name(path):
                self.facts.assigns.append(
                    Assign(path, value, where, self.scope, append=append, block=self.declared)
                )
            case Read(base, name, key_span) if (chain := _path(base)) is not None:
                key, at = (name, key_span) if name is not None else ("", None)
                self.facts.assigns.append(Assign(chain, value, where, self.scope, key, at, append))
            case Sequence(items):
                given = _each(value)
                for index, item in enumerate(items):
                    one = (
                        given[index]
                        if len(given) == len(items)
                        else Read(value, None, None, value_span(value))
                    )
                    self.bind(item, one, where, append)
            case Mapping(pairs):
                for pair in pairs:
                    self.bind(pair.value, Read(value, pair.key, pair.key_span, value_span(value)), where)
            case _:
                self.emit(Other(where, (target, value)))
        return target if isinstance(target, Name) else Other(where)


def _path(base: Value) -> tuple[str, ...] | None:
    """Return the chain a keyed entry is put into; keys on the way belong to it."""
    if isinstance(base, Name):
        return base.path
    if isinstance(base, Read):
        inner = _path(base.base)
        return None if inner is None else (*inner, base.key or "")
    return None


def _each(value: Value) -> tuple[Value, ...]:
    """Return what a list of names gets: the items, also of those that are waited for together."""
    if isinstance(value, Call) and value.callee and value.callee[-1] in {"all", "gather", "allSettled"}:
        given = tuple(argument.value for argument in value.arguments)
        return given[0].items if len(given) == 1 and isinstance(given[0], Sequence) else given
    return value.items if isinstance(value, Sequence) else ()


def value_span(value: Value) -> Span:
    """Return the bytes of a value, with its quotes."""
    return value.quoted if isinstance(value, Text) else value.span


def flat(node: Node, kind: str, operators: frozenset[str], right: str = "right") -> Iterator[Node]:
    """Yield the operands of a chain like ``a + b + c`` in order, without recursion."""
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type != kind:
            yield current
            continue
        operator = current.child_by_field_name("operator")
        sides = (current.child_by_field_name("left"), current.child_by_field_name(right))
        if operator is None or operator.type not in operators or None in sides:
            yield current
        else:
            stack.extend(side for side in reversed(sides) if side is not None)
