"""What text an expression can come to, as far as the file tells. Nothing is executed.

Names are followed to their assignments, defaults and imported constants; the number of possibilities
and the depth are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from audit.scan.facts import (
    ELSEWHERE,
    Argument,
    Assign,
    Call,
    Choice,
    Facts,
    Function,
    Joined,
    Mapping,
    Name,
    Number,
    Other,
    Read,
    Sequence,
    Span,
    Text,
    Value,
    children,
    roots,
)
from audit.scan.pieces import ADDRESS, UNTOLD, Piece, Pieces, flat, part
from audit.scan.tables import entries, is_lookup

# Gives what a name stands for that another file defines: the module as written, and the names below it.
Outside = Callable[[str, tuple[str, ...]], Iterable[Value]]

MAX_TEXTS = 24
MAX_DEPTH = 12

_FORMATTERS = {"format", "sprintf", "Sprintf", "printf", "Format", "vsprintf", "fmt", "format!"}
_JOINERS = {"urljoin", "join", "Combine", "resolve", "URL", "JoinPath"}
_LISTING = {"join", "Join", "implode"}
_ENVIRONMENT = {"getenv", "get", "env", "GetEnvironmentVariable", "Getenv", "fetch", "var"}
# Asked of the text itself; what they are given is something else.
_TRIMMING = {"strip", "rstrip", "lstrip", "trim", "trimEnd", "TrimEnd"}
_KEEPING = {
    *(*_TRIMMING, "lower", "toLowerCase", "str", "String", "Uri", "URI", "parse", "encodeURI"),
    *("unwrap_or", "to_string", "into", "HttpUrl", "toHttpUrl", "create"),
}
_CONSTRUCTORS = ("__init__", "constructor", "__construct", "initialize")
_PUTTING = {"set", "Set", "add", "Add", "append", "put", "insert"}
_PLACE = re.compile(r"%\((\w+)\)[sd]|%[sdv]|\{([^{}\s:!]*)[^{}\s]*\}")


def is_builder(call: Call) -> bool:
    """Whether a call puts a text together rather than sending it."""
    last = call.callee[-1] if call.callee else ""
    if last in _LISTING and _listed(call) is not None:
        return True
    return last in _FORMATTERS | _JOINERS | _KEEPING or (
        last in _ENVIRONMENT and len(call.arguments) == 2 and _named_env(call)
    )


def _named_env(call: Call) -> bool:
    """Whether the first argument looks like the name of an environment variable, not like a path."""
    first = call.arguments[0].value
    return isinstance(first, Text) and first.value.isupper()


class Resolver:
    """Follows names within one file, and to constants that another file gave."""

    def __init__(self, facts: Facts, outside: Outside | None = None) -> None:
        self._facts = facts
        self._by_name: dict[str, list[Assign]] = {}
        self._local: dict[tuple[int, str], list[Assign]] = {}
        for assign in facts.assigns:
            if assign.key is None and assign.target:
                self._by_name.setdefault(assign.target[-1], []).append(assign)
                if len(assign.target) == 1:
                    self._local.setdefault((assign.scope, assign.target[0]), []).append(assign)
        self._parents = {function.scope: function.parent for function in facts.functions}
        self._functions = {function.scope: function for function in facts.functions}
        self._looped: dict[tuple[int, str], list[Value]] = {}
        for loop in facts.loops:
            for name in loop.names:
                self._looped.setdefault((loop.scope, name), []).extend(self._items(loop.values))
        self._imports = {
            local: (entry.module, remote) for entry in facts.imports for local, remote in entry.names.items()
        }
        self._whole = tuple(entry.module for entry in facts.imports if "*" in entry.names)
        self._outside = outside

    def scopes(self, scope: int) -> Iterator[int]:
        """Yield a scope and those around it, innermost first."""
        seen = set()
        while scope not in seen:
            seen.add(scope)
            yield scope
            if scope == 0:
                return
            scope = self._parents.get(scope, 0)

    def function(self, scope: int) -> Function | None:
        """Return the function whose body a scope is."""
        return self._functions.get(scope)

    def functions(self, name: str) -> list[Function]:
        """Return the functions of the file that go by a name."""
        return self._named.get(name, [])

    @cached_property
    def _named(self) -> dict[str, list[Function]]:
        found: dict[str, list[Function]] = {}
        for function in self._functions.values():
            found.setdefault(function.name, []).append(function)
        return found

    def values_of(self, name: Name, scope: int) -> list[Value]:
        """Return what a name may stand for, nearest scope first; empty where the file does not tell."""
        if len(name.path) > 1:
            return self._members_of(name, self._by_name.get(name.last, []))
        for inner in self.scopes(scope):
            found = [assign.value for assign in self._seen(name, inner)]
            function = self._functions.get(inner)
            if function is not None:
                found += [
                    p.default for p in function.parameters if p.name == name.last and p.default is not None
                ]
            found += self._looped.get((inner, name.last), ())
            if found or (function is not None and any(p.name == name.last for p in function.parameters)):
                return found
        return self._made_with(name.last) or self._imported(name)

    def _seen(self, name: Name, scope: int) -> list[Assign]:
        """Return what a scope puts into the variable that a name means, where several blocks have one."""
        given = self._local.get((scope, name.last), [])
        if all(one.block is None for one in given):
            return given
        block = self._block(name, scope)
        mine = [one for one in given if one.block in (None, block)]
        return mine if block is None else [one for one in mine if block.holds(one.span)]

    def _block(self, name: Name, scope: int) -> Span | None:
        """Return the innermost block around a name that declares its variable."""
        given = [one.block for one in self._local.get((scope, name.path[0]), ())]
        around = [block for block in given if block is not None and block.holds(name.span)]
        return max(around, key=lambda block: block.start, default=None)

    def _items(self, value: Value) -> list[Value]:
        """Return what a loop runs over; the name of a list is looked up once."""
        told = [value]
        if isinstance(value, Name) and len(value.path) == 1:
            told = [one.value for one in self._by_name.get(value.last, [])]
        return [item for one in told if isinstance(one, Sequence) for item in one.items]

    def _made_with(self, name: str) -> list[Value]:
        """Return what a constructor takes for a name where nothing is given: its field is set from that."""
        return [
            parameter.default
            for function in self._functions.values()
            if function.owner is not None and function.name in (*_CONSTRUCTORS, function.owner)
            for parameter in function.parameters
            if parameter.name == name and parameter.default is not None
        ]

    def _members_of(self, name: Name, assigns: list[Assign]) -> list[Value]:
        """Return what a property or an entry of a mapping may be; its owner may go by another name."""
        same = [assign.value for assign in assigns if assign.target[-2:] == name.path[-2:]]
        held = self._held.get(name.last, [])
        same += [value for owner, value in held if owner == name.path[-2]]
        if same:
            return same
        found = self._imported(name) if name.path[0] in self._imports else []
        if not found:
            found = [assign.value for assign in assigns if len(assign.target) > 1 or assign.scope == 0]
            # What a constructor puts into the same field of its own object.
            found += [value for _, value in held if self._is_address(value)]
        return found or self._got(name.last) or self._imported(name)

    def _got(self, name: str) -> list[Value]:
        """Return what a property gives back that is a method without parameters."""
        getters = [one for one in self.functions(name) if one.owner is not None and not one.takes(0)]
        scopes = {one.scope for one in getters}
        return [back.value for back in self._facts.returns if back.scope in scopes]

    @cached_property
    def _held(self) -> dict[str, list[tuple[str | None, Value]]]:
        """Every entry of a mapping by its key, with the name that the mapping goes by."""
        found: dict[str, list[tuple[str | None, Value]]] = {}
        named: list[tuple[str | None, Value]] = [
            (assign.target[-1], assign.value) for assign in self._facts.assigns if assign.target
        ]
        seen: set[Span] = set()
        stack = [*((None, value) for _, value in roots(self._facts)), *named]
        while stack:
            owner, value = stack.pop()
            if isinstance(value, Mapping):
                if value.span not in seen:
                    seen.add(value.span)
                    for pair in value.pairs:
                        found.setdefault(pair.key or "", []).append((owner, pair.value))
                        stack.append((pair.key, pair.value))
            else:
                kept = owner if isinstance(value, Call | Other) else None
                stack += [(kept, inner) for inner in children(value)]
        return found

    def _is_address(self, value: Value) -> bool:
        """Whether a value is a URL, or a constant that is one."""
        if isinstance(value, Name):
            told = [a.value for a in self._by_name.get(value.last, []) if a.scope == 0]
            return any(isinstance(one, Text) and ADDRESS.match(one.value) for one in told)
        first = value.parts[0] if isinstance(value, Joined) else value
        return isinstance(first, Text) and ADDRESS.match(first.value) is not None

    def entries_of(self, name: Name, scope: int) -> list[Assign]:
        """Return what is put into a mapping entry by entry, in the scopes that see it."""
        found: list[Assign] = []
        for inner in self.scopes(scope):
            block = self._block(name, inner)
            given = self._entries.get((inner, name.last), ())
            found += [one for one in given if block is None or block.holds(one.span)]
        return sorted(found, key=lambda entry: entry.span.start)

    @cached_property
    def _entries(self) -> dict[tuple[int, str], list[Assign]]:
        """What is put into a mapping, by its name: ``d["k"] = v``, ``d.set("k", v)``."""
        found: dict[tuple[int, str], list[Assign]] = {}
        given = [assign for assign in self._facts.assigns if assign.key is not None and assign.target]
        given += [entry for scope, value in self._facts.values if (entry := _put(value, scope)) is not None]
        for entry in given:
            found.setdefault((entry.scope, entry.target[-1]), []).append(entry)
        return found

    def _imported(self, name: Name) -> list[Value]:
        """Return what a name stands for that this file does not define."""
        if self._outside is None or name.path[0] in ("self", "this", "cls"):
            return []
        entry = self._imports.get(name.path[0])
        if entry is not None:
            module, remote = entry
            chain = name.path[1:] if remote == "*" else (remote, *name.path[1:])
            return list(self._outside(module, chain)) if chain else []
        for module in (*self._whole, ""):
            found = list(self._outside(module, name.path))
            if found:
                return found
        return []

    def texts(self, value: Value, scope: int, depth: int = 0) -> list[Pieces]:
        """Return the texts a value can come to; a hole where it cannot be told."""
        if depth > MAX_DEPTH:
            return [(UNTOLD,)]
        found = self._texts(value, scope, depth)
        unique = {flat(pieces): pieces for pieces in found}
        return list(unique.values())[:MAX_TEXTS] or [(UNTOLD,)]

    def _texts(  # noqa: PLR0911 - one return for each kind of value
        self, value: Value, scope: int, depth: int
    ) -> list[Pieces]:
        match value:
            case Text():
                return [(Piece(value.value, value.span if value.exact else None, value.span != ELSEWHERE),)]
            case Number(text):
                return [(Piece(text, value.span),)]
            case Joined(parts):
                return self._product([self.texts(part, scope, depth + 1) for part in parts])
            case Choice(options):
                return [text for option in options for text in self.texts(option, scope, depth + 1)]
            case Name():
                values = self.values_of(value, scope)
                return [text for one in values[:MAX_TEXTS] for text in self.texts(one, scope, depth + 1)]
            case Call():
                return self._called(value, scope, depth)
            case Read(base, key) if key is not None and isinstance(base, Name):
                return self._texts(Name((*base.path, key), value.span), scope, depth)
            case Read():
                return self._looked_up(value, scope, depth)
        return [(UNTOLD,)]

    def _looked_up(self, value: Value, scope: int, depth: int) -> list[Pieces]:
        """Return what an entry of a table can come to."""
        found, chosen = entries(value, lambda name: self.values_of(name, scope))
        # What stands in a table is a text, or the name of one; tables of tables would have no end.
        deep = max(depth + 1, MAX_DEPTH - 2)
        held = [entry for entry in found if not isinstance(entry, Number)][:MAX_TEXTS]
        texts = [text for entry in held for text in self.texts(entry, scope, deep)]
        if chosen:
            texts = [tuple([replace(piece, chosen=True) for piece in pieces]) for pieces in texts]
        return texts or [(UNTOLD,)]

    def _called(self, call: Call, scope: int, depth: int) -> list[Pieces]:
        last = call.callee[-1] if call.callee else ""
        arguments = [argument for argument in call.arguments if argument.name is None]
        if last in _FORMATTERS:
            template = (
                call.receiver if call.receiver is not None else (arguments[0].value if arguments else None)
            )
            rest = call.arguments if call.receiver is not None else call.arguments[1:]
            if template is not None:
                return [
                    filled
                    for text in self.texts(template, scope, depth + 1)
                    for filled in self._filled(text, rest, scope, depth)
                ]
        listed = _listed(call) if last in _LISTING else None
        if listed is not None:
            return self._joined(listed, last, scope, depth)
        if arguments and (last in _JOINERS or (last in ("Uri", "URI") and len(arguments) == 2)):
            return self._joined([argument.value for argument in arguments], last, scope, depth)
        if last in _ENVIRONMENT and len(arguments) == 2 and _named_env(call):
            return self.texts(arguments[1].value, scope, depth + 1)
        if last in _KEEPING:
            kept = call.receiver if call.receiver is not None else (arguments[0].value if arguments else None)
            if call.receiver is None and len(call.callee) > 1 and (kept is None or last in _TRIMMING):
                kept = Name(call.callee[:-1], call.span)
            if kept is not None:
                return self.texts(kept, scope, depth + 1)
        return self._looked_up(call, scope, depth) if is_lookup(call) else [(UNTOLD,)]

    def _filled(
        self, template: Pieces, arguments: tuple[Argument, ...], scope: int, depth: int
    ) -> list[Pieces]:
        """Put the arguments of a formatter into its places, in order or by name."""
        named = {argument.name: argument.value for argument in arguments if argument.name}
        positional = iter([argument.value for argument in arguments if argument.name is None])
        parts: list[list[Pieces]] = []
        for piece in template:
            at = 0
            for match in _PLACE.finditer(piece.text):
                parts.append([(part(piece, at, match.start()),)])
                word = match[1] or match[2] or ""
                given = named.get(word)
                if given is None:
                    named_there = word.isidentifier()  # Rust takes such a variable without an argument
                    given = Name((word,), piece.span or ELSEWHERE) if named_there else next(positional, None)
                parts.append(self.texts(given, scope, depth + 1) if given is not None else [(UNTOLD,)])
                at = match.end()
            parts.append([(part(piece, at, len(piece.text)),)])
        return self._product(parts)

    def _joined(self, values: list[Value], joiner: str, scope: int, depth: int) -> list[Pieces]:
        parts: list[list[Pieces]] = []
        ordered = [values[1], values[0]] if joiner == "URL" and len(values) == 2 else values
        for index, value in enumerate(ordered):
            if index:
                parts.append([(Piece("/", None),)])
            parts.append(self.texts(value, scope, depth + 1))
        return self._product(parts)

    def _product(self, parts: list[list[Pieces]]) -> list[Pieces]:
        found: list[Pieces] = [()]
        for options in parts:
            found = [head + tail for head in found for tail in options][:MAX_TEXTS]
        return found


def _listed(call: Call) -> list[Value] | None:
    """Return the items that are joined with slashes: ``"/".join(items)``, ``items.join("/")``."""
    given = [argument.value for argument in call.arguments]
    given += [call.receiver] if call.receiver is not None else []
    lists = [value for value in given if isinstance(value, Sequence)]
    signs = [value.value for value in given if isinstance(value, Text)]
    return list(lists[0].items) if len(lists) == 1 and signs == ["/"] else None


def _put(value: Value, scope: int) -> Assign | None:
    """Return the entry that ``d.set("k", v)`` makes."""
    if not isinstance(value, Call) or len(value.callee) < 2 or len(value.arguments) != 2:
        return None
    key, given = value.arguments[0].value, value.arguments[1].value
    if value.callee[-1] not in _PUTTING or not isinstance(key, Text):
        return None
    return Assign(value.callee[:-1], given, value.span, scope, key.value, key.span)
