"""Comments are quiet until they are asked for, and nothing in them is certain."""

from __future__ import annotations

import random

import pytest

from audit.checks import CODE_CHECKS
from audit.checks.reliance import Reliance
from audit.model import Finding
from audit.scan.languages import MAX_PARSED
from audit.scan.source import Source, read_source
from tests.scan.test_corpus import CORPUS, EXPECTED, shipped

OLD = "https://open-api-v3.coinglass.com/api/futures/openInterest/ohlc-history"
COMMENTED = {
    "a.py": f'"""Asks {OLD}?symbol=BTCUSDT."""\nx = 1\n',
    "b.py": f"# requests.get('{OLD}?symbol=BTCUSDT')\n",
    "c.ts": f"/* {OLD}?symbol=BTCUSDT */\n",
    "d.go": f"package a\n// {OLD}?symbol=BTCUSDT\n",
    "e.yaml": f"a: b  # {OLD}?symbol=BTCUSDT\n",
    "f.swift": f"// {OLD}?symbol=BTCUSDT\n",
    "g.R": f"# {OLD}?symbol=BTCUSDT\n",
    "h.lua": f"-- {OLD}?symbol=BTCUSDT\n",
}


def read(name: str, text: str, comments: bool) -> tuple[Source, list[Finding]]:
    spec, atlas = shipped()
    source = read_source(name, text.encode(), atlas, comments=comments)
    return source, [finding for check in CODE_CHECKS for finding in check(Reliance(source, spec))]


@pytest.mark.parametrize("name", COMMENTED)
def test_a_comment_is_quiet_until_it_is_asked_for(name: str) -> None:
    quiet, findings = read(name, COMMENTED[name], comments=False)
    assert (quiet.relied.uses, quiet.relied.hosts, findings) == ([], [], [])
    asked, findings = read(name, COMMENTED[name], comments=True)
    (use,) = asked.relied.uses
    assert use.path == "/api/futures/openInterest/ohlc-history"
    assert use.path_span is None
    assert {finding.rule for finding in findings} == {
        "legacy-host",
        "legacy-endpoint",
        "missing-required-param",
    }
    assert not any(finding.certain for finding in findings)


def test_what_stands_in_code_is_as_certain_as_without_comments() -> None:
    code = f'get("{OLD}")  # as {OLD} says\n'
    alone, _ = read("a.py", code, comments=False)
    asked, _ = read("a.py", code, comments=True)
    assert asked.relied.uses[0] == alone.relied.uses[0]
    assert [use.certain for use in asked.relied.uses] == [True, False]


def test_a_heading_of_a_document_is_told_of_once() -> None:
    source, _ = read("a.md", f"# {OLD}\n", comments=True)
    assert [use.certain for use in source.relied.uses] == [True]


def test_code_that_is_too_long_for_a_grammar_is_read_as_text_and_says_so() -> None:
    source, findings = read("a.py", f"u = '{OLD}'\n" + "x = 1\n" * (MAX_PARSED // 6 + 1), comments=False)
    assert not source.facts.parsed
    assert {finding.rule for finding in findings} == {"legacy-host", "legacy-endpoint"}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_a_file_has_become_it_is_judged(seed: int) -> None:
    spec, atlas = shipped()
    chance = random.Random(seed)
    for name in sorted(EXPECTED):
        raw = bytearray((CORPUS / name).read_bytes())
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(raw) + 1)
            what = chance.choice(
                [b'"', b"(", b"{", b"\n", b"'", b"\\", b"\xff", b"`", b"${", b")", b"()", b""]
            )
            raw[at : at + chance.randint(0, 15)] = what
        source = read_source(name, bytes(raw), atlas, comments=bool(seed % 2))
        reliance = Reliance(source, spec, spec.ladder.get("hobbyist"))
        findings = [finding for check in CODE_CHECKS for finding in check(reliance)]
        assert all(one.location and (one.location.line or 0) > 0 for one in findings)
        assert all(0 <= use.anchor.start <= use.anchor.end <= len(raw) for use in source.relied.uses)


def test_what_a_call_gives_back_may_be_called() -> None:
    source, _ = read(
        "a.ts", "maker('x')('/api/futures/supported-coins', { key: 'coinglass' })", comments=False
    )
    assert len(source.relied.uses) == 1
