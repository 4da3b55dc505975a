"""The lint: clean where it should be, and each fault is named where it stands."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from audit.errors import SpecError
from audit.spec import asyncapi
from audit.spec.catalog import default_folder, load
from audit.spec.lint import Problem, lint
from audit.spec.lint.vocabulary import FIELD, NOTE, OPERATION, PARAMETER, SERIES, UNITS
from tests.spec.broken import BROKEN, PEOPLE, SEA


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text, f"{file} no longer has {old!r}; the case breaks nothing"
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_description_is_clean() -> None:
    began = time.perf_counter()
    problems = lint(default_folder())
    assert [str(problem) for problem in problems] == []
    assert time.perf_counter() - began < 15


def test_the_small_description_is_clean_and_loads(small: Path) -> None:
    """Another provider needs another folder and nothing else, so every case below breaks one thing."""
    assert lint(small) == ()
    assert list(load(small).operations) == ["who", "sea_gauges", "sea_level_history", "sea_storms"]


@pytest.mark.parametrize("case", BROKEN)
def test_each_fault_is_named_where_it_stands(case: str, small: Path) -> None:
    (file, old, new), (where, place, words) = BROKEN[case]
    edit(small, file, old, new)
    problems = lint(small)
    hits = [
        p for p in problems if p.file == where and place in p.place and words in f"{p.message}; {p.remedy}"
    ]
    assert hits, "\n".join(map(str, problems)) or "no problem found"
    assert all(problem.message and problem.remedy and "\n" not in str(problem) for problem in problems)


def test_faults_in_the_shipped_description_are_found(shipped: Path) -> None:
    """One fault in each of several files, all found in one go."""
    edit(
        shipped, "openapi.yaml", '"Forced closings, past and expected"', "Forced closings, past and expected"
    )
    edit(shipped, "groups/account.yaml", "x-plan: hobbyist", "x-plan: hobby")
    edit(shipped, "groups/futures-funding-rate.yaml", "data[].time", "data[].tiem")
    edit(shipped, "groups/options.yaml", "x-unit: contracts", "x-unit: contract")
    edit(shipped, "plans.yaml", "requests_per_minute: 80", "requests_per_minute: 8")
    edit(shipped, "refusals.yaml", 'code: "401", msg: Upgrade plan', 'code: "401", msg: Buy a plan')
    found = "\n".join(map(str, lint(shipped)))
    for words in (
        "openapi.yaml: tags/8: not OpenAPI 3.1",
        "hobby is not a plan; write hobbyist",
        "data[].tiem leads to nothing",
        "groups/options.yaml: schemas/ExchangeOptions/open_interest/x-unit: expected one of",
        "startup has 8, hobbyist 30",
        "answers/plan: with status 401 expected plan_gated, found unauthorized",
    ):
        assert words in found


def test_one_broken_file_does_not_hide_the_rest(small: Path) -> None:
    (small / PEOPLE).write_text("who: [", encoding="utf-8")
    edit(small, SEA, "x-unit: percent", "x-unit: percents")
    problems = lint(small)
    assert {problem.file for problem in problems} == {PEOPLE, SEA}


def test_a_folder_without_a_description_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=re.escape(f"{tmp_path}: no openapi.yaml in it")):
        lint(tmp_path)


def test_a_shared_schema_is_reported_once(small: Path) -> None:
    edit(small, "components.yaml", "description: The same in words.", "x-unit: count, description: The same.")
    problems = [problem for problem in lint(small) if problem.file == "components.yaml"]
    assert problems == [
        Problem(
            "components.yaml",
            "schemas/Envelope/text/x-unit",
            "a unit needs a number; this is string",
            "drop the unit, or say `format: decimal` where a number arrives as text",
        )
    ]


def test_what_the_lint_knows_is_what_the_readme_explains() -> None:
    text = (default_folder() / "README.md").read_text(encoding="utf-8")
    for key in {*OPERATION, *PARAMETER, *FIELD, *SERIES, *NOTE}:
        assert re.search(rf"[`, {{]{key}\b", text), f"README.md does not explain {key}"
    explained = set(re.findall(r"`(x-[a-z-]+)", text)) - {"x-provider"}
    assert explained == {*OPERATION, *PARAMETER, *FIELD, *asyncapi.words()}
    units = text.partition("The units are all of these:")[2].partition("A further one")[0]
    assert re.findall(r"`([a-z]+)`", units) == list(UNITS)
