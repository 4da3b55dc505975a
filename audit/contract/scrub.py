"""Takes a key's value out of what is about to be written, however it is spelled there.

A key is looked for by value, not by the name of the field that holds it: plain in any letter case,
URL-encoded once or more, escaped as in JSON or HTML, in hexadecimal, and in base64 wherever in a longer
text it stands.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable

from audit.client.secret import PLACEHOLDER, Secret
from audit.errors import UsageError

MIN_KEY = 8
# base64 for addresses spells two of its signs otherwise, and an address escapes them.
_TWINS = {"+": r"(?:[+-]|%2[bB])", "/": r"(?:\\{0,8}[/_]|%2[fF])"}
_BETWEEN = r"(?:\0|\s|\\{1,8}[rn]){0,4}"
_ENTITIES = {"&": "amp", '"': "quot", "'": "apos", "<": "lt", ">": "gt"}


class Scrubber:
    """Finds and removes one key."""

    def __init__(self, key: Secret, variable: str) -> None:
        """``variable`` is where the key was set. Raises UsageError for a key too short to be looked for."""
        value = key.reveal()
        if len(value) < MIN_KEY:
            raise UsageError(
                f"{variable} has {len(value)} characters; a recording is searched for the key, "
                f"and one of less than {MIN_KEY} cannot be told from other text"
            )
        self._pattern = re.compile("|".join(_patterns(value)))

    def finds(self, text: str) -> bool:
        """Whether the key stands anywhere in a text."""
        return self._pattern.search(text) is not None

    def line(self, text: str) -> int | None:
        """The number of the line on which the key first stands, from 1; None where it does not."""
        found = self._pattern.search(text)
        return text.count("\n", 0, found.start()) + 1 if found else None

    def clean(self, text: str) -> str:
        """Return the text without the key."""
        return self._pattern.sub(PLACEHOLDER, text)

    def clean_bytes(self, raw: bytes) -> bytes:
        """Return bytes without the key; every byte counts as a sign of its own."""
        return self.clean(raw.decode("latin-1")).encode("latin-1")


def _patterns(value: str) -> list[str]:
    return [
        _joined(_escaped({sign.lower(), sign.upper()}) for sign in value),
        _joined(f"[{digit}{digit.upper()}]" for digit in value.encode().hex()),
        *(_joined(_TWINS.get(sign, sign) for sign in core) for core in _base64_cores(value)),
    ]


def _joined(signs: Iterable[str]) -> str:
    """A text given sign by sign; between two there may be a zero byte, as in UTF-16, or a line break."""
    return _BETWEEN.join(signs)


def _base64_cores(value: str) -> list[str]:
    """The signs that a key gives in base64 whatever stands around it: one text for each alignment."""
    cores = set()
    for spelling in {value, value.lower(), value.upper()}:
        for ahead in range(3):
            encoded = base64.b64encode(bytes(ahead) + spelling.encode()).decode()
            # Six bits a sign: the first and last signs that hold bits of a neighbour are left out.
            cores.add(encoded[-(-ahead * 8 // 6) : (ahead + len(spelling)) * 8 // 6])
    return sorted(cores)


def _escaped(signs: Iterable[str]) -> str:
    """One of some signs in any escape; repeats are bounded, or a body of backslashes would take for ever."""
    given = sorted(set(signs))
    codes = "|".join(
        re.sub("[a-f]", lambda match: f"[{match[0]}{match[0].upper()}]", f"{ord(sign):02x}") for sign in given
    )
    numbers = "|".join(str(ord(sign)) for sign in given)
    forms = [
        rf"\\{{0,8}}[{re.escape(''.join(given))}]",
        rf"(?:%(?:25){{0,4}}|\\{{1,8}}(?:u00|x))(?:{codes})",
        rf"&#(?:0{{0,6}}(?:{numbers})|[xX]0{{0,6}}(?:{codes}));",
        *(f"&{_ENTITIES[sign]};" for sign in given if sign in _ENTITIES),
    ]
    return f"(?:{'|'.join(forms)})"
