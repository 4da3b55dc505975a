"""What a source file says, in words that all languages share.

A language turns its syntax tree into these; everything after it knows no language. Positions are
byte offsets into the file as read, end exclusive. Nothing here is evaluated: a value is the shape of
an expression, and ``Other`` is what nobody needs to understand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Span:
    """A stretch of the file in bytes, end exclusive."""

    start: int
    end: int

    def holds(self, other: Span) -> bool:
        """Whether another stretch lies within this one."""
        return self.start <= other.start and other.end <= self.end


ELSEWHERE = Span(-1, -1)  # of what another file says


@dataclass(frozen=True)
class Text:
    """Literal characters. ``span`` covers the characters between the quotes, escapes as written.

    ``value`` is what the program sees. ``exact`` says that span and value agree byte for byte, so
    that an edit inside it can be placed; ``quoted`` covers the literal with its quotes.
    """

    value: str
    span: Span
    quoted: Span
    exact: bool = True


@dataclass(frozen=True)
class Joined:
    """Pieces put one after the other: an f-string, a template literal, ``+``, ``.`` in PHP."""

    parts: tuple[Value, ...]
    span: Span


@dataclass(frozen=True)
class Name:
    """A variable, or a chain of them: ``BASE``, ``self.base_url``, ``config.api.base``, ``process.env.X``."""

    path: tuple[str, ...]
    span: Span

    @property
    def last(self) -> str:
        """The last link of the chain."""
        return self.path[-1]


@dataclass(frozen=True)
class Number:
    """A number as written."""

    text: str
    span: Span


@dataclass(frozen=True)
class Argument:
    """One argument of a call; ``name`` where it is passed by name."""

    value: Value
    name: str | None = None
    name_span: Span | None = None


@dataclass(frozen=True)
class Call:
    """A call: ``callee`` is the chain that is called, ``receiver`` what it is called on, if not a chain.

    ``new URL(a, b)`` is a Call with callee ("new", "URL"). ``requests.get(x)`` has callee
    ("requests", "get"); ``"…".format(x)`` has callee ("format",) and the text as receiver.
    """

    callee: tuple[str, ...]
    arguments: tuple[Argument, ...]
    span: Span
    receiver: Value | None = None
    scope: int = 0


@dataclass(frozen=True)
class Pair:
    """One entry of a mapping; ``key_span`` covers the key's characters without quotes."""

    key: str | None
    key_span: Span | None
    value: Value
    span: Span


@dataclass(frozen=True)
class Mapping:
    """A dict, object literal, associative array, or initialiser with named entries."""

    pairs: tuple[Pair, ...]
    span: Span


@dataclass(frozen=True)
class Sequence:
    """A list, array or tuple."""

    items: tuple[Value, ...]
    span: Span


@dataclass(frozen=True)
class Choice:
    """One of several values: ``a if x else b``, ``a || b``, ``a ?? b``, ``getenv(x) or y``, match arms."""

    options: tuple[Value, ...]
    span: Span


@dataclass(frozen=True)
class Read:
    """A field taken from a value: ``row["close"]``, ``row.close``, ``row?.close``, ``data[0]["t"]``.

    ``key`` is the field; None for a computed or numeric index. ``key_span`` covers its characters.
    """

    base: Value
    key: str | None
    key_span: Span | None
    span: Span


@dataclass(frozen=True)
class Other:
    """Anything else; ``parts`` are the values inside it, so that nothing in it gets lost."""

    span: Span
    parts: tuple[Value, ...] = ()


Value = Text | Joined | Name | Number | Call | Mapping | Sequence | Choice | Read | Other
_LEAVES = (Text, Name, Number)  # nearly everything is one of these, and files are walked many times


