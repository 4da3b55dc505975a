"""The journal of a run: one JSON line per answer, written as it arrives, read back to resume."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from audit.client.secret import Secret
from audit.errors import JournalError, OutputError

FORMAT = "coinglass-audit.journal/2"


class Journal:
    """Appends records to a file; each record is on disk (or with the kernel) before the next request."""

    def __init__(self, path: Path, about: dict[str, Any], *, resume: bool, key: Secret | None = None) -> None:
        """Open a journal for a run described by ``about``, asked with ``key``.

        With ``resume`` the records of an unfinished run are kept in ``records``; raises
        JournalError where that run was about something else, or asked with another key, and for a link.
        """
        self.path = path
        self.records: dict[str, dict[str, Any]] = {}
        self.set_aside: Path | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_symlink():
                # Nobody but this tool makes a journal, and this one would be written somewhere else.
                raise JournalError(f"{path}: a link; take it away, or name another folder with --out")
            existing = path.read_bytes() if path.exists() else b""
            if resume and not existing:
                raise JournalError(
                    f"{path}: no unfinished run to resume; leave --resume out, or name its --out"
                )
            if existing and resume:
                keep = self._load(existing, about, key)
                with path.open("r+b") as file:
                    file.truncate(keep)
                self._file: IO[bytes] = path.open("ab")
            else:
                if existing:
                    self.set_aside = _set_aside(path)
                path.unlink(missing_ok=True)
                self._file = path.open("xb")
                self._write({"format": FORMAT, **about, **_mark(key)})
        except OSError as error:
            raise OutputError(
                f"{path.parent}: cannot be written ({error.strerror}); name another folder with --out"
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, name: str, record: dict[str, Any]) -> None:
        """Write one record down."""
        self.records[name] = record
        self._write({"ask": name, **record})

    def _write(self, record: dict[str, Any]) -> None:
        # One write call a line, so that a kill leaves at most one torn line at the end.
        try:
            self._file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise OutputError(
                f"{self.path}: cannot be written ({error.strerror}); free room and continue with --resume"
            ) from None

    def _load(self, raw: bytes, about: dict[str, Any], key: Secret | None) -> int:
        """Read the records; return how many bytes of the file are whole."""
        whole = raw.rfind(b"\n") + 1
        lines = raw[:whole].splitlines()
        try:
            head = dict(json.loads(lines[0]))
            records = {row.pop("ask"): row for row in map(json.loads, lines[1:])}
        except (IndexError, KeyError, TypeError, ValueError, AttributeError):
            raise JournalError(
                f"{self.path}: not a journal of this tool; start again without --resume"
            ) from None
        if head.get("format") != FORMAT:
            raise JournalError(f"{self.path}: not a journal of this version; start again without --resume")
        different = [name for name, value in about.items() if head.get(name) != value]
        if different:
            told = ", ".join(f"{name} was {head.get(name)!r}, now {about[name]!r}" for name in different)
            raise JournalError(
                f"{self.path}: belongs to another run ({told}); repeat its options, or leave --resume out"
            )
        if key is not None and not _is_of(head, key):
            # Two keys may have two plans: their answers together would be those of neither.
            raise JournalError(
                f"{self.path}: belongs to a run with another key; set that key, or leave --resume out"
            )
        self.records = records
        return whole


def _mark(key: Secret | None) -> dict[str, str]:
    """What tells the key of a run from another; the key itself stands nowhere on disk."""
    salt = secrets.token_bytes(16)
    return {} if key is None else {"key_salt": salt.hex(), "key_print": key.fingerprint(salt)}


def _is_of(head: dict[str, Any], key: Secret) -> bool:
    try:
        salt = bytes.fromhex(head["key_salt"])
    except (KeyError, TypeError, ValueError):
        return False
    return bool(head.get("key_print") == key.fingerprint(salt))


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.stem}.{number}{path.suffix}")).exists():
        number += 1
    return path.replace(aside)
