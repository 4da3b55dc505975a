"""The rule catalogue: one page per rule, made from the rules, and what it says fails does fail.

After a change of a rule: ``UPDATE_RULES=1 python -m pytest tests/report/test_catalogue.py``.
"""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import pytest

from audit.checks import CODE_CHECKS, RULES
from audit.errors import SpecError
from audit.report.catalogue import pages
from audit.report.rules import RuleText
from audit.spec.catalog import Spec, default_folder
from audit.spec.failures import FILE, SERVED, Failure, load_failures
from tests.support.cli import REPOSITORY, run_here

FOLDER = REPOSITORY / "docs" / "rules"
FAILURES = load_failures(default_folder())
CODE = {name: failure for name, failure in FAILURES.items() if failure.code is not None}
COMMANDS = {name: failure for name, failure in FAILURES.items() if failure.command is not None}
# Rows cannot be held back by a fault of the sandbox, which draws as many as are asked for.
WITHOUT = {"history-too-short"}


def wanted(spec: Spec) -> dict[str, str]:
    texts = [
        RuleText(rule.id, rule.severity, rule.summary, rule.why, rule.example, rule.remedy)
        for rule in RULES.values()
    ]
    return pages(texts, FAILURES, spec.provider.key_variable)


def test_the_pages_are_those_of_the_rules(spec: Spec) -> None:
    made = wanted(spec)
    if os.environ.get("UPDATE_RULES"):
        FOLDER.mkdir(exist_ok=True)
        for old in FOLDER.glob("*.md"):
            old.unlink()
        for name, text in made.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert found.keys() == made.keys(), "run UPDATE_RULES=1 make test"
    assert found == made, "run UPDATE_RULES=1 make test and look at the diff"


@pytest.mark.parametrize("rule", RULES)
def test_a_page_has_what_why_example_and_remedy(rule: str) -> None:
    text = (FOLDER / f"{rule}.md").read_text(encoding="utf-8")
    titles = ["What", "Why", "Example", "Remedy"]
    parts = [text.partition(f"\n## {title}\n")[2].partition("\n## ")[0].strip() for title in titles]
    assert text.startswith(f"# {rule}\n\nSeverity: {RULES[rule].severity}\n")
    assert all(parts), dict(zip(titles, parts, strict=True))
    assert ("```" in parts[2]) is (rule not in WITHOUT)


def test_every_rule_has_something_that_fails_it() -> None:
    assert FAILURES.keys() == RULES.keys() - WITHOUT
    of_code = {check.__module__.rpartition(".")[2].replace("_", "-") for check in CODE_CHECKS}
    assert of_code == CODE.keys()


def rules_found(out: str) -> set[str]:
    return {finding["rule"] for finding in json.loads(out)["findings"]}


@pytest.mark.parametrize("rule", CODE)
def test_the_code_of_a_page_fails(rule: str, tmp_path: Path) -> None:
    failure = CODE[rule]
    (tmp_path / str(failure.file)).write_text(str(failure.code), encoding="utf-8")
    plan = ("--plan", failure.plan) if failure.plan else ()
    ran = run_here("scan", str(tmp_path), "--format", "json", "--quiet", *plan)
    assert rule in rules_found(ran.out)


@pytest.mark.parametrize("rule", COMMANDS)
def test_the_command_of_a_page_fails(
    rule: str, sandbox_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = COMMANDS[rule]
    monkeypatch.chdir(tmp_path)
    words = shlex.split(str(failure.command).replace(SERVED, sandbox_url))
    ran = run_here(*words, "--format", "json", COINGLASS_API_KEY=failure.key)
    assert rule in rules_found(ran.out)


def test_explain_shows_the_same() -> None:
    for rule, failure in FAILURES.items():
        shown = run_here("explain", rule)
        assert shown.code == 0
        for line in (failure.code or str(failure.command).replace(SERVED, "")).splitlines():
            assert line.strip() in shown.out or SERVED in str(failure.command)
    assert "\nRemedy:" in run_here("explain", *WITHOUT).out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("examples: 3", "examples: input should be a valid dictionary"),
        ("[]", "examples: input should be a valid dictionary"),
        ("examples: {secret: {code: x}}", "secret: give code and its file, or a command"),
        ("examples: {secret: {}}", "secret: give code and its file, or a command"),
        ("examples: {secret: {code: x, file: y, command: z}}", "secret: give code and its file"),
        ("examples: {secret: {comand: x}}", "secret/comand: extra inputs are not permitted"),
    ],
)
def test_a_fault_in_the_file_is_named(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(SpecError) as raised:
        load_failures(tmp_path)
    assert str(raised.value).lower().startswith(f"{FILE}: {words}")


def test_a_description_without_the_file_has_no_examples(tmp_path: Path) -> None:
    assert load_failures(tmp_path) == {}
    assert "```" not in pages([RuleText("one", RULES["secret"].severity)], {}, "KEY")["one.md"]
    assert Failure(command="probe").key is None
