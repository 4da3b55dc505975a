"""Edits to a file's bytes: how they are put together, shown, and written without losing anything."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.errors import OutputError
from audit.scan.facts import Mapping, Name, Pair, Span, Text
from audit.scan.facts import Sequence as Items
from audit.scan.git import changes
from audit.scan.parameters import Param


@dataclass(frozen=True)
class Change:
    """One edit: the bytes ``old`` at ``span`` become ``new``. An insertion has an empty span."""

    span: Span
    old: bytes
    new: bytes
    reason: str


@dataclass(frozen=True)
class Left:
    """Something that was not rewritten, where it stands, and why."""

    span: Span
    reason: str


@dataclass(frozen=True)
class Edits:
    """What is to be done to one file, in the order of the file, and what is left to a person."""

    changes: tuple[Change, ...] = ()
    left: tuple[Left, ...] = ()


def apply(raw: bytes, changes: Iterable[Change]) -> bytes:
    """Return the bytes with every change made; raises ValueError where two overlap or one does not fit."""
    parts = []
    at = 0
    for change in sorted(changes, key=_place):
        if change.span.start < at:
            raise ValueError(f"edits overlap at byte {change.span.start}")
        if raw[change.span.start : change.span.end] != change.old:
            raise ValueError(f"the bytes at {change.span.start} are not those to be replaced")
        parts += [raw[at : change.span.start], change.new]
        at = change.span.end
    return b"".join([*parts, raw[at:]])


def settled(changes: Sequence[Change]) -> tuple[list[Change], list[Left]]:
    """Return the changes that can be made together; of two that overlap neither is made."""
    ordered = sorted(set(changes), key=_place)
    bad: set[int] = set()
    furthest = -1
    for index, change in enumerate(ordered):
        if furthest >= 0:
            before = ordered[furthest].span
            twice = before == change.span and before.start == before.end
            if change.span.start < before.end or twice:
                bad |= {furthest, index}
        if furthest < 0 or change.span.end >= ordered[furthest].span.end:
            furthest = index
    left = [Left(ordered[i].span, f"two edits meet here: {ordered[i].reason}") for i in sorted(bad)]
    return [change for index, change in enumerate(ordered) if index not in bad], left


def _place(change: Change) -> tuple[int, int, bytes]:
    return change.span.start, change.span.end, change.new


class Draft:
    """What is planned for one file so far."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.left: list[Left] = []
        self.changes: list[Change] = []
        self._votes: dict[Span, dict[bytes, str]] = {}

    def vote(self, span: Span, old: str, new: str, why: str) -> None:
        """Ask for a place to become ``new``; one that should stay as it is asks for ``old``."""
        if self.raw[span.start : span.end] == old.encode():
            self._votes.setdefault(span, {})[new.encode()] = why
        elif old != new:
            where = span if span.end <= len(self.raw) else Span(0, 0)
            self.left.append(Left(where, f"{why}; it stands in another file, or is written with escapes"))

    def edits(self, worse: Callable[[bytes], str | None]) -> Edits:
        """Settle what was planned. ``worse`` says how a result cannot be read; nothing is changed then."""
        for span, wanted in self._votes.items():
            if len(wanted) > 1:
                said = "; ".join(sorted(wanted.values()))
                self.left.append(Left(span, f"shared by uses that want different things: {said}"))
                continue
            for new, why in wanted.items():
                if self.raw[span.start : span.end] != new:
                    self.changes.append(Change(span, self.raw[span.start : span.end], new, why))
        changes, clashes = settled(self.changes)
        self.left += clashes
        broken = worse(apply(self.raw, changes)) if changes else None
        if broken is not None:
            self.left += [Left(change.span, f"{broken}: {change.reason}") for change in changes]
            changes = []
        told = sorted(set(self.left), key=lambda left: (left.span.start, left.span.end, left.reason))
        return Edits(tuple(changes), tuple(told))


def unified(name: str, before: bytes, after: bytes) -> str:
    """Return the difference as a patch, in the file's own characters and with its own line ends."""
    if before == after:
        return ""
    lines = difflib.unified_diff(_split(before), _split(after), _quoted(f"a/{name}"), _quoted(f"b/{name}"))
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _quoted(name: str) -> str:
    """A file's name as git writes it: quoted where a sign in it would end the line and begin another."""
    if name.isprintable() and '"' not in name and "\\" not in name:
        return name
    signs = {'"': '\\"', "\\": "\\\\"}
    raw = (signs.get(sign, sign).encode("utf-8", "surrogateescape") for sign in name)
    return '"' + "".join(chr(c) if 32 <= c < 127 else f"\\{c:03o}" for part in raw for c in part) + '"'


