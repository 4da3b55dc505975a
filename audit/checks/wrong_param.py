"""wrong-param: the API does not accept the parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from audit.checks.plan_mismatch import said
from audit.checks.reliance import Meaning, Reliance, accepted
from audit.checks.rule import Rule
from audit.checks.seen import Judged
from audit.model import Finding, Severity, Verdict
from audit.scan.atlas import HOLE
from audit.scan.parameters import Param
from audit.scan.uses import Use
from audit.spec.operations import Operation, Parameter

if TYPE_CHECKING:
    from audit.scan.stream_messages import Named
    from audit.spec.channels import Stream

RULE = Rule(
    id="wrong-param",
    severity=Severity.ERROR,
    summary="A parameter is refused: its name, its value, or the pair it names.",
    why="A wrong pair or a missing list is refused over HTTP 200, and looks like a quiet market.",
    example="symbol=BTC where a pair such as BTCUSDT is due.",
    remedy="Look the spelling up with `coinglass-audit spec show OPERATION` and in the API's list of pairs.",
)


def check(seen: Judged) -> Iterator[Finding]:
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
    earlier = reliance.source.atlas.legacy.renamed
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
                certain=use.certain and not use.chosen and (param.certain or replacement is not None),
                remedy=f"Write {replacement}." if replacement else "Leave it out; it has no effect.",
            )
        yield from _symbols(use, meant, operation, reliance)
    yield from _messages(reliance)


def _messages(reliance: Reliance) -> Iterator[Finding]:
    """Report requests to the stream that are of another form than it takes, and channels it does not have."""
    heard = reliance.source.heard
    stream = reliance.spec.stream if heard.messages else None
    if stream is None:
        return
    for message in heard.messages:
        if not message.right:
            found = [(one.name, one.channel) for one in message.names if one.channel]
            names = [channel.address if HOLE in name else name for name, channel in found]
            form = stream.subscribe if message.asks else stream.unsubscribe
            right = form.text(names or [next(iter(stream.channels.values())).name()])
            # What goes to another host, or asks for no channel of this one, may mean another stream.
            sure = bool(names) or (heard.alone and heard.near)
            told = "is met with silence; the form is" if sure else "would be met with silence; the form is"
            yield reliance.finding(
                RULE,
                message.anchor,
                f"{message.written} {told} {right}",
                legacy=message.written,
                replacement=right,
                certain=sure,
                remedy=f"Send {right}.",
            )
        for one in message.names:
            if one.channel is None:
                yield _no_channel(one, stream, reliance)


def _no_channel(named: Named, stream: Stream, reliance: Reliance) -> Finding:
    shown = named.name.replace(HOLE, "…")
    heads = {re.split(r"\W", channel.address)[0].lower(): channel for channel in stream.channels.values()}
    near = get_close_matches(re.split(r"\W", shown)[0].lower(), list(heads), n=1, cutoff=0.8)
    better = heads[near[0]].address if near else None
    known = ", ".join(channel.address for channel in stream.channels.values())
    return reliance.finding(
        RULE,
        named.anchor,
        f"no document names a channel {shown}; there are {known}",
        severity=RULE.severity if better else Severity.WARNING,
        legacy=shown,
        replacement=better,
        certain=False,  # a likeness is a guess, and a channel may be undocumented
        remedy=f"Subscribe to {better}." if better else "Look up the channels that the description has.",
    )


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
            certain=use.certain and not use.chosen and param.certain and param.fixed,
            remedy=f"Send a {due}" + (f", such as {parameter.example}." if parameter.example else "."),
        )


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
