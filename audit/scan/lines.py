"""From byte offsets to lines and columns, both counted from 1."""

from __future__ import annotations

from bisect import bisect_right

from audit.model import Location


class Lines:
    """The line starts of one file."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._starts = [0]
        at = raw.find(b"\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = raw.find(b"\n", at + 1)

    def location(self, file: str, offset: int) -> Location:
        """Return where an offset stands; the column counts characters, as editors do."""
        line = bisect_right(self._starts, offset)
        begun = self._raw[self._starts[line - 1] : offset]
        return Location(file=file, line=line, column=len(begun.decode("utf-8", errors="replace")) + 1)

    def text(self, line: int) -> str:
        """Return a line without its end."""
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self._raw)
        return self._raw[start:end].decode("utf-8", errors="replace").rstrip("\r\n")
