"""Broken files and files made to take long: what they use is found, and how they were read is told."""

from __future__ import annotations

import pytest

from audit.scan.source import read_source
from tests.scan.test_corpus import shipped
from tests.scan.test_source import read

HOST = "https://open-api-v4.coinglass.com"
URL = f"{HOST}/api/futures/open-interest/history"
OLD = "https://open-api-v3.coinglass.com/api/futures/openInterest/ohlc-history"
KEY = "fa4e" * 8
SOUND = "".join(f"def sound_{number}(a, b):\n    c = a + b\n    return c\n\n" for number in range(30))
LOST = {
    "in the head of a class": f"class (\n    r = requests.get('{URL}')\n",
    "behind a statement cut off": f"print 'x' % (\nwhile while\nr = requests.get('{URL}')\n",
    "between brackets left open": f"if else ( [ {{\nrequests.get('{URL}', params={{'symbol': 'BTC'}})\n",
}


@pytest.mark.parametrize("name", LOST)
def test_a_call_where_the_grammar_is_lost_is_found(name: str) -> None:
    source = read_source("a.py", (SOUND + LOST[name] + SOUND).encode(), shipped()[1])
    assert source.facts.errors
    assert [use.path for use in source.relied.uses] == ["/api/futures/open-interest/history"]


def test_a_comment_beside_an_error_stays_a_comment() -> None:
    code = f"{SOUND}class (\n# requests.get('{URL}')\n    x = 1\n{SOUND}"
    source = read_source("a.py", code.encode(), shipped()[1])
    assert source.facts.errors
    assert source.relied.uses == []


@pytest.mark.parametrize("rest", ['"b": [1, 2', '"b": {"c": "d', '"b": '])
def test_a_file_of_json_that_is_cut_off_is_read_as_text(rest: str) -> None:
    whole, cut = (
        read_source("a.json", f'{{"a": "{URL}", {end}'.encode(), shipped()[1]) for end in ('"b": 1}', rest)
    )
    assert (whole.facts.parsed, cut.facts.parsed) == (True, False)
    assert [use.path for use in cut.relied.uses] == [use.path for use in whole.relied.uses]


@pytest.mark.parametrize(("depth", "parsed"), [(1_000, True), (100_000, False)])
def test_brackets_of_yaml_that_nest_too_deep_are_read_as_text(depth: int, parsed: bool) -> None:
    code = f"a: {URL}\nb: {'[' * depth}{']' * depth}\n"
    source = read_source("a.yaml", code.encode(), shipped()[1])
    assert source.facts.parsed is parsed
    assert [use.path for use in source.relied.uses] == ["/api/futures/open-interest/history"]


def test_a_sum_of_thousands_of_words_is_a_path_all_the_same() -> None:
    words = " + ".join(f"'word{number}'" for number in range(20_000))
    source = read_source("a.py", f"u = '{URL}?note=' + {words}\n".encode(), shipped()[1])
    assert [use.path for use in source.relied.uses] == ["/api/futures/open-interest/history"]


@pytest.mark.parametrize("before", [1_900, 1_980, 1_990, 3_000])
def test_evidence_of_a_long_line_shows_no_half_key(before: int) -> None:
    """A line of keys and little else: wherever it is cut, each is shortened or not shown."""
    filled = f'api_key = "{KEY}"; ' * (before // 48)
    line = f'{filled.ljust(before)[:before]}api_key = "{KEY}"; requests.get("{OLD}?symbol=BTCUSDT")\n'
    _, findings = read("a.py", line, comments=False)
    assert findings
    assert not [finding.evidence for finding in findings if KEY[:8] in (finding.evidence or "")]
