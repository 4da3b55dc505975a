"""What may become of a generated request: whether its parameters keep to the description. Pure.

Judges what goes over the wire, where every value is text, and not what a generator meant by it. It reads
the description by itself, so that it can disagree with the sandbox, which reads the same one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from audit.spec.operations import Operation, Parameter
from audit.spec.strictness import DECIMAL, MOMENTS

Pairs = Sequence[tuple[str, str]]

_NUMBER = re.compile(DECIMAL, re.ASCII)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_PLAIN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
_CUTTING = ("start", "end", "page")
# A number that one documented bound leaves open is promised no further than 32 bits.
_FAR = 2**31


class Demand(StrEnum):
    """What a request has a right to."""

    ANSWER = "answer"
    REFUSAL = "refusal"
    EITHER = "either"


@dataclass(frozen=True)
class Ruling:
    """A demand and its ground in words; ``rows`` says that an answer must have some."""

    demand: Demand
    why: str
    rows: bool = False


def rule(operation: Operation, pairs: Pairs) -> Ruling:
    """Say what a request with these query parameters has a right to.

    What is forbidden anywhere makes the whole request one to refuse; parameters that the description
    does not know are ignored. Nothing is promised for a pair, a coin or another open name that is not
    the description's own example: it need not exist.
    """
    given = _by_name(pairs)
    rulings = [_one(parameter, given.get(parameter.name, [])) for parameter in operation.parameters]
    for demand in (Demand.REFUSAL, Demand.EITHER):
        found = next((ruling for ruling in rulings if ruling.demand is demand), None)
        if found is not None:
            return found
    values = {name: texts[0] for name, texts in given.items()}
    return _together(operation, values) or Ruling(
        Demand.ANSWER, "everything is as documented", _whole(operation, values)
    )


def _by_name(pairs: Pairs) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for name, text in pairs:
        given.setdefault(name, []).append(text)
    return given


def _one(parameter: Parameter, texts: list[str]) -> Ruling:
    """Rule on one parameter: first how often it is there, then what it says."""
    name = parameter.name
    if not texts:
        demand = Demand.REFUSAL if parameter.required else Demand.ANSWER
        return Ruling(demand, f"{name} is missing")
    text = texts[0]
    if len(texts) > 1:
        return Ruling(Demand.EITHER, f"{name} is given more than once")
    if text != text.strip():
        return Ruling(Demand.EITHER, f"{name} has blanks around it")
    if not text and not (parameter.required and _closed(parameter)):
        return Ruling(Demand.EITHER, f"{name} is empty")
    return _value(parameter, text)


def _value(parameter: Parameter, text: str) -> Ruling:
    name = parameter.name
    if parameter.choices:
        demand = Demand.ANSWER if text in parameter.choices else Demand.REFUSAL
        return Ruling(demand, f"{name} is not one of the documented")
    if parameter.type in ("integer", "number"):
        return _number(parameter, text)
    if parameter.type == "boolean":
        demand = Demand.ANSWER if text in ("true", "false") else Demand.REFUSAL
        return Ruling(demand, f"{name} is neither true nor false")
    demand = Demand.ANSWER if text == parameter.example else Demand.EITHER
    return Ruling(demand, f"{name} need not exist")


def _closed(parameter: Parameter) -> bool:
    return bool(parameter.choices) or parameter.type != "string"


def _number(parameter: Parameter, text: str) -> Ruling:
    name, whole = parameter.name, parameter.type == "integer"
    number = float(text) if _NUMBER.match(text) else math.nan
    if not math.isfinite(number) or (whole and number != math.floor(number)):
        return Ruling(Demand.REFUSAL, f"{name} is not a {'whole ' if whole else ''}number")
    low, high = parameter.schema.get("minimum"), parameter.schema.get("maximum")
    if low is not None and number < low:
        return Ruling(Demand.REFUSAL, f"{name} is below {low}")
    if high is not None and number > high:
        # More rows than there may be is a wish that a server may cut down; the rows are counted later.
        lowered = parameter.role == "limit"
        return Ruling(Demand.EITHER if lowered else Demand.REFUSAL, f"{name} is above {high}")
    if not (_WHOLE if whole else _PLAIN).match(text):
        return Ruling(Demand.EITHER, f"{name} is an odd spelling of a number")
    first, last = MOMENTS.get(parameter.time or "", (-_FAR, _FAR))
    if not first <= number < last and (low is None or high is None):
        return Ruling(Demand.EITHER, f"{name} is far from anything that is documented")
    return Ruling(Demand.ANSWER, f"{name} is a number as documented")


def _together(operation: Operation, values: Mapping[str, str]) -> Ruling | None:
    """What values that are fine one by one cannot be together."""
    texts = {role: _text(operation, values, role) for role in ("exchange", "pair", "start", "end")}
    exchange = operation.parameter("exchange")
    if texts["pair"] is not None and exchange is not None and texts["exchange"] != exchange.example:
        return Ruling(Demand.EITHER, "the exchange need not have the pair")
    if texts["start"] is not None and texts["end"] is not None and int(texts["start"]) > int(texts["end"]):
        return Ruling(Demand.EITHER, "the range ends before it begins")
    return None


def _text(operation: Operation, values: Mapping[str, str], role: str) -> str | None:
    parameter = next((one for one in operation.parameters if one.role == role), None)
    return values.get(parameter.name) if parameter else None


def _whole(operation: Operation, values: Mapping[str, str]) -> bool:
    """Whether nothing in the request can have left no rows: neither a range nor a page nor a filter."""
    return not operation.may_be_empty and all(
        parameter.name not in values
        or values[parameter.name] == parameter.example
        or parameter.role in ("limit", "interval")
        or (parameter.role not in _CUTTING and bool(parameter.choices))
        for parameter in operation.parameters
    )
