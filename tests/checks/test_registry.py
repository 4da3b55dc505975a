"""The registry of rules: complete, named after the files, and each rule explains itself."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

from audit import checks
from audit.checks import ANSWER_CHECKS, RULES
from audit.checks.heard import CHECKS
from audit.model import Severity

FOLDER = Path(checks.__file__).parent
# A file that defines a rule is one; what the rules share stands beside them.
FILES = sorted(path.stem for path in FOLDER.glob("*.py") if "\nRULE = Rule(" in path.read_text("utf-8"))


def test_every_file_with_a_rule_is_registered_and_every_rule_has_its_file() -> None:
    assert len(FILES) >= 15
    assert [name.replace("_", "-") for name in FILES] == sorted(RULES)


def test_the_registry_is_sorted_and_keyed_by_the_slug() -> None:
    assert list(RULES) == sorted(RULES)
    assert all(slug == rule.id for slug, rule in RULES.items())


@pytest.mark.parametrize("name", FILES)
def test_a_rule_is_what_its_file_says(name: str) -> None:
    module = importlib.import_module(f"audit.checks.{name}")
    assert module.RULE is RULES[name.replace("_", "-")]
    assert module.__doc__ is not None
    assert module.__doc__.startswith(f"{module.RULE.id}: ")
    assert callable(module.check)


@pytest.mark.parametrize("slug", RULES)
def test_a_rule_explains_itself(slug: str) -> None:
    rule = RULES[slug]
    assert isinstance(rule.severity, Severity)
    for text in (rule.summary, rule.why, rule.example, rule.remedy):
        assert text
        assert text.strip() == text
        assert text.isprintable()
    # An example may be a line of code.
    assert all(text.endswith(".") for text in (rule.summary, rule.why, rule.remedy))
    assert len({rule.summary, rule.why, rule.example, rule.remedy}) == 4


def test_every_check_of_an_answer_is_run_once() -> None:
    assert _modules(ANSWER_CHECKS) == sorted(_that_take("Seen") + _that_take("Judged"))


def test_what_holds_for_answers_and_channels_alike_is_run_on_both() -> None:
    assert _modules(CHECKS) == _that_take("Judged")


def _modules(run: tuple[Callable[..., object], ...]) -> list[str]:
    return sorted(check.__module__.rpartition(".")[2] for check in run)


def _that_take(sort: str) -> list[str]:
    return [
        name for name in FILES if f"def check(seen: {sort})" in (FOLDER / f"{name}.py").read_text("utf-8")
    ]


def test_a_finding_takes_what_the_rule_says_unless_told_otherwise() -> None:
    rule = RULES["plan-mismatch"]
    plain, other = rule.finding("m"), rule.finding("m", remedy="r", severity=Severity.NOTE)
    assert (plain.rule, plain.severity, plain.remedy) == (rule.id, rule.severity, rule.remedy)
    assert (other.remedy, other.severity) == ("r", Severity.NOTE)
