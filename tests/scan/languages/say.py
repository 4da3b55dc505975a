"""Facts in one line each, so that a test can say what it expects."""

from __future__ import annotations

from audit.scan.facts import (
    Call,
    Choice,
    Facts,
    Joined,
    Mapping,
    Name,
    Number,
    Other,
    Read,
    Sequence,
    Text,
    Value,
)
from audit.scan.languages import read


def say(value: Value | None) -> str:  # noqa: PLR0911
    """``J(…)`` is joined, ``C(…)`` a choice, ``R(…)`` a read, ``~`` after a text that is not exact."""
    match value:
        case None:
            return ""
        case Text():
            return repr(value.value) + ("" if value.exact else "~")
        case Name(path):
            return ".".join(path)
        case Number(text):
            return text
        case Joined(parts):
            return f"J({' '.join(map(say, parts))})"
        case Call():
            before = f"<{say(value.receiver)}>." if value.receiver is not None else ""
            given = ", ".join((f"{a.name}=" if a.name else "") + say(a.value) for a in value.arguments)
            return f"{before}{'.'.join(value.callee)}({given})"
        case Mapping(pairs):
            return "{" + ", ".join(f"{pair.key}: {say(pair.value)}" for pair in pairs) + "}"
        case Sequence(items):
            return f"[{', '.join(map(say, items))}]"
        case Choice(options):
            return f"C({' | '.join(map(say, options))})"
        case Read(base, key):
            return f"R({say(base)} {key})"
        case Other(_, parts):
            return f"O({', '.join(map(say, parts))})"
    raise AssertionError(value)


def lines(language: str, code: str) -> set[str]:
    """Every fact of a snippet as a line."""
    return described(read(language, code.encode()))


def described(facts: Facts) -> set[str]:
    """Every fact as a line; the scope stands before it."""
    found = set()
    for assign in facts.assigns:
        key = f"[{assign.key}]" if assign.key is not None else ""
        sign = "+=" if assign.append else "="
        found.add(f"{assign.scope} {'.'.join(assign.target)}{key} {sign} {say(assign.value)}")
    for function in facts.functions:
        taken = ", ".join(p.name + (f"={say(p.default)}" if p.default else "") for p in function.parameters)
        owner = f"{function.owner}." if function.owner else ""
        marks = "".join(f"@{say(mark)} " for mark in function.decorators)
        found.add(f"{function.parent} {marks}def {owner}{function.name}({taken}) {function.scope}")
    found |= {f"{back.scope} return {say(back.value)}" for back in facts.returns}
    found |= {
        f"import {entry.module} {name}={there}"
        for entry in facts.imports
        for name, there in entry.names.items()
    }
    found |= {f"{loop.scope} for {','.join(loop.names)} in {say(loop.values)}" for loop in facts.loops}
    found |= {f"# {comment.text.strip()}" for comment in facts.comments}
    return found | {f"{scope} {say(value)}" for scope, value in facts.values}
