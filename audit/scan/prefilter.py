"""Tells from a file's bytes whether it can hold anything of interest, before anything is parsed."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from itertools import accumulate
from typing import TYPE_CHECKING

from audit.scan.engine import seeker
from audit.scan.files import BOMS, to_utf8

if TYPE_CHECKING:
    from audit.spec.catalog import Spec
    from audit.spec.legacy import Legacy

# Begins with one literal byte, so it is sought quickly; rb"\\+/" would be a hundred times as slow.
_ESCAPED = re.compile(rb"\\\\*/")

# A piece of a path is telling if it is a compound, a single word, or several segments of this length.
COMPOUND, WORD, SEGMENTS = 9, 11, 12
# With so many paths below it, a first segment is a stem: behind its prefix, and by itself.
HEAD, BARE_HEAD = 3, 20
NAME = 5


class Prefilter:
    """Seeks stems in files, without regard to case; ``\\/`` counts as ``/``, wide encodings are undone."""

    def __init__(self, stems: Iterable[str]) -> None:
        self.stems = tuple(dict.fromkeys(stem for stem in stems if stem))
        # Letters beyond ASCII keep their case.
        raw = [stem.encode("utf-8", "surrogatepass") for stem in self.stems]
        self._holds = seeker(raw)
        self._escapes = any(b"/" in stem for stem in raw)

    def __reduce__(self) -> tuple[type[Prefilter], tuple[tuple[str, ...]]]:
        return Prefilter, (self.stems,)

    def matches(self, raw: bytes) -> bool:
        """Tell whether any stem is in a file; ``raw`` is the file as read."""
        if b"\0" in raw[:1024] or raw.startswith(BOMS):
            raw = to_utf8(raw)
        if self._holds(raw):
            return True
        if not self._escapes or b"\\" not in raw or _ESCAPED.search(raw) is None:
            return False
        return self._holds(_ESCAPED.sub(b"/", raw))


def stems_from(spec: Spec, legacy: Legacy | None = None, extra: Iterable[str] = ()) -> tuple[str, ...]:
    """Return stems of which at least one is in every known path, host, key header and key variable.

    A path is covered by a telling piece of it, with and without what it is served below, so that one put
    together from pieces is found as well. ``extra`` are hosts or words of the user's own. No stem
    contains another one.
    """
    provider = spec.provider
    paths = {operation.path for operation in spec.operations.values()}
    prefixes = {provider.path_prefix}
    streams: list[str] = []
    names = [provider.key_header, provider.key_variable, _host(provider.base_url), *extra]
    if legacy is not None:
        paths |= {route.path for route in legacy.routes}
        paths |= {stray.path for stray in (*legacy.never_existed, *legacy.undocumented)}
        for version in legacy.versions.values():
            prefixes.add(version.prefix)
            names += [version.header or "", version.query or "", *map(_host, version.urls)]
            streams += [url for url in version.urls if url.startswith("ws")]
    if not streams and spec.stream is not None:
        names += [_host(spec.stream.url), spec.stream.key_query]
    if len(provider.name) >= NAME:
        names.append(provider.name)
    plain = sorted({_plain(path) for path in paths} - {""})
    served = sorted({_plain(prefix) for prefix in prefixes} - {""}, key=len, reverse=True)
    stems = {name.lower() for name in names if name}
    stems |= _heads(plain, served)
    stems |= _cover(plain, served)
    texts = sorted(stems)
    holders = _holders(texts, texts)
    longer = {texts[at] for stem in texts for at in holders[stem] if texts[at] != stem}
    return tuple(text for text in texts if text not in longer)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition(":")[0].rpartition("@")[2]


def _plain(path: str) -> str:
    """The literal part of a path in small letters, without slashes at its ends."""
    return path.partition("{")[0].strip("/").lower()


def _split(path: str, served: list[str]) -> tuple[str, str]:
    """Divide a path into what it is served below and the rest."""
    for prefix in served:
        if path.startswith(prefix + "/"):
            return prefix, path[len(prefix) + 1 :]
    return "", path


def _heads(paths: list[str], served: list[str]) -> set[str]:
    """First segments that many paths share: a file may put the rest together."""
    behind: dict[str, int] = {}
    bare: dict[str, int] = {}
    for path in paths:
        prefix, rest = _split(path, served)
        head, slash, _ = rest.partition("/")
        if slash:
            for count, key in ((behind, f"{prefix}/{head}/"), (bare, f"/{head}/")):
                count[key] = count.get(key, 0) + 1
    heads = {head for head, count in behind.items() if count >= HEAD}
    return heads | {head for head, count in bare.items() if count >= BARE_HEAD}


def _cover(paths: list[str], served: list[str]) -> set[str]:
    """Choose pieces until every path holds one; the piece that is in most of the paths left comes first."""
    cut = [_pieces(path, served) for path in paths]
    held = _holders({piece for _, pieces in cut for piece in pieces}, [text for text, _ in cut])
    # What covered most when it was last counted may cover less by now: counted again, it has to wait.
    queue = [(-len(inside), piece.count("/"), len(piece), piece) for piece, inside in held.items()]
    heapify(queue)
    chosen: set[str] = set()
    covered: set[int] = set()
    while queue:
        count, slashes, length, piece = heappop(queue)
        left = len(held[piece] - covered)
        if left == -count:
            chosen.add(piece)
            covered |= held[piece]
        elif left:
            heappush(queue, (-left, slashes, length, piece))
    return chosen


def _holders(pieces: Iterable[str], texts: list[str]) -> dict[str, set[int]]:
    """Return which of the texts hold each piece, by their place; neither has a line break in it."""
    whole = "\n".join(texts)
    starts = [0, *accumulate(len(text) + 1 for text in texts)]
    found: dict[str, set[int]] = {}
    for piece in pieces:
        inside = found.setdefault(piece, set())
        at = whole.find(piece)
        while at >= 0:
            inside.add(bisect_right(starts, at) - 1)
            at = whole.find(piece, starts[bisect_right(starts, at)])
    return found


def _pieces(path: str, served: list[str]) -> tuple[str, set[str]]:
    """Return the hindmost part of a path that has pieces long enough to be rare, and those pieces.

    The first segment and what the path is served below are left out where they can be, since a file may
    hold them apart from the rest.
    """
    rest = _split(path, served)[1]
    for text in (rest.partition("/")[2], rest, path):
        segments = text.split("/")
        found = {one for one in segments if "-" in one and len(one) >= COMPOUND}
        for start in range(len(segments)):
            runs = ("/".join(segments[start:end]) for end in range(start + 2, len(segments) + 1))
            found |= {run for run in runs if len(run) >= SEGMENTS}
        if not found:
            found = {f"/{one}" for one in segments if len(one) >= WORD}
        if found:
            return f"/{text}", found
    return f"/{path}", {f"/{path}"}
