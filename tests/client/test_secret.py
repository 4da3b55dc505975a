"""A key cannot slip out: not by being shown, not in any spelling, not in the words of a refusal."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from audit.client.secret import PLACEHOLDER, Secret, check_key
from audit.errors import UsageError

PLAIN = "plainly-fake-key-0123456789"
ODD = 'fake/key+with=odd&signs"and\\more%41'


def forms(key: str) -> dict[str, str]:
    encoded = base64.b64encode(key.encode()).decode()
    return {
        "plain": key,
        "quoted": quote(key, safe=""),
        "quoted as a form": quote_plus(key),
        "base64": encoded,
        "base64 without padding": encoded.rstrip("="),
        "as JSON": json.dumps(key)[1:-1],
        "as JSON with escaped slashes": json.dumps(key)[1:-1].replace("/", "\\/"),
    }


CASES = [(key, form, text) for key in (PLAIN, ODD) for form, text in forms(key).items()]


@pytest.mark.parametrize(("key", "form", "text"), CASES, ids=[f"{row[1]}-{len(row[0])}" for row in CASES])
def test_a_key_is_taken_out_in_each_spelling(key: str, form: str, text: str) -> None:
    secret = Secret(key)
    cleaned = secret.redact(f"before {text}{text}, after {text}.")
    assert cleaned == f"before {PLACEHOLDER}{PLACEHOLDER}, after {PLACEHOLDER}."
    assert secret.redact_bytes(f"\xff {text}".encode("latin-1")) == f"\xff {PLACEHOLDER}".encode("latin-1")


def test_percent_signs_may_be_followed_by_small_letters() -> None:
    key = "fake/key+with/slashes"
    assert Secret(key).redact(f"?k={quote(key, safe='').lower()}&") == f"?k={PLACEHOLDER}&"


@pytest.mark.parametrize("key", [PLAIN, ODD])
def test_a_key_is_taken_out_in_any_case_in_hex_and_inside_longer_base64(key: str) -> None:
    secret = Secret(key)
    raw = key.encode()
    told = [key.upper(), raw.hex(), raw.hex().upper()]
    assert secret.redact(" ".join(told)) == " ".join([PLACEHOLDER] * 3)
    for ahead in ("", "u", "us"):
        encoded = base64.b64encode(f"{ahead}:{key}:pass".encode()).decode()
        cleaned = secret.redact(encoded)
        left = cleaned.split(PLACEHOLDER)
        assert len(left) == 2
        assert len("".join(left)) < 16, "hardly more than what stands around the key"


def test_a_password_outside_ascii_is_taken_out_too() -> None:
    key = "plainly-fäke-€-password"
    for told in (key, quote(key, safe=""), "".join(f"\\u{ord(sign):04x}" for sign in key)):
        assert Secret(key).redact(f"a%{told}") == f"a%{PLACEHOLDER}"
        assert Secret(key).redact_bytes(f"a%{told}".encode()) == f"a%{PLACEHOLDER}".encode()


ESCAPES = {
    "as code points of JSON": lambda sign: f"\\u{ord(sign):04x}",
    "as code points of JSON within JSON": lambda sign: f"\\\\u{ord(sign):04X}",
    "as bytes of a programming language": lambda sign: f"\\x{ord(sign):02x}",
    "URL-encoded to the last letter": lambda sign: f"%{ord(sign):02X}",
    "as characters of HTML": lambda sign: f"&#{ord(sign)};",
    "as characters of HTML in hex": lambda sign: f"&#x{ord(sign):04x};",
}


@pytest.mark.parametrize("key", [PLAIN, ODD])
@pytest.mark.parametrize("escape", ESCAPES.values(), ids=list(ESCAPES))
def test_a_key_is_taken_out_with_any_of_its_signs_escaped(key: str, escape: Callable[[str], str]) -> None:
    secret = Secret(key)
    partly = "".join(escape(sign) if place % 3 else sign for place, sign in enumerate(key))
    for told in ("".join(map(escape, key)), partly):
        assert secret.redact(f"<{told}>") == f"<{PLACEHOLDER}>"
        assert secret.redact_bytes(f"<{told}>".encode()) == f"<{PLACEHOLDER}>".encode()


@pytest.mark.parametrize("endless", ["\\", "&#0", "&#" + "0" * 9, "%", "\\u00"])
def test_no_text_makes_taking_the_key_out_take_long(endless: str) -> None:
    text = f"%{endless * 20_000}"  # time that grows with the square of this would be minutes
    assert Secret(PLAIN).redact(text) == text


@pytest.mark.parametrize("text", ["", "nothing here", PLAIN[:-1], PLAIN[1:]])
def test_other_text_is_left_alone(text: str) -> None:
    assert Secret(PLAIN).redact(text) == text
    assert Secret(PLAIN).redact_bytes(text.encode()) == text.encode()


@pytest.mark.parametrize("key", ["", "a", "abc"])
def test_a_key_too_short_to_be_one_does_not_shred_the_text(key: str) -> None:
    assert Secret(key).redact("abcabc and a") == "abcabc and a"


def test_a_short_key_does_not_shred_a_body() -> None:
    assert Secret("data").redact_bytes(b'{"data":[]}') == b'{"data":[]}'
    assert Secret("data").redact("wrong key data") == f"wrong key {PLACEHOLDER}"


def test_a_secret_does_not_show_its_value() -> None:
    secret = Secret(PLAIN)
    for text in (repr(secret), str(secret), f"{secret}", f"{secret!r}", repr([secret]), repr({"k": secret})):
        assert PLAIN not in text
    assert not hasattr(secret, "__dict__")
    assert secret.reveal() == PLAIN


def test_a_secret_is_compared_by_identity_only() -> None:
    assert Secret(PLAIN) != Secret(PLAIN)


REFUSED = [
    ("", "empty"),
    ("\n", "line break at character 1"),
    (f"{PLAIN}\n", f"line break at character {len(PLAIN) + 1}"),
    (f"{PLAIN}\r\nX-Injected: 1", "line break"),
    (f" {PLAIN}", "space at character 1"),
    (f"{PLAIN} ", "space"),
    ("two words-of-a-key", "space at character 4"),
    (f"{PLAIN}\t", "space"),
    (f"{PLAIN}\u00a0", "space"),
    (f"{PLAIN}\u2028", "space"),
    (f"{PLAIN}é", "outside ASCII"),
    (f"{PLAIN}\u200b", "outside ASCII"),
    (f"“{PLAIN}”", "outside ASCII at position 1"),
    (f"{PLAIN}\0", "character"),
    (f"{PLAIN}\x7f", "character"),
    (f"{PLAIN}\udcff", "outside ASCII"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=[repr(row[0][-4:]) for row in REFUSED])
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_key(text, "SOME_KEY")
    message = str(caught.value)
    assert message.startswith("SOME_KEY ")
    assert words in message
    assert message.isprintable()
    assert PLAIN not in message
    assert "words-of" not in message
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", [PLAIN, ODD, "!", "~", "x" * 4096])
def test_anything_a_header_can_carry_is_taken_as_it_is(text: str) -> None:
    assert check_key(text, "SOME_KEY").reveal() == text
