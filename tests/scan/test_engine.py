"""Both engines say what a plain search says, and one stands in for the other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.scan.engine import Seeker, by_automaton, by_hyperscan, seeker

ENGINES = [by_hyperscan, by_automaton]
BYTES = st.integers(1, 255).map(lambda byte: bytes([byte]))
TEXTS = st.lists(st.lists(BYTES, min_size=1, max_size=12).map(b"".join), min_size=1, max_size=8)


def made(engine: Callable[[Sequence[bytes]], Seeker | None], texts: Sequence[bytes]) -> Seeker:
    pytest.importorskip("hyperscan")
    found = engine(texts)
    assert found is not None
    return found


@pytest.mark.parametrize("engine", ENGINES)
@given(texts=TEXTS, before=st.binary(max_size=40), after=st.binary(max_size=40))
@settings(max_examples=300, deadline=None)
def test_a_text_is_found_wherever_it_stands_in_either_size(engine, texts, before, after):
    holds = made(engine, texts)
    assert holds(before + texts[0] + after)
    assert holds(before + texts[0].upper() + after)


@pytest.mark.parametrize("engine", ENGINES)
@given(texts=TEXTS, raw=st.binary(max_size=80))
@settings(max_examples=300, deadline=None)
def test_what_is_not_there_is_not_found(engine, texts, raw):
    assert made(engine, texts)(raw) == any(text.lower() in raw.lower() for text in texts)


@pytest.mark.parametrize("engine", ENGINES)
def test_only_letters_of_ascii_are_alike_in_both_sizes(engine):
    holds = made(engine, ["é-a".encode()])
    assert holds("x é-A".encode())
    assert not holds("x É-a".encode())


def test_without_texts_nothing_is_found():
    assert not seeker([])(b"anything")


def test_where_one_engine_is_not_installed_the_other_seeks(monkeypatch):
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    assert by_hyperscan([b"needle"]) is None
    assert seeker([b"needle"])(b"a Needle in hay")


@pytest.mark.parametrize("text", [b"", b"a\0b"])
def test_what_one_engine_refuses_the_other_takes(text):
    pytest.importorskip("hyperscan")
    assert by_hyperscan([b"needle", text]) is None
    assert seeker([b"needle", text])(b"hay" + text)
