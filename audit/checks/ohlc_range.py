"""ohlc-range: a candle whose low and high do not enclose open and close."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from audit.checks.field_missing import rows
from audit.checks.mismatches import one_line, show
from audit.checks.rule import Rule
from audit.checks.seen import Seen
from audit.model import Finding, Severity

RULE = Rule(
    id="ohlc-range",
    severity=Severity.ERROR,
    summary="A candle where low ≤ open, close ≤ high does not hold.",
    why="Ranges, stops and volatility computed from it are wrong, sometimes negative.",
    example='open "10", high "9", low "8", close "9".',
    remedy="Drop or repair such candles before use, and report the pair and time to the provider.",
)


def check(seen: Seen) -> Iterator[Finding]:
    """Report the first broken candle of an answer and how many there are."""
    if not seen.answered:
        return
    broken = list(_broken(seen.operation.schema, seen.body, ""))
    if broken:
        path, shown = broken[0]
        yield RULE.finding(
            f"{path}: {shown}{rows(len(broken))}", operation=seen.operation.id, evidence=seen.request
        )


def _broken(schema: Mapping[str, Any], value: Any, path: str) -> Iterator[tuple[str, str]]:
    names = schema.get("x-ohlc")
    if names:
        fault = _fault(names, value)
        if fault:
            yield path, fault
        return
    if isinstance(value, dict):
        for name, child in schema.get("properties", {}).items():
            if name in value and _leads_to_candle(child):
                yield from _broken(child, value[name], f"{path}.{name}" if path else name)
        rest = schema.get("additionalProperties")
        if isinstance(rest, Mapping) and _leads_to_candle(rest):
            for name, child_value in value.items():
                yield from _broken(rest, child_value, f"{path}.{one_line(name)}")
    elif isinstance(value, list):
        items = schema.get("items")
        if isinstance(items, Mapping) and _leads_to_candle(items):
            for index, item in enumerate(value):
                yield from _broken(items, item, f"{path}[{index}]")


def _leads_to_candle(schema: Mapping[str, Any]) -> bool:
    if "x-ohlc" in schema:
        return True
    inner = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    return any(_leads_to_candle(child) for child in inner if isinstance(child, Mapping))


def _fault(names: Mapping[str, Any], row: Any) -> str | None:
    try:
        values = {role: float(row[place]) for role, place in names.items()}
        low, high = values["low"], values["high"]
    except (KeyError, IndexError, TypeError, ValueError, OverflowError):
        return None  # the field checks say what is wrong with it
    if not all(map(isfinite, values.values())):
        return None
    if low <= min(values["open"], values["close"]) and max(values["open"], values["close"]) <= high:
        return None
    return ", ".join(f"{role} {show(row[names[role]])}" for role in ("open", "high", "low", "close"))
