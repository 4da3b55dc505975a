"""Tells whether one of many texts stands in a file, with the quickest engine there is.

Python's own expressions try hundreds of alternatives one by one at every byte. Hyperscan looks at several
bytes at a time. Where it is not installed, or does not know the processor, the engine that pydantic brings
makes one automaton of the texts; it takes three times as long, and as long for many texts as for few.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Seeker = Callable[[bytes], bool]


def seeker(texts: Sequence[bytes]) -> Seeker:
    """Return what tells whether a file holds one of the texts; ASCII letters are alike in both sizes."""
    if not texts:
        return lambda _raw: False
    return by_hyperscan(texts) or by_automaton(texts)


def by_hyperscan(texts: Sequence[bytes]) -> Seeker | None:
    """Seek with Hyperscan; None where that cannot be."""
    try:
        import hyperscan
    except ImportError:
        return None
    if any(b"\0" in text for text in texts):
        return None  # to Hyperscan a text ends there
    base = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH
    try:
        base.compile(expressions=list(texts), flags=[flags] * len(texts), literal=True)
    except hyperscan.error:
        return None

    def holds(raw: bytes) -> bool:
        try:
            base.scan(raw, match_event_handler=_enough)
        except hyperscan.ScanTerminated:
            return True
        return False

    return holds


def _enough(*_match: object) -> bool:
    """End the scan: one is as good as many."""
    return True


def by_automaton(texts: Sequence[bytes]) -> Seeker:
    """Seek with the engine of pydantic, to which a byte is a character."""
    from pydantic_core import SchemaValidator

    pattern = "|".join(re.escape(text.decode("latin-1")) for text in texts)
    engine = SchemaValidator({"type": "str", "pattern": f"(?i-u:{pattern})", "regex_engine": "rust-regex"})
    return lambda raw: engine.isinstance_python(raw.decode("latin-1"))