def _split(raw: bytes) -> list[str]:
    """The lines with their ends. Only a line feed ends one, as for patch and git."""
    return re.findall(r"[^\n]*\n|[^\n]+", _decoded(raw))


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def write(path: Path, before: bytes, after: bytes) -> None:
    """Replace a file in one step, keeping its mode; raises OutputError, and the file is as it was."""
    target = path.resolve()  # a link stays a link
    temporary: str | None = None
    try:
        if target.read_bytes() != before:
            raise OutputError(f"{path}: changed since it was read; nothing was written, run it again")
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(after)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(target, temporary)
        if target.read_bytes() != before:
            raise OutputError(f"{path}: changed since it was read; nothing was written, run it again")
        Path(temporary).replace(target)
        temporary = None
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from None
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def dirty(paths: Iterable[Path]) -> bool:
    """Whether git knows changes of these files that are not committed; False outside a repository."""
    folders: dict[Path, list[str]] = {}
    for path in paths:
        folders.setdefault(path.resolve().parent, []).append(path.resolve().name)
    return any(_changed(folder, sorted(names)) for folder, names in sorted(folders.items()))


def _changed(folder: Path, names: list[str]) -> bool:
    blocks = (names[start : start + 500] for start in range(0, len(names), 500))
    return any(changes(folder, "--", *block) for block in blocks)


def inserted(raw: bytes, holder: Mapping, entries: Sequence[tuple[str, str]], why: str) -> Change | None:
    """Return the edit that adds entries to a mapping in the way its own are written; None if unclear."""
    pairs = sorted(holder.pairs, key=lambda pair: pair.span.start)
    patterns = [made for pair in reversed(pairs) if (made := _pattern(raw, pair)) is not None]
    if not patterns:
        return None
    # The best one to copy from shows how text is quoted.
    lead, middle, opening, closing, tail = max(patterns, key=lambda made: bool(made[2]))
    if not opening:
        # No value is text here; keys may show the quote: {"limit": limit}
        quote = re.search(rb"\\?[\"']$", lead)
        if quote is not None:
            opening = closing = quote[0]
        elif not _bare(raw, holder) or not all(
            re.fullmatch(r"[A-Za-z][\w,]*", value) for _, value in entries
        ):
            return None
    new = [
        lead + name.encode() + middle + opening + value.encode() + closing + tail for name, value in entries
    ]
    return _placed(raw, holder, pairs, new, why)


def _begin(raw: bytes, pair: Pair) -> int:
    """Where an entry begins, its key's quote included."""
    start = pair.span.start
    if pair.key_span is not None and start == pair.key_span.start and start > 0:
        quote = raw[start - 1 : start]
        if quote in (b'"', b"'") and raw[pair.key_span.end : pair.key_span.end + 1] == quote:
            return start - 1
    return start


def _bare(raw: bytes, holder: Mapping) -> bool:
    """Whether text may stand without quotes: every entry on its own line, as in YAML, and no code."""
    return raw[holder.span.start : holder.span.start + 1] not in (b"{", b"[", b"(") and all(
        isinstance(pair.value, Text) and pair.value.quoted == pair.value.span for pair in holder.pairs
    )


def _pattern(raw: bytes, pair: Pair) -> tuple[bytes, bytes, bytes, bytes, bytes] | None:
    """How an entry is written: before the key, between, the quotes of the value, and what ends it."""
    if pair.key is None or pair.key_span is None or isinstance(pair.value, Items | Mapping):
        return None
    value = pair.value.quoted if isinstance(pair.value, Text) else pair.value.span
    if raw[pair.key_span.start : pair.key_span.end] != pair.key.encode() or value.start <= pair.key_span.end:
        return None
    lead, middle = raw[_begin(raw, pair) : pair.key_span.start], raw[pair.key_span.end : value.start]
    tail = raw[value.end : pair.span.end]
    if not re.fullmatch(rb"\W{0,12}", lead) or re.fullmatch(rb"\s*[)}\]]?", tail) is None or b"\n" in middle:
        return None
    opening = closing = b""
    if isinstance(pair.value, Text):
        inner = pair.value.span
        opening, closing = raw[value.start : inner.start], raw[inner.end : value.end]
    return lead, middle, opening, closing, tail


