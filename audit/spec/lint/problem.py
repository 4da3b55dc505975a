"""What the lint reports, and how it words values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from audit.errors import SpecError

MAX_SHOWN = 70


@dataclass(frozen=True, order=True)
class Problem:
    """One fault of a description.

    ``place`` starts with the operation, or with the key of the file; ``message`` says what was
    expected and found, ``remedy`` what to do.
    """

    file: str
    place: str
    message: str
    remedy: str

    def __str__(self) -> str:
        """The problem on one line."""
        where = f"{self.file}: {self.place}" if self.place else self.file
        return f"{where}: {self.message}; {self.remedy}"


def unreadable(
    error: SpecError, remedy: str = "correct that place; what depends on it was not checked"
) -> Problem:
    """Turn an error of reading, whose text starts with the file, into a problem."""
    file, colon, message = str(error).partition(": ")
    if not colon or not file.split(":")[0].endswith((".yaml", ".yml")):
        return Problem("openapi.yaml", "", str(error), remedy)
    name, _, line = file.partition(":")
    return Problem(name, f"line {line}" if line else "", message, remedy)


def show(value: Any) -> str:
    """A value as short text that tells its type."""
    if isinstance(value, dict):
        return f"a mapping with {len(value)} keys" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if value is None:
        return "nothing"
    text = (
        f'"{value}"'
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def listed(names: Iterable[Any]) -> str:
    """Names as a readable list."""
    return ", ".join(str(name) for name in names) or "none"


def rather(given: Any, known: Iterable[str]) -> str:
    """Say which of the known names was probably meant, or list them."""
    names = list(known)
    near = get_close_matches(str(given), names, n=1, cutoff=0.6)
    return f"write {near[0]}" if near else f"known are {listed(names)}"


def mapping(value: Any) -> dict[Any, Any]:
    """The value where it is a mapping, else an empty one: another rule reports the shape."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The value where it is a list, else an empty one: another rule reports the shape."""
    return value if isinstance(value, list) else []
