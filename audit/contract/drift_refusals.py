"""What moved in how the API says no, and in what stands around an answer: words, codes, statuses. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from audit.checks.drift import Move
from audit.contract.drift_plans import OPEN
from audit.contract.drift_sides import PASSING, Answer
from audit.model import Observation, Severity

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")
_WORD = re.compile(r"[^\W_]+|#")

Pair = tuple[Answer, Answer]


def refusals(pairs: Iterable[Pair]) -> Iterator[Move]:
    """Report refusals that mean the same and are said otherwise, each change once for all operations."""
    found: dict[tuple[str, ...], list[Pair]] = {}
    for before, now in pairs:
        old, new = before.observation, now.observation
        if old.verdict is not new.verdict or new.verdict in PASSING:
            continue
        for what, weight, was, is_now in _changes(old, new):
            found.setdefault((what, weight.value, str(old.verdict), was, is_now), []).append((before, now))
    for (what, level, verdict, was, is_now), rows in sorted(found.items()):
        before, now = rows[0]
        name = now.observation.operation
        kind = "a success" if now.observation.verdict in OPEN else f"the refusal {verdict}"
        told = f"{kind} has {what} {is_now}, had {was}"
        if len(rows) > 1:
            told += f" ({len(rows)} answers, such as {name})"
        yield Move(told, Severity(level), before.told, now.told, name if len(rows) == 1 else None)


def media(before: Answer, now: Answer) -> Iterator[Move]:
    """Report another kind of content: some programs refuse JSON that is not called so."""
    if before.content and before.content != now.content:
        told = f"the content type is {now.content or 'not told'}, was {before.content}"
        yield Move(told, Severity.WARNING, before.told, now.told, now.observation.operation)


def normal(words: str | None) -> str:
    """A message without case, punctuation, names in quotes and numbers."""
    return " ".join(_WORD.findall(_QUOTED.sub("#", (words or "").casefold())))


def _changes(old: Observation, new: Observation) -> Iterator[tuple[str, Severity, str, str]]:
    if old.http_status != new.http_status:
        yield "HTTP status", Severity.WARNING, str(old.http_status), str(new.http_status)
    if old.code != new.code:
        yield "code", Severity.WARNING, str(old.code), str(new.code)
    if new.verdict not in OPEN and normal(old.message) != normal(new.message):
        # Programs that match the words are few; those that do not notice nothing.
        yield "the words", Severity.NOTE, f'"{old.message or ""}"', f'"{new.message or ""}"'
