"""How an API says no: ordered rules over status, content, code and words, each giving a verdict.

Pure: an answer goes in, a verdict comes out. The rules and the words are data (refusals.yaml).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from audit.errors import SpecError
from audit.model import Verdict

Content = Literal["json", "html", "other", "empty"]


@dataclass(frozen=True)
class Signs:
    """What a complete answer shows of itself.

    ``content`` is json only for an object that carries a code; ``code`` is that code as text.
    ``worked`` says whether the same key has been answered with success earlier in the run.
    """

    http: int
    content: Content
    code: str | None
    message: str
    worked: bool


@dataclass(frozen=True)
class Rule:
    """One line of the table; a condition that is empty or None always holds."""

    id: str
    verdict: Verdict
    retry: bool
    statuses: frozenset[int]
    classes: frozenset[int]
    contents: frozenset[str]
    codes: frozenset[str]
    words: tuple[str, ...]
    worked: bool | None

    def holds(self, signs: Signs) -> bool:
        """Whether every condition of the rule holds for an answer."""
        if (self.statuses or self.classes) and not (
            signs.http in self.statuses or signs.http // 100 in self.classes
        ):
            return False
        if self.contents and signs.content not in self.contents:
            return False
        if self.codes and signs.code not in self.codes:
            return False
        if self.words and not any(word in signs.message.lower() for word in self.words):
            return False
        return self.worked is None or self.worked == signs.worked


@dataclass(frozen=True)
class Answer:
    """A refusal on the wire, for the stand-in server; ``always`` keeps the status from being 200."""

    http: int
    code: str
    message: str
    always: bool


@dataclass(frozen=True)
class Refusals:
    """The ordered rules and the answers of a provider."""

    rules: tuple[Rule, ...]
    answers: Mapping[str, Answer]

    def classify(self, signs: Signs) -> Rule:
        """Return the first rule that holds; the last rule holds for everything."""
        return next(rule for rule in self.rules if rule.holds(signs))


def read_refusals(tree: Any) -> Refusals:
    """Build the table from the tree of refusals.yaml; raises SpecError naming the rule."""
    rows = tree.get("rules") if isinstance(tree, dict) else None
    if not isinstance(rows, list) or not rows:
        raise SpecError("refusals.yaml: no list `rules`")
    rules = tuple(_rule(row) for row in rows)
    last = rows[-1].get("when")
    if last:
        raise SpecError("refusals.yaml: the last rule must hold for everything; give it `when: {}`")
    given = tree.get("answers") or {}
    if not isinstance(given, dict):
        raise SpecError(f"refusals.yaml: answers: expected a mapping, found {type(given).__name__}")
    return Refusals(rules, {str(name): _answer(str(name), row) for name, row in given.items()})


def _answer(name: str, row: Any) -> Answer:
    try:
        return Answer(int(row["http"]), str(row["code"]), str(row["msg"]), bool(row.get("always", False)))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise SpecError(
            f"refusals.yaml: answer {name}: expected http (a status), code and msg, found a fault ({error!r})"
        ) from None


def _rule(row: Any) -> Rule:
    name = row.get("id", "?") if isinstance(row, dict) else "?"
    try:
        when = row["when"]
        if not isinstance(when, dict):
            raise SpecError(f"refusals.yaml: rule {name}: when: expected a mapping, found {when!r}")
        strange = set(when) - {"http", "content", "code", "words", "worked"}
        if strange:
            raise SpecError(f"refusals.yaml: rule {name}: unknown condition {', '.join(sorted(strange))}")
        statuses, classes = _statuses(when.get("http"))
        contents = frozenset(_many(when.get("content")))
        if not contents <= set(get_args(Content)):
            raise SpecError(f"refusals.yaml: rule {name}: content is one of {', '.join(get_args(Content))}")
        return Rule(
            id=str(name),
            verdict=Verdict(row["verdict"]),
            retry=bool(row.get("retry", False)),
            statuses=statuses,
            classes=classes,
            contents=contents,
            codes=frozenset(_many(when.get("code"))),
            words=tuple(word.lower() for word in _many(when.get("words"))),
            worked=when.get("worked"),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise SpecError(f"refusals.yaml: rule {name}: {error}") from None


def _many(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _statuses(value: Any) -> tuple[frozenset[int], frozenset[int]]:
    texts = _many(value)
    classes = frozenset(int(text[0]) for text in texts if text.endswith("xx"))
    return frozenset(int(text) for text in texts if not text.endswith("xx")), classes
