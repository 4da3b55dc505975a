"""synthetic-data: made-up numbers stand in where the API's belong."""

from __future__ import annotations

import re
from collections.abc import Iterator

from audit.checks.reliance import Reliance
from audit.checks.rule import Rule
from audit.model import Finding, Severity
from audit.scan.facts import Assign, Call, Mapping, Name, Other, Value, children, walk
from audit.scan.source import Source

RULE = Rule(
    id="synthetic-data",
    severity=Severity.ERROR,
    summary="Random numbers are served where data of the API belongs.",
    why="Nobody can tell them from real ones: decisions are made on noise.",
    example='flow = row.get("flow_usd") or random.uniform(-1e6, 1e6)',
    remedy="Say that the data is missing: pass the error on, or leave the field empty.",
)

_RANDOM = frozenset(
    {"random", "uniform", "randint", "gauss", "normalvariate", "triangular", "betavariate",
     "randrange", "expovariate", "lognormvariate", "rand", "randn", "normal", "integers", "mt_rand",
     "random_int", "lcg_value", "Float64", "Intn", "Int63n", "NormFloat64", "NextDouble", "Next",
     "nextDouble", "nextInt", "nextGaussian", "gen_range", "pyfloat", "pyint", "float", "int",
     "number", "random_number", "standard_normal", "random_sample"}
)  # fmt: skip
# Words that mean something only on what is random by its own name.
_HOLDERS = re.compile(
    r"(?i)\A(?:random|rand|rnd|rng|faker|fake|_|lodash|kernel|gen|generator|prng|threadlocalrandom|thread_rng)\Z"
)
_BARE = frozenset({"rand", "mt_rand", "random_int", "lcg_value", "randint", "uniform", "gauss", "randrange"})
_INNOCENT = re.compile(
    r"(?i)sleep|delay|jitter|back_?off|retr|wait|seed|uuid|nonce|(?:\A|_)id(?:\Z|_)|[a-z]Id\Z|token|proxy|proxies|agent|"
    r"\A[iknq]\Z|idx|index|port\Z|shuffle|sample|pause|interval|timeout|cooldown|color|colour|salt|session|temp(?:dir|file)|"
    r"throttle|filename|setTimeout|probability|chance"
)
_TESTS = re.compile(
    r"(?i)(?:\A|/)(?:tests?|specs?|__tests__|__mocks__|mocks?|fixtures?|stories|testdata)/"
    r"|(?:\A|/)(?:test_[^/]*|conftest\.py|[^/]*[._-](?:tests?|spec|stories|mock)\.\w+)\Z"
)
_COLLECTS = frozenset(
    {"append", "push", "add", "insert", "extend", "json", "send", "jsonify", "dumps", "Add", "update"}
)


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report random numbers that become data in functions that read the API, or stand in for them."""
    source = reliance.source
    if not source.evident or _TESTS.search(source.name.replace("\\", "/")):
        return
    reading, standing_in = _functions(reliance)
    seen: set[int] = set()
    for scope, value, sink in _sinks(source) if reading else ():
        top = _top(scope, source)
        if top not in reading and not (top in standing_in and sink == "return"):
            continue
        for call in _random_in(value, source):
            if call.span.start not in seen:
                seen.add(call.span.start)
                yield reliance.finding(
                    RULE,
                    call.span,
                    f"{'.'.join(call.callee)} makes up a number where data of the API belongs",
                )
                break  # one a statement is enough


def _top(scope: int, source: Source) -> int:
    """Return the outermost function around a scope, 0 for the file itself."""
    around = [one for one in source.resolver.scopes(scope) if one]
    return around[-1] if around else 0


def _functions(reliance: Reliance) -> tuple[set[int], set[int]]:
    """Return the functions that read the API, directly or through others; and those they call."""
    source = reliance.source
    reading = {_top(use.scope, source) for use in source.relied.uses}
    reading |= {_top(send.scope, source) for send in reliance.sends}
    names = {one.scope: one.name for one in source.facts.functions if one.name}
    called = [(_top(scope, source), call.callee[-1]) for call, scope in source.calls if call.callee]
    for _ in range(4):
        wrappers = {names[scope] for scope in reading if scope in names}
        more = {scope for scope, name in called if scope and name in wrappers} - reading
        if not more:
            break
        reading |= more
    by_name = {name: scope for scope, name in names.items()}
    standing_in = {by_name[name] for scope, name in called if scope in reading and name in by_name}
    return reading, standing_in - reading


def _sinks(source: Source) -> Iterator[tuple[int, Value, str]]:
    """Yield every value that leaves a function as data: returned, stored in a field, or collected."""
    facts = source.facts
    for back in facts.returns:
        yield back.scope, back.value, "return"
    for scope, root in facts.values:
        if isinstance(root, Call) and root.callee and root.callee[-1] in _COLLECTS:
            yield scope, root, "collected"
    flowing = _flowing(source)
    for assign in facts.assigns:
        if not assign.target or _INNOCENT.search(assign.key or assign.target[-1]):
            continue
        if assign.key is not None or len(assign.target) > 1:
            yield assign.scope, assign.value, "field"
        elif (_top(assign.scope, source), assign.target[-1]) in flowing:
            yield assign.scope, assign.value, "return"
        else:
            for value in walk(assign.value):
                if isinstance(value, Mapping):
                    yield assign.scope, value, "field"


def _flowing(source: Source) -> set[tuple[int, str]]:
    """Return the variables that reach what a function gives back or collects, through others as well."""
    facts = source.facts
    found: set[tuple[int, str]] = set()
    ends: list[tuple[int, Value]] = [(back.scope, back.value) for back in facts.returns]
    ends += [(a.scope, a.value) for a in facts.assigns if a.key is not None or len(a.target) > 1]
    ends += [
        (scope, root)
        for scope, root in facts.values
        if isinstance(root, Call) and root.callee and root.callee[-1] in _COLLECTS
    ]
    while ends:
        scope, root = ends.pop()
        top = _top(scope, source)
        for value in walk(root):
            if isinstance(value, Name) and (top, value.path[0]) not in found:
                found.add((top, value.path[0]))
                ends += [(a.scope, a.value) for a in facts.assigns if _is_of(a, value.path[0], top, source)]
    return found


def _is_of(assign: Assign, name: str, top: int, source: Source) -> bool:
    return assign.target == (name,) and _top(assign.scope, source) == top


def _random_in(value: Value, source: Source) -> Iterator[Call]:
    """Yield the random numbers in a value that are not for waiting, choosing or naming."""
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, Call):
            if _is_random(current, source):
                yield current
                continue
            if current.callee and _INNOCENT.search(current.callee[-1]):
                continue
        elif isinstance(current, Mapping):
            stack += [pair.value for pair in reversed(current.pairs) if not _INNOCENT.search(pair.key or "")]
            continue
        elif isinstance(current, Other) and _compares(current, source):
            continue
        stack += reversed(list(children(current)))


def _is_random(call: Call, source: Source) -> bool:
    if not call.callee or call.callee[-1] not in _RANDOM:
        return False
    if len(call.callee) == 1 and call.receiver is None:
        name = call.callee[0]
        taken = {local for one in source.facts.imports if one.module == "random" for local in one.names}
        return name in taken or name in _BARE
    holders = call.callee[:-1]
    if isinstance(call.receiver, Call):
        holders = (*holders, *call.receiver.callee)
    if call.callee[-1] == "random" and holders[-1:] == ("Math",):
        return True
    return any(_HOLDERS.match(word) for word in holders)


def _compares(value: Other, source: Source) -> bool:
    """Whether an expression only asks whether something is more or less: a coin is tossed."""
    text = source.raw[value.span.start : value.span.end]
    return b"\n" not in text and re.search(rb"\s[<>]=?\s", text) is not None
