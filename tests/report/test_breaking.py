"""Where a request breaks on a narrow terminal: behind a sign of its address, not inside a name."""

from __future__ import annotations

import re

import pytest

from audit.report.formats import render
from tests.report.factory import finding, run

LONG = "GET /api/some/very-long-path-of-an-operation?exchange_list=Binance,OKX,Bybit&symbol=BTC&interval=1d"


def shown(evidence: str, width: int) -> list[str]:
    told = render("text", run(findings=(finding(evidence=evidence, remedy=None),)), width=width)
    (block,) = re.findall(r"^    seen     (.*(?:\n {13}.*)*)", told, re.MULTILINE)
    return [line.strip() for line in block.split("\n")]


@pytest.mark.parametrize("width", [80, 100, 140])
def test_it_breaks_behind_a_sign_and_loses_nothing(width: int) -> None:
    lines = shown(LONG, width)
    assert "".join(lines).replace(" ", "") == LONG.replace(" ", "")
    assert max(map(len, lines)) <= width - 13
    assert all(line[-1] in "?&," for line in lines[:-1])


def test_words_break_between_them() -> None:
    words = " ".join(f"word{number}" for number in range(40))
    lines = shown(words, 80)
    assert len(lines) > 3
    assert " ".join(lines) == words


def test_what_has_no_place_to_break_is_folded() -> None:
    lines = shown("x" * 150, 80)
    assert "".join(lines) == "x" * 150
    assert max(map(len, lines)) <= 67
