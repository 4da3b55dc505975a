"""Waivers: findings that somebody answers for, taken out of the decision until a day that is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from audit.checks import RULES
from audit.checks.mismatches import one_line
from audit.errors import UsageError, unknown
from audit.model import Decision, Finding, Run, UsedWaiver, Waiver, WaiverState

MAX_WAIVERS = 1000
MAX_TEXT = 500
MAX_MESSAGE = 1000  # a list of all rules fits
_NAMED = 3

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]


class _Entry(BaseModel):
    """One entry of a file of waivers, as it is written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    rule: Text
    operation: Text | None = None
    file: Text | None = None
    reason: Text
    by: Text
    until: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]

    @field_validator("rule")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in RULES:
            raise ValueError(str(unknown("rule", name, sorted(RULES))))
        return name

    @field_validator("until")
    @classmethod
    def _a_day(cls, text: str) -> str:
        date.fromisoformat(text)
        return text


@dataclass(frozen=True)
class Waivers:
    """What was waived by whom, and the day on which that is asked (UTC)."""

    given: tuple[Waiver, ...] = ()
    today: date = date.min

    def mark(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return the findings in their order, each with the first waiver that fits it and has not expired."""
        by_rule: dict[str, list[Waiver]] = {}
        for waiver in self.given:
            if not self._expired(waiver):
                by_rule.setdefault(waiver.rule, []).append(waiver)
        return tuple(_marked(finding, by_rule.get(finding.rule, ())) for finding in findings)

    def told(self, run: Run) -> Run:
        """Return a run, whose findings are marked, with its waivers and with a reason for what they did."""
        if not self.given:
            return run
        counts = Counter(one.waived.identity for one in run.findings if one.waived)
        used = tuple(self._use(waiver, run, counts) for waiver in self.given)
        reasons = (*run.decision.reasons, *_reasons(used))
        decision = Decision(outcome=run.decision.outcome, reasons=reasons)
        return run.model_copy(update={"waivers": used, "decision": decision})

    def _expired(self, waiver: Waiver) -> bool:
        return date.fromisoformat(waiver.until) < self.today

    def _use(self, waiver: Waiver, run: Run, counts: Counter[tuple[str, ...]]) -> UsedWaiver:
        if self._expired(waiver):
            state = WaiverState.EXPIRED
            count = sum(one.waived is None and _fits(waiver, one) for one in run.findings)
        else:
            count = counts[waiver.identity]
            state = WaiverState.HOLDS if count else WaiverState.UNUSED
        return UsedWaiver(**waiver.model_dump(), state=state, findings=count)


NONE = Waivers()


def read_waivers(path: Path, today: date | None = None) -> Waivers:
    """Read a file of waivers; raises UsageError that starts with file and line. ``today`` is in UTC."""
    from audit.spec.located import line_of, read_located

    found = read_located(path, "a list of waivers")
    rows = found.tree
    if not isinstance(rows, list):
        raise UsageError(
            f"{path}:1: expected a list of waivers, found {type(rows).__name__}; "
            f"each has {', '.join(_Entry.model_fields)}"
        )
    if len(rows) > MAX_WAIVERS:
        raise UsageError(f"{path}: more than {MAX_WAIVERS} waivers; correct what they are for")
    given = []
    for index, row in enumerate(rows):
        try:
            waiver = Waiver(**_Entry.model_validate(row).model_dump())
        except ValidationError as error:
            place, told = _problem(error, index)
            raise UsageError(f"{path}:{line_of(place, found.lines)}: {told}") from None
        if waiver in given:
            raise UsageError(f"{path}:{line_of((index,), found.lines)}: the same waiver twice; take one out")
        given.append(waiver)
    return Waivers(tuple(given), today or datetime.now(UTC).date())


def _problem(error: ValidationError, index: int) -> tuple[tuple[str | int, ...], str]:
    """Return where in the file the first mistake stands, and what would be right."""
    first: Any = error.errors(include_url=False, include_input=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    keys = list(_Entry.model_fields)
    match first["type"]:
        case "extra_forbidden":
            told = str(unknown("key", name, keys))
        case "missing":
            told = f"{name} is missing; expected rule, reason, by and until, and maybe operation and file"
        case "string_too_short":
            told = f"{name} is empty; write it out"
        case "string_pattern_mismatch":
            told = f"{name}: expected a day such as 2026-12-31"
        case "model_type":
            told = f"expected a mapping with {', '.join(keys)}"
        case _:
            told = f"{name}: {first['msg'].removeprefix('Value error, ')}"
    return (index, name), one_line(told, MAX_MESSAGE)


def _marked(finding: Finding, waivers: Iterable[Waiver]) -> Finding:
    for waiver in waivers:
        if _fits(waiver, finding):
            return finding.model_copy(update={"waived": waiver})
    return finding


def _fits(waiver: Waiver, finding: Finding) -> bool:
    file = finding.location.file if finding.location else None
    asked = ((waiver.operation, finding.operation), (waiver.file, file))
    return waiver.rule == finding.rule and all(
        glob is None or (name is not None and fnmatchcase(name, glob)) for glob, name in asked
    )


def _reasons(used: Iterable[UsedWaiver]) -> list[str]:
    reasons, unused = [], Counter[str]()
    for waiver in used:
        count = "1 finding" if waiver.findings == 1 else f"{waiver.findings:,} findings"
        match waiver.state:
            case WaiverState.HOLDS:
                why = waiver.reason.rstrip(".")
                reasons.append(
                    f"{count} of {waiver.subject} waived until {waiver.until} by {waiver.by}: {why}."
                )
            case WaiverState.EXPIRED:
                told = f"The waiver of {waiver.subject} by {waiver.by} expired on {waiver.until}"
                reasons.append(
                    f"{told} and waives nothing" + (f"; {count} would fit." if waiver.findings else ".")
                )
            case WaiverState.UNUSED:
                unused[waiver.subject] += 1
    if unused:
        named = ", ".join([*unused][:_NAMED]) + (" …" if len(unused) > _NAMED else "")
        waivers = "1 waiver fits" if unused.total() == 1 else f"{unused.total()} waivers fit"
        reasons.append(f"{waivers} no finding of this run: {named}.")
    return reasons
