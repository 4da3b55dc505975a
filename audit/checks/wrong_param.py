"""wrong-param: the API does not accept the parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from audit.checks.plan_mismatch import said
from audit.checks.reliance import Meaning, Reliance, accepted
from audit.checks.rule import Rule
from audit.checks.seen import Seen
from audit.model import Finding, Severity, Verdict
from audit.scan.parameters import Param
from audit.scan.uses import Use
from audit.spec.legacy import Route
from audit.spec.operations import Operation, Parameter

RULE = Rule(
    id="wrong-param",
    severity=Severity.ERROR,
    summary="A parameter is refused: its name, its value, or the pair it names.",
    why="A wrong pair or a missing list is refused over HTTP 200, and looks like a quiet market.",
    example="symbol=BTC where a pair such as BTCUSDT is due.",
    remedy="Look the spelling up with `coinglass-audit spec show OPERATION` and in the API's list of pairs.",
)


def check(seen: Seen) -> Iterator[Finding]:
    """Report every refusal of parameters; the probe itself sends documented ones."""
    if seen.observation.verdict is not Verdict.BAD_REQUEST:
        return
    if seen.observation.attempts == 0:
        yield RULE.finding(
            f"not sent: {seen.observation.message}",
            operation=seen.operation.id,
            evidence=seen.request,
        )
    else:
        yield RULE.finding(
            "the API refuses the parameters",
            operation=seen.operation.id,
            evidence=f"{seen.request} -> {said(seen)}",
        )


def check_code(reliance: Reliance) -> Iterator[Finding]:
    """Report parameters in code that the operation does not take, and values it does not list."""
    earlier = _renames(reliance.source.atlas.legacy.routes)
    for use, meant, operation in reliance.known():
        for param in use.parameters.given:
            told = _wrong(param, meant, operation, earlier.get(operation.path, {}))
            if told is None:
                continue
            message, replacement = told
            yield reliance.finding(
                RULE,
                param.name_span or param.value_span or use.anchor,
                message,
                # What the API does not know it ignores; what it calls otherwise now it misses.
                severity=RULE.severity if replacement else Severity.WARNING,
                operation=operation.id,
                legacy=param.name,
                replacement=replacement,
                certain=use.certain and (param.certain or replacement is not None),
                remedy=f"Write {replacement}." if replacement else "Leave it out; it has no effect.",
            )
        yield from _symbols(use, meant, operation, reliance)


def _symbols(use: Use, meant: Meaning, operation: Operation, reliance: Reliance) -> Iterator[Finding]:
    """Report a coin where a pair is due, and a pair where a coin is."""
    symbols, known = reliance.source.atlas.symbols, {one.name: one for one in operation.parameters}
    exchange = operation.parameter("exchange")
    sent = {accepted(param.name, meant): param for param in use.parameters.given}
    asked = sent[exchange.name].value if exchange and exchange.name in sent else None
    elsewhere = exchange is not None and asked is not None and asked != exchange.example
    for name, param in sent.items():
        parameter = known.get(name)
        change = meant.route.params.get(param.name) if meant.route else None
        if parameter is None or not param.value or (change is not None and change.value is not None):
            continue
        due = parameter.role if parameter.role in ("pair", "coin") else None
        # How other exchanges spell their pairs no example shows.
        if due == "pair" and symbols.is_coin(param.value) and not elsewhere:
            taken = "coin"
        elif due == "coin" and symbols.is_pair(param.value):
            taken = "pair"
        else:
            continue
        yield reliance.finding(
            RULE,
            param.value_span or param.name_span or use.anchor,
            f"{name} {param.value!r} is a {taken}; {operation.id} takes a {due}",
            operation=operation.id,
            legacy=param.value,
            certain=use.certain and param.certain and param.fixed,
            remedy=f"Send a {due}" + (f", such as {parameter.example}." if parameter.example else "."),
        )


def _renames(routes: Iterable[Route]) -> dict[str, dict[str, str]]:
    """Return what parameters of earlier routes are called today, by the path that replaces the route."""
    found: dict[str, dict[str, str]] = {}
    for route in routes:
        renamed = {old: change.to for old, change in route.params.items() if change.to}
        found.setdefault(route.current or "", {}).update(renamed)
    return found


def _wrong(
    param: Param, meant: Meaning, operation: Operation, earlier: dict[str, str]
) -> tuple[str, str | None] | None:
    """Return what is wrong with a parameter and what to write instead; None where nothing is."""
    known = {parameter.name: parameter for parameter in operation.parameters}
    name = accepted(param.name, meant)
    if name not in known:
        better = earlier.get(param.name)
        better = better if better in known else _better(param.name, known)
        instead = f"it takes {better}" if better else f"it takes {', '.join(known) or 'none'}"
        return f"{operation.id} has no parameter {param.name}; {instead}", better
    if name != param.name:
        return f"{param.name} is {name} today", name
    parameter = known[name]
    if (
        param.value
        and parameter.choices
        and param.value not in parameter.choices
        and not _is_width(parameter)
    ):
        near = get_close_matches(param.value, parameter.choices, n=1, cutoff=0.6)
        told = f"{name} {param.value!r} is not one of {', '.join(parameter.choices)}"
        return told, f"{name}={near[0]}" if near else None
    return None


def _is_width(parameter: Parameter) -> bool:
    """Spellings of intervals have a rule of their own."""
    return parameter.role == "interval" or "1h" in parameter.choices


def _better(name: str, known: dict[str, Parameter]) -> str | None:
    """Return the parameter that a wrong name most likely means."""
    low = name.lower()
    by_role = {str(parameter.role): parameter.name for parameter in known.values() if parameter.role}
    for word, role in (
        ("pair", "pair"),
        ("coin", "coin"),
        ("start", "start"),
        ("end", "end"),
        ("exchange", "exchange"),
    ):
        if low.startswith(word):
            found = by_role.get(role) or (
                by_role.get("pair") or by_role.get("coin") if word in ("pair", "coin") else None
            )
            if found:
                return found
    near = get_close_matches(low, list(known), n=1, cutoff=0.6)
    return near[0] if near else None
