"""The API key: held so that it cannot slip out, and taken out of any text that might carry it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from urllib.parse import quote, quote_plus

from audit.errors import UsageError

PLACEHOLDER = "[key removed]"
MIN_REDACTED = 4
MIN_REDACTED_BYTES = 8

# What each escaped sign begins with; text without any of them is not searched sign by sign.
_ESCAPES = ("%", "\\u", "\\x", "&#")


class Secret:
    """A key whose value shows only through ``reveal``."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value; only the code that builds the request header calls this."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def fingerprint(self, salt: bytes) -> str:
        """Return what tells this key from another in a file; the key cannot be found from it by trying.

        scrypt, as for passwords: each guess costs about 16 MiB and some 50 ms.
        """
        return hashlib.scrypt(self._value.encode(), salt=salt, n=2**14, r=8, p=1, dklen=16).hex()

    def redact(self, text: str) -> str:
        """Return the text with the key taken out: plain, escaped, URL-encoded, as in JSON, hex, base64."""
        if len(self._value) < MIN_REDACTED:
            return text
        for form in self._forms():
            if form in text:
                text = text.replace(form, PLACEHOLDER)
        if any(escape in text for escape in _ESCAPES):
            text = re.sub(self._escaped(), PLACEHOLDER, text)
        return text

    def redact_bytes(self, raw: bytes) -> bytes:
        """Return the bytes of an answer with the key taken out; a short key may be part of any word in it."""
        if len(self._value) < MIN_REDACTED_BYTES:
            return raw
        for form in map(str.encode, self._forms()):
            if form in raw:
                raw = raw.replace(form, PLACEHOLDER.encode())
        if any(escape.encode() in raw for escape in _ESCAPES):
            raw = re.sub(self._escaped().encode(), PLACEHOLDER.encode(), raw)
        return raw

    def _escaped(self) -> str:
        """Return what matches the key with any of its signs escaped, as a parser would read it back."""
        # Bounded repeats: with endless ones, time would grow with the square of a hostile answer.
        return "".join(
            rf"(?:{re.escape(sign)}|(?i:{''.join(f'%{byte:02x}' for byte in sign.encode())}"
            rf"|\\{{1,4}}(?:u{code:04x}|x{code:02x})|&#(?:0{{0,5}}{code}|x0{{0,5}}{code:x});))"
            for sign, code in zip(self._value, map(ord, self._value), strict=True)
        )

    def _forms(self) -> list[str]:
        plain = self._value
        encoded = base64.b64encode(plain.encode()).decode()
        quoted = quote(plain, safe="")
        in_json = json.dumps(plain)[1:-1]
        forms = {
            plain,
            *(quoted, re.sub("%..", lambda match: match[0].lower(), quoted), quote_plus(plain)),
            *(in_json, in_json.replace("/", "\\/")),
            *(encoded, encoded.rstrip("=")),
        }
        if len(plain) >= MIN_REDACTED_BYTES:
            in_hex = plain.encode().hex()
            forms |= {plain.lower(), plain.upper(), in_hex, in_hex.upper(), *_within_base64(plain)}
        return sorted(forms, key=len, reverse=True)


def _within_base64(text: str) -> set[str]:
    """Return what a text becomes in base64 with others before and behind it, one for each alignment.

    The first and last signs that share bits with a neighbour are left out.
    """
    cores = set()
    for ahead in range(3):
        encoded = base64.b64encode(bytes(ahead) + text.encode()).decode()
        cores.add(encoded[-(-ahead * 8 // 6) : (ahead + len(text)) * 8 // 6])
    return cores


def check_key(text: str, variable: str) -> Secret:
    """Turn the text of an environment variable into a Secret.

    Raises UsageError, without showing the text, where no HTTP header could carry it.
    """
    if not text:
        raise UsageError(f"{variable} is empty; set it to the key, or unset it to use the sandbox")
    for position, sign in enumerate(text, start=1):
        if sign in "\r\n":
            raise UsageError(f"{variable} has a line break at character {position}; set it to the key alone")
        if sign.isspace():
            raise UsageError(f"{variable} has a space at character {position}; set it to the key alone")
        if not 33 <= ord(sign) <= 126:
            raise UsageError(
                f"{variable} has a character outside ASCII at position {position}; copy the key again"
            )
    return Secret(text)
