"""The Run as JSON: keys in the order of the model, readable, and safe to print."""

from __future__ import annotations

import json
import re

from audit.model import Run
from audit.report.words import UNSAFE

_HALF = re.compile("[\ud800-\udfff]")


def render(run: Run, *, width: int | None = None, color: bool = False) -> str:
    """Return the Run, indented by two."""
    return written(run.model_dump(mode="json"))


def written(tree: object) -> str:
    """Return a tree as JSON, indented by two; what a terminal would obey is written as an escape."""
    text = json.dumps(tree, indent=2, ensure_ascii=False, allow_nan=False)
    # Half a surrogate pair cannot be written as UTF-8 and is refused by strict readers.
    text = _HALF.sub("\ufffd", text)
    return UNSAFE.sub(_escaped, text) + "\n"


def _escaped(match: re.Match[str]) -> str:
    """JSON's own escape; beyond ASCII these characters only stand inside strings."""
    char = match[0]
    if char == "\n":
        return char
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
