"""Keeps what takes long to work out as JSON in the user's cache folder; data only, never code.

Each entry begins with the digest of what follows, so one that was cut off or changed counts as absent.
Nothing here can fail: where the folder cannot be read or written, everything is worked out anew.
``AUDIT_NO_CACHE=1`` turns it off.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from audit import NAME, __version__

SWITCH = "AUDIT_NO_CACHE"
MAX_ENTRIES = 600
MAX_BYTES = 16 * 1024 * 1024
MAX_NUMBER = 2**63
# Goes up when what is kept under the same key changes its shape.
SHAPE = "1"


def folder() -> Path | None:
    """Return where entries are kept; None where that is turned off or there is no such place."""
    if os.environ.get(SWITCH):
        return None
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        # A relative path there is to be ignored, says the convention. Without a home, this stays relative.
        base = Path(os.path.expanduser("~/.cache"))  # noqa: PTH111 - unlike its equal in pathlib, never raises
    place = base / NAME / "parsed"
    return place if base.is_absolute() and _is_own(place) else None


def _is_own(place: Path) -> bool:
    """Whether nobody else can put an entry there: a description that others wrote may name their host."""
    try:
        info = place.stat()
    except OSError:
        return True  # what is not there yet is made for this user alone
    theirs = hasattr(os, "geteuid") and info.st_uid != os.geteuid()
    return not theirs and not info.st_mode & 0o022


def key(kind: str, *raw: bytes) -> str:
    """Return the name of an entry: a digest over what it is made from, its kind and the tool's version."""
    digest = hashlib.sha256(f"{SHAPE} {__version__} {kind}".encode())
    for part in raw:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.hexdigest()


def get(name: str) -> Any:
    """Return an entry; None where there is none that is whole."""
    place = folder()
    if place is None:
        return None
    try:
        with (place / name).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        digest, _, body = raw.partition(b"\n")
        if len(raw) > MAX_BYTES or digest != _digest(body):
            return None
        return json.loads(body)
    except (OSError, ValueError, RecursionError):
        return None


def put(name: str, value: Any) -> None:
    """Keep a value that is plain JSON, in one step, so that no reader sees half of it."""
    place = folder()
    if place is None:
        return
    part = place / f"{name}.{os.getpid()}"
    with suppress(OSError, RecursionError):
        body = json.dumps(value, separators=(",", ":")).encode()
        if len(body) >= MAX_BYTES:
            return
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            part.write_bytes(_digest(body) + b"\n" + body)
            part.replace(place / name)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        _thin_out(place)


def is_plain(value: Any, most: int) -> bool:
    """Whether a value is JSON through and through and holds no more than ``most`` values.

    YAML has more types than JSON, and its aliases let a short text stand for a tree without end.
    """
    left = [value]
    seen = 0
    while left:
        one = left.pop()
        seen += 1
        if seen > most:
            return False
        if type(one) is dict:
            left += one.values()
        elif type(one) is list:
            left += one
        elif not _is_scalar(one):
            return False
    return True


def _is_scalar(value: Any) -> bool:
    if type(value) is int:
        # Python refuses to write longer numbers than it would read.
        return abs(value) < MAX_NUMBER
    return value is None or type(value) in (str, bool) or (type(value) is float and math.isfinite(value))


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()


def _thin_out(place: Path) -> None:
    """Remove the oldest half when there are too many."""
    entries = list(place.iterdir())
    if len(entries) > MAX_ENTRIES:
        entries.sort(key=lambda entry: entry.lstat().st_mtime)
        for entry in entries[: len(entries) // 2]:
            entry.unlink(missing_ok=True)