def _placed(raw: bytes, holder: Mapping, pairs: list[Pair], new: list[bytes], why: str) -> Change | None:
    last, first = (Span(_begin(raw, pair), pair.span.end) for pair in (pairs[-1], pairs[0]))
    if len(pairs) > 1:
        between = raw[pairs[-2].span.end : last.start]
    else:
        ahead = re.search(rb"(\r?\n[ \t]*)$", raw[holder.span.start : first.start])
        between = b"," + (ahead[1] if ahead else b" ")
    rest = raw[last.end : holder.span.end]
    if not re.fullmatch(rb"\s*,?\s*", between) or not (b"," in between or b"\n" in between):
        return None
    if re.fullmatch(rb"\s*,?\s*[)}\]]*", rest):
        at = Span(last.end, last.end)
        return Change(at, b"", b"".join(between + entry for entry in new), why)
    # Something stands behind the last entry, a comment perhaps; the front has room.
    return Change(Span(first.start, first.start), b"", b"".join(entry + between for entry in new), why)


def removed(raw: bytes, holder: Mapping, pair: Pair, why: str) -> Change | None:
    """Return the edit that takes an entry and its comma out of a mapping; None where more hangs on it."""
    pairs = sorted(holder.pairs, key=lambda one: one.span.start)
    index = pairs.index(pair)
    if index + 1 < len(pairs):
        span = Span(_begin(raw, pair), _begin(raw, pairs[index + 1]))
        gap = raw[pair.span.end : span.end]
    elif index:
        span = Span(pairs[index - 1].span.end, pair.span.end)
        gap = raw[span.start : _begin(raw, pair)]
    else:
        return None
    if not re.fullmatch(rb"\s*,\s*", gap):
        return None
    return Change(span, raw[span.start : span.end], b"", why)


def shorthand(pair: Pair) -> bool:
    """Whether one word is both key and value: ``{symbol}``."""
    return isinstance(pair.value, Name) and pair.key_span == pair.value.span


def queried(
    raw: bytes, given: Sequence[Param], entries: Sequence[tuple[str, str]], why: str
) -> Change | None:
    """Return the edit that adds parameters to a query written in the text; None where there is none."""
    if not given or any(param.name_span is None for param in given):
        return None
    first, last = given[0].name_span, given[-1].value_span
    query = "&".join(f"{name}={value}" for name, value in entries).encode()
    if last is not None and raw[last.end : last.end + 1] == b"&":
        return None  # a shell ends the command here, and so did the reading
    if (
        len(given) == 1
        and first is not None
        and not re.search(rb"[\"'`][^\s\"'`]*$", raw[: first.start][-400:])
    ):
        return None  # without quotes, and no & so far: to a shell it would be the end of the command
    if last is not None and raw[last.start - 1 : last.start] == b"=":
        return Change(Span(last.end, last.end), b"", b"&" + query, why)
    if first is not None and raw[first.start - 1 : first.start] == b"?":
        return Change(Span(first.start, first.start), b"", query + b"&", why)
    return None


_STATEMENT = rb"[ \t]*[\w.$]+\.(?:set|append|add|put|Set|Add)\(\s*(['\"])%s\1\s*,\s*(['\"])%s\2\s*\);?[ \t]*"
_COUPLE = rb"([(\[])\s*(['\"])%s\2\s*,\s*(['\"])%s\3\s*[)\]]"


def copied(raw: bytes, given: Sequence[Param], entries: Sequence[tuple[str, str]], why: str) -> Change | None:
    """Return the edit that adds parameters the way the last one is: a statement of its own, or a couple.

    ``url.searchParams.set("a", "b");`` and ``[("a", "b")]``. None where it is written otherwise.
    """
    told = [(p.name_span, p.value_span) for p in given if p.name_span and p.value_span]
    if not told or len(told) < len(given):
        return None
    name, value = max(told, key=lambda spans: spans[0].start)
    if value.start < name.end:
        return None
    start, end = raw.rfind(b"\n", 0, name.start) + 1, raw.find(b"\n", value.end)
    line = raw[start : end if end >= 0 else len(raw)].rstrip(b"\r")
    spelled = tuple(re.escape(raw[span.start : span.end]) for span in (name, value))
    whole = re.fullmatch(_STATEMENT % spelled, line)
    couple = re.search(_COUPLE % spelled, line)
    if whole is not None:
        size, at = len(line), start + len(line)
        between = b"\r\n" if raw[at : at + 2] == b"\r\n" else b"\n"
    elif couple is not None:
        size, between, at = len(couple[0]), b", ", start + couple.end()
    else:
        return None
    head, middle, tail = raw[at - size : name.start], raw[name.end : value.start], raw[value.end : at]
    new = [between + head + key.encode() + middle + text.encode() + tail for key, text in entries]
    return Change(Span(at, at), b"", b"".join(new), why)
