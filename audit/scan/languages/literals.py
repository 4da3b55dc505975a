"""What characters a string literal stands for, and where in the file they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from audit.scan.facts import Span, Text

Decoder = Callable[[str], str]


class Escapes(Enum):
    """How a literal writes characters that it cannot hold as they are."""

    NONE = "none"
    BACKSLASH = "backslash"
    SINGLE = "single"
    SHELL = "shell"
    DOUBLED = "doubled"
    BRACES = "braces"
    BRACES_ONLY = "braces only"
    DOUBLED_BRACES = "doubled and braces"


_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b", "s": " "}
_ESCAPE = re.compile(
    r"\\(?:x([0-9A-Fa-f]{2})|u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})"
    r"|([0-7]{1,3})|(\r?\n)|([\s\S]))"
)
_SURROGATES = re.compile("[\ud800-\udfff]+")


def _one(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[3] or match[4]
    if digits:
        return _character(int(digits, 16))
    if match[5]:
        return _character(int(match[5], 8))
    if match[6]:
        return ""
    return _SIMPLE.get(match[7], match[7])


def _character(code: int) -> str:
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _whole(match: re.Match[str]) -> str:
    """Surrogate pairs become the character they stand for."""
    return match[0].encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def unescape(text: str) -> str:
    """Resolve backslash escapes as C-like languages understand them."""
    return _SURROGATES.sub(_whole, _ESCAPE.sub(_one, text)) if "\\" in text else text


def _braces(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}")


_DECODERS: dict[Escapes, Decoder] = {
    Escapes.NONE: lambda text: text,
    Escapes.BACKSLASH: unescape,
    Escapes.SINGLE: lambda text: re.sub(r"\\([\\'])", r"\1", text),
    Escapes.SHELL: lambda text: re.sub(r"\\(\n|[\\$`\"])", lambda m: "" if m[1] == "\n" else m[1], text),
    Escapes.DOUBLED: lambda text: text.replace('""', '"'),
    Escapes.BRACES: lambda text: _braces(unescape(text)),
    Escapes.BRACES_ONLY: _braces,
    Escapes.DOUBLED_BRACES: lambda text: _braces(text.replace('""', '"')),
}


def piece(raw: bytes, start: int, end: int, quoted: Span, escapes: Escapes = Escapes.NONE) -> Text:
    """Return the characters between two places as a text; ``quoted`` is the literal around them."""
    content = raw[start:end]
    value = content.decode("utf-8", "replace")
    if escapes is not Escapes.NONE:
        value = _DECODERS[escapes](value)
    elif content.isascii():
        return Text(value, Span(start, end), quoted)
    return Text(value, Span(start, end), quoted, value.encode("utf-8", "replace") == content)