@dataclass(frozen=True)
class Assign:
    """``target = value``: a variable, a constant, a property (``self.x``), a keyed entry (``d["x"]``).

    ``key`` is set for a keyed entry: ``params["symbol"] = s`` has target ("params",) and key "symbol".
    ``append`` marks ``+=`` and ``.=``. ``block`` is where a declaration holds that ends with its block.
    """

    target: tuple[str, ...]
    value: Value
    span: Span
    scope: int
    key: str | None = None
    key_span: Span | None = None
    append: bool = False
    block: Span | None = None


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function with its default value, if it has one."""

    name: str
    default: Value | None
    span: Span


@dataclass(frozen=True)
class Function:
    """A function, method or lambda: ``scope`` is the scope of its body, ``parent`` the one around it.

    ``owner`` is the class it belongs to. ``decorators`` are the calls or names put on it (annotations,
    attributes too), such as routes of a web framework.
    """

    name: str
    parameters: tuple[Parameter, ...]
    scope: int
    parent: int
    span: Span
    owner: str | None = None
    decorators: tuple[Value, ...] = ()

    def takes(self, index: int) -> tuple[str, ...]:
        """Return the name of the parameter that a positional argument is for; none beyond the last."""
        names = tuple(one.name for one in self.parameters if one.name not in ("self", "cls"))
        return names[index : index + 1]


@dataclass(frozen=True)
class Return:
    """A value that a function gives back."""

    value: Value
    scope: int
    span: Span


@dataclass(frozen=True)
class Import:
    """Names taken from another file: ``from config import BASE``, ``import {BASE as B} from "./config"``.

    ``names`` maps the local name to the name there; ``*`` stands for the module itself or all of it.
    """

    module: str
    names: dict[str, str]
    span: Span


@dataclass(frozen=True)
class Loop:
    """``for name in values``: in ``scope``, ``names`` take each of the values in turn."""

    names: tuple[str, ...]
    values: Value
    scope: int
    span: Span


@dataclass(frozen=True)
class Comment:
    """A comment, or a documentation string."""

    text: str
    span: Span


@dataclass
class Facts:
    """Everything a file says. ``values`` are the outermost expressions of each statement with their scope.

    ``parsed`` is False where the file could not be parsed and was read as plain text; ``errors``
    counts places that the grammar could not follow. Scope 0 is the file itself.
    """

    language: str
    parsed: bool = True
    errors: int = 0
    assigns: list[Assign] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    values: list[tuple[int, Value]] = field(default_factory=list)


def children(value: Value) -> tuple[Value, ...]:
    """Return the values directly inside one."""
    match value:
        case Joined(inside) | Other(_, inside) | Sequence(inside) | Choice(inside):
            return inside
        case Call():
            given = tuple([argument.value for argument in value.arguments])
            return given if value.receiver is None else (value.receiver, *given)
        case Mapping(pairs):
            return tuple([pair.value for pair in pairs])
        case Read(base):
            return (base,)
    return ()


def walk(value: Value) -> Iterator[Value]:
    """Yield a value and everything inside it, outermost first; depth is bounded by the caller's parser."""
    if isinstance(value, _LEAVES):
        yield value
        return
    stack: list[Value] = [value]
    while stack:
        current = stack.pop()
        yield current
        if not isinstance(current, _LEAVES):
            stack += children(current)[::-1]


def roots(facts: Facts) -> Iterator[tuple[int, Value]]:
    """Yield the outermost expressions of a file with their scopes."""
    yield from facts.values
    yield from ((assign.scope, assign.value) for assign in facts.assigns)
    yield from ((back.scope, back.value) for back in facts.returns)
    yield from ((loop.scope, loop.values) for loop in facts.loops)
    for function in facts.functions:
        yield from ((function.parent, p.default) for p in function.parameters if p.default is not None)


def calls(facts: Facts) -> tuple[tuple[Call, int], ...]:
    """Return every call of a file once, with the scope it stands in."""
    found: dict[Span, tuple[Call, int]] = {}
    for scope, root in roots(facts):
        for value in walk(root):
            if isinstance(value, Call):
                found.setdefault(value.span, (value, value.scope or scope))
    return tuple(found.values())
