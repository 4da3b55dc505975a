"""Positions are exact, and nothing that stands in a file can stop the reading of it."""

from __future__ import annotations

import random

import pytest

from audit.scan.facts import Facts, Span, Text, Value, children, walk
from audit.scan.languages import language_of, languages, read
from tests.scan.languages.test_snippets import CASES

SAMPLES = {
    language: "\n".join(code for name, code, _ in CASES if name == language) for language in languages()
}
SAMPLES["notebook"] = next(code for name, code, _ in CASES if name == "notebook")


def roots(facts: Facts) -> list[Value]:
    found = [value for _, value in facts.values]
    found += [assign.value for assign in facts.assigns]
    found += [back.value for back in facts.returns]
    found += [loop.values for loop in facts.loops]
    for function in facts.functions:
        found += [p.default for p in function.parameters if p.default is not None]
        found += function.decorators
    return found


def outer(value: Value) -> Span:
    return value.quoted if isinstance(value, Text) else value.span


def check(raw: bytes, facts: Facts) -> int:
    """Check every text; return how many stand in the file as they are."""
    exact = 0
    for root in roots(facts):
        for value in walk(root):
            where = outer(value)
            assert 0 <= where.start <= where.end <= len(raw)
            if isinstance(value, Text):
                assert value.quoted.start <= value.span.start <= value.span.end <= value.quoted.end
                if value.exact:
                    exact += 1
                    assert raw[value.span.start : value.span.end].decode() == value.value
            for child in children(value):
                assert isinstance(child, Text) or child.span.end <= len(raw)
    return exact


@pytest.mark.parametrize("language", languages())
def test_a_text_stands_where_it_says(language: str) -> None:
    raws = [code.encode() for name, code, _ in CASES if name == language]
    assert sum(check(raw, read(language, raw)) for raw in raws) > 0


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("change", ["bom", "crlf", "latin", "utf-16", "shifted"])
def test_other_ways_to_write_a_file(language: str, change: str) -> None:
    code = SAMPLES[language]
    raw = code.encode()
    if change == "bom":
        raw = b"\xef\xbb\xbf" + raw
    elif change == "crlf":
        raw = raw.replace(b"\n", b"\r\n")
    elif change == "latin":
        raw = code.encode("latin-1", "replace") + "\n# é".encode("latin-1")
    elif change == "utf-16":
        raw = code.encode("utf-16")
    else:
        raw = "// é ü 漢\n".encode() + raw
    facts = read(language, raw)
    assert facts.language == language
    check(raw, facts)


@pytest.mark.parametrize("language", languages())
def test_broken_files_are_read(language: str) -> None:
    chance = random.Random(7)
    raw = SAMPLES[language].encode()
    for cut in range(0, len(raw), max(1, len(raw) // 25)):
        check(raw[:cut], read(language, raw[:cut]))
        mixed = raw[:cut] + chance.randbytes(5) + raw[cut:]
        check(mixed, read(language, mixed))
    noise = chance.randbytes(3000)
    check(noise, read(language, noise))


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("unit", [b"[", b"{", b"(", b"/a", b"a.b()", b'"', b"`", b"${", b"- "])
def test_deep_nesting_is_survived(language: str, unit: bytes) -> None:
    raw = unit * 2_000
    check(raw, read(language, raw))


def test_100_000_brackets_are_survived() -> None:
    raw = b"x = " + b"[" * 100_000 + b"]" * 100_000
    for language in ("python", "javascript", "json"):
        assert isinstance(read(language, raw), Facts)


def test_what_is_nested_too_deeply_is_kept() -> None:
    raw = b"x = " + b"f(" * 300 + b'"/a/b"' + b")" * 300
    texts = [v for root in roots(read("python", raw)) for v in walk(root) if isinstance(v, Text)]
    assert [text.value for text in texts] == ["/a/b"]


def test_a_bundle_is_read_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.scan.languages.MAX_PARSED", 1000)
    raw = b"var a = b; " * 200 + b'f("https://host/path");'
    facts = read("javascript", raw)
    assert not facts.parsed
    assert any(
        isinstance(v, Text) and v.value == "https://host/path" for root in roots(facts) for v in walk(root)
    )


@pytest.mark.parametrize(
    ("name", "head", "language"),
    [("a/b.PY", b"", "python"), ("x.mjs", b"", "javascript"), ("x.tsx", b"", "tsx"),
     (".env.local", b"", "dotenv"),
     ("Makefile", b"", "make"), ("run", b"#!/usr/bin/env python3\n", "python"),
     ("run", b"#!/bin/sh -e\n", "shell"),
     ("run", b"#!/usr/bin/env -S node --x\n", "javascript"), ("x", b"<?php ", "php"),
     ("x.bin", b"\0", "text")],
)  # fmt: skip
def test_the_language_of_a_file(name: str, head: bytes, language: str) -> None:
    assert language_of(name, head) == language
