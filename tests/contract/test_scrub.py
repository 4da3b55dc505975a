"""A key is found by its value however it is spelled, and other text is left alone."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from audit.client.secret import PLACEHOLDER, Secret
from audit.contract.scrub import Scrubber
from audit.errors import UsageError

PLAIN = "fa4e" * 8
ODD = 'fake/Key+with=odd&signs"and\\more%41'


def b64(text: str, around: tuple[str, str] = ("", "")) -> str:
    return base64.b64encode(f"{around[0]}{text}{around[1]}".encode()).decode()


def percent(text: str) -> str:
    return "".join(f"%{ord(sign):02x}" for sign in text)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper": str.upper,
    "lower": str.lower,
    "quoted": lambda key: quote(key, safe=""),
    "quoted twice": lambda key: quote(quote(key, safe=""), safe=""),
    "all percent": percent,
    "all percent, in capitals": lambda key: percent(key).upper(),
    "json": lambda key: json.dumps(key)[1:-1],
    "json in json": lambda key: json.dumps(json.dumps(key))[1:-1],
    "json escapes": lambda key: "".join(f"\\u{ord(sign):04x}" for sign in key),
    "json escapes twice": lambda key: "".join(f"\\\\u{ord(sign):04X}" for sign in key),
    "slashes": lambda key: key.replace("\\", "\\\\").replace("/", "\\/"),
    "html": html.escape,
    "html numbers": lambda key: "".join(f"&#{ord(sign)};" for sign in key),
    "html hex": lambda key: "".join(f"&#x{ord(sign):X};" for sign in key),
    "hex": lambda key: key.encode().hex(),
    "HEX": lambda key: key.encode().hex().upper(),
    "base64": b64,
    "base64 without padding": lambda key: b64(key).rstrip("="),
    "base64 after one": lambda key: b64(key, ("u", "")),
    "base64 after two": lambda key: b64(key, ("u:", "")),
    "base64 within": lambda key: b64(key, ("user:", ":more")),
    "base64 for addresses": lambda key: base64.urlsafe_b64encode(f"x{key}".encode()).decode(),
    "base64 of capitals": lambda key: b64(key.upper()),
    "base64 quoted": lambda key: quote(b64(key, ("?>", "")), safe=""),
    "base64 in lines": lambda key: base64.encodebytes(f"{'x' * 40}{key}".encode()).decode(),
    "base64 in lines, as JSON": lambda key: json.dumps(
        base64.encodebytes(f"{'x' * 40}{key}".encode()).decode()
    ),
    "utf-16": lambda key: key.encode("utf-16-le").decode("latin-1"),
}


@pytest.mark.parametrize("key", [PLAIN, ODD], ids=["plain", "odd"])
@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_found_and_taken_out(key: str, name: str) -> None:
    scrubber = Scrubber(Secret(key), "KEY")
    spelling = SPELLINGS[name](key)
    text = f"before {spelling} between {spelling}, after"
    assert scrubber.finds(text)
    cleaned = scrubber.clean(text)
    assert not scrubber.finds(cleaned)
    assert cleaned.count(PLACEHOLDER) == 2
    assert cleaned.startswith("before ")
    assert cleaned.endswith(", after")


def test_bytes_that_are_no_text_are_searched_too() -> None:
    scrubber = Scrubber(Secret(PLAIN), "KEY")
    raw = b"\xff\x00" + PLAIN.encode() + b"\xfe" + PLAIN.encode("utf-16-be")
    cleaned = scrubber.clean_bytes(raw)
    assert PLAIN.encode() not in cleaned.replace(b"\0", b"")
    assert cleaned.startswith(b"\xff")


@pytest.mark.parametrize(
    "text", ["", "nothing here", PLAIN[1:], PLAIN[:-1] + "0", b64(PLAIN[:-4]), '{"data": [1.5, "BTCUSDT"]}']
)
def test_other_text_is_left_alone(text: str) -> None:
    scrubber = Scrubber(Secret(PLAIN), "KEY")
    assert not scrubber.finds(text)
    assert scrubber.clean(text) == text
    assert scrubber.line(text) is None


def test_the_line_is_told_without_the_key() -> None:
    assert Scrubber(Secret(PLAIN), "KEY").line(f"one\ntwo\n  {PLAIN}\n") == 3


def test_a_key_that_any_text_may_hold_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        Scrubber(Secret("data123"), "SOME_KEY")
    assert "SOME_KEY has 7 characters" in str(caught.value)
    assert "data123" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["\\" * 200_000, "%25" * 100_000, "\0" * 200_000, "fa4e" * 50_000, "&#" + "0" * 200_000]
)
def test_a_hostile_body_takes_no_longer_than_another(text: str) -> None:
    scrubber = Scrubber(Secret("fa4e" * 8 + "-fake"), "KEY")
    assert scrubber.clean(text) == text
