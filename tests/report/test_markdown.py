"""The comment as a reader of Markdown shows it: tables whole, folds closed, nothing from outside acting."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from audit.model import Run
from audit.report.formats import render
from audit.report.summary import group_findings, summarize
from tests.report.factory import CASES, both, flood
from tests.report.test_hostile import EVERYWHERE, hostile

READER = MarkdownIt("commonmark").enable("table")
FINDINGS = ["severity", "rule", "what", "where", "remedy"]


def tokens(given: Run) -> list[Token]:
    return READER.parse(render("markdown", given))


def shown(token: Token) -> str:
    """The text of a line without its marks."""
    return "".join(child.content or " " for child in token.children or () if child.type != "html_inline")


def tables(given: Run) -> list[list[list[str]]]:
    """Each table as its rows, the head first, of the texts of their cells."""
    found: list[list[list[str]]] = []
    cell = False
    for token in tokens(given):
        match token.type:
            case "table_open":
                found.append([])
            case "tr_open":
                found[-1].append([])
            case "th_open" | "td_open":
                cell = True
            case "inline" if cell:
                found[-1][-1].append(shown(token).strip())
                cell = False
    return found


@pytest.mark.parametrize("case", CASES)
def test_every_table_is_read_as_one_and_no_row_is_left_over(case: str) -> None:
    given = CASES[case]()
    text = render("markdown", given)
    read = tables(given)
    bars = [line for line in text.splitlines() if line.startswith("|")]
    assert len(read) == sum(line.startswith("| ---") for line in bars)
    # A row is a line; one that is not read as such ends its table early.
    assert sum(map(len, read)) == len(bars) - len(read)
    assert all(len(row) == len(table[0]) and any(row) for table in read for row in table)


def test_the_tables_tell_what_the_run_holds() -> None:
    given = both()
    findings, changes, matrix = tables(given)
    assert findings[0] == FINDINGS
    assert [row[1] for row in findings[1:]] == ["plan-gated", "missing-timeout"]
    assert changes[0] == ["old", "new", "where"]
    summary = summarize(given)
    assert matrix[0] == ["open operations", *summary.plans]
    assert [row[0] for row in matrix[1:]] == [*(group.name for group in summary.groups), "total"]


def test_many_findings_of_one_kind_are_one_row() -> None:
    findings, _ = tables(flood())
    assert len(findings) == 1 + len(group_findings(flood().findings)) == 2


@pytest.mark.parametrize("case", CASES)
def test_what_is_folded_is_closed_and_holds_its_table(case: str) -> None:
    folds = 0
    for token in tokens(CASES[case]()):
        if token.type == "html_block":
            folds += token.content.count("<details>") - token.content.count("</details>")
            # Without an empty line after it a table would be shown as bars.
            assert "|" not in token.content
        assert folds in (0, 1)
    assert folds == 0


@EVERYWHERE
def test_nothing_from_outside_becomes_markup(told: str) -> None:
    def kinds(given: Run) -> Counter[str]:
        inner = [child for token in tokens(given) for child in token.children or ()]
        return Counter(
            [token.type for token in tokens(given)]
            + [child.type for child in inner if child.type in ("link_open", "image")]
        )

    assert kinds(hostile(told)) == kinds(hostile("words"))


@pytest.mark.parametrize("case", CASES)
def test_what_stands_open_in_a_pull_request_is_short(case: str) -> None:
    text = re.sub(r"<details>.*?</details>", "", render("markdown", CASES[case]()), flags=re.DOTALL)
    assert len(text.splitlines()) < 40
