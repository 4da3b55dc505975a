"""Which files there are below the given paths, and what is in them; nothing odd is ever opened.

Ignore files work level by level, as Git does it: a directory that is ignored is not entered, so
nothing below it can come back. Links are looked at last, and followed where they lead to something
inside the given paths that the walk has not seen on its own.
"""
# Paths are plain texts here; objects would take longer to make than files to read.
# ruff: noqa: PTH114, PTH116, PTH119, PTH120

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from enum import StrEnum
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from audit.errors import UsageError
from audit.scan.ignore import Level, levels_above, read_level

MAX_BYTES = 20 * 1024 * 1024
HEAD = 65536
BOMS = (b"\xff\xfe", b"\xfe\xff")

# Other people's code and the insides of tools, by name, and by a file that marks the folder.
PRUNED = frozenset({".git", ".hg", ".svn", ".jj", "node_modules", "bower_components", "__pycache__"})
MARKERS = frozenset({"pyvenv.cfg", "CACHEDIR.TAG"})
VENDORED = frozenset({"modules.txt", "autoload.php", "bundle"})
# What this tool writes itself, unless it is told another place: it names every path and is nobody's code.
OWN = ("**/reports/signoff-*/", "**/reports/probe-*/", "**/cassettes/*/*.json")

_QUIET = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_KINDS = {stat.S_IFIFO: "FIFO", stat.S_IFSOCK: "socket", stat.S_IFCHR: "device", stat.S_IFBLK: "device"}
_by_name = attrgetter("name")


class Reason(StrEnum):
    """Why a file was not looked at."""

    IGNORED = "ignored"
    BINARY = "binary"
    TOO_LARGE = "too large"
    UNREADABLE = "unreadable"
    LINK_OUT = "link out of tree"
    NOT_REGULAR = "not a regular file"
    VANISHED = "vanished"
    MINIFIED = "minified"
    TIMED_OUT = "timed out"
    FAILED = "failed"


class Found(NamedTuple):
    """A regular file. ``path`` begins as the given path does; ``link`` where it is reached through a link."""

    path: str
    link: bool = False


class Skipped(NamedTuple):
    """What was left out and why. Ignored ones come last, as one entry that counts them."""

    path: str
    reason: Reason
    detail: str = ""
    entries: int = 1


def walk(
    paths: Sequence[Path | str], *, exclude: Sequence[str] = (), base: Path | None = None
) -> Iterator[Found | Skipped]:
    """Yield the files below the paths in a stable order: by name, a folder's files before its folders.

    ``exclude`` takes patterns of .gitignore syntax, relative to ``base`` (the current directory); what this
    tool writes itself is left out unless they say otherwise. A path that is given itself is taken even if it
    is ignored. Raises UsageError for one that is not there.
    """
    roots: list[tuple[str, os.stat_result]] = []
    for path in paths:
        name = os.fspath(path)
        try:
            roots.append((name if ".." in name else os.path.normpath(name), os.stat(path)))
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise UsageError(f"{name!r}: {why}; name files or folders to scan") from None
    return _Walk(roots, (*OWN, *exclude), os.path.realpath(base or ".")).run()


class _Folder(NamedTuple):
    path: str
    levels: tuple[Level, ...]
    given: bool = False


class _Walk:
    """One walk: what has been seen, which links are left, how many entries were ignored."""

    def __init__(self, roots: list[tuple[str, os.stat_result]], exclude: Sequence[str], base: str) -> None:
        self.roots = roots
        self.exclude = exclude
        self.base = base
        self.real = [os.path.realpath(path) for path, _ in roots]
        self.named = {_identity(info) for _, info in roots if not stat.S_ISDIR(info.st_mode)}
        self.inodes = {inode for _, inode in self.named}
        self.visited: set[tuple[int, int]] = set()
        self.links: list[_Folder] = []
        self.ignored = 0

    def run(self) -> Iterator[Found | Skipped]:
        done: set[tuple[int, int]] = set()
        for (path, info), real in zip(self.roots, self.real, strict=True):
            if stat.S_ISDIR(info.st_mode):
                yield from self.below(_Folder(path, self.levels_of(path, real), given=True))
            elif not stat.S_ISREG(info.st_mode):
                yield Skipped(path, Reason.NOT_REGULAR, _kind(info))
            elif _identity(info) not in done:
                done.add(_identity(info))
                yield Found(path, os.path.islink(path))
        # The list grows while links lead to folders with more links in them.
        for link in self.links:
            yield from self.follow(link)
        if self.ignored:
            yield Skipped("", Reason.IGNORED, entries=self.ignored)

    def levels_of(self, path: str, real: str) -> tuple[Level, ...]:
        """The rules that hold in a given folder: what is excluded, then what the folders above it say."""
        base = self.base if real == self.base or real.startswith(self.base.rstrip("/") + "/") else real
        lead = os.path.relpath(real, base) + "/" if real != base else ""
        excluded = Level(self.exclude, len(_prefix(path)), lead)
        return (excluded, *levels_above(real, len(_prefix(path))))

    def below(self, top: _Folder) -> Iterator[Found | Skipped]:
        """Walk one folder and everything in it."""
        stack = [top]
        while stack:
            folder = stack.pop()
            try:
                identity = _identity(os.stat(folder.path))
                if identity in self.visited:
                    continue
                with os.scandir(folder.path) as listing:
                    entries = sorted(listing, key=_by_name)
            except OSError as error:
                yield _skipped(folder.path, error)
                continue
            self.visited.add(identity)
            names = {entry.name for entry in entries}
            if not folder.given and _pruned(folder.path, names):
                self.ignored += 1
                continue
            prefix = _prefix(folder.path)
            levels = folder.levels
            if ".git" in names and not folder.given:
                levels = (levels[0], *levels_above(os.path.realpath(folder.path), len(prefix)))
            if ".gitignore" in names:
                levels = (levels[0], *read_level(prefix + ".gitignore", len(prefix)), *levels[1:])
            inside: list[_Folder] = []
            yield from self.entries(entries, prefix, levels, inside)
            stack += reversed(inside)

    def entries(
        self, entries: list[os.DirEntry[str]], prefix: str, levels: tuple[Level, ...], inside: list[_Folder]
    ) -> Iterator[Found | Skipped]:
        """Yield the files of one folder; put its folders into ``inside`` and its links aside."""
        active = tuple(level for level in levels if level)
        for entry in entries:
            name = entry.name
            path = prefix + name
            try:
                is_file = entry.is_file(follow_symlinks=False)
                is_folder = not is_file and entry.is_dir(follow_symlinks=False)
                is_link = not is_file and not is_folder and entry.is_symlink()
            except OSError as error:
                yield _skipped(path, error)
                continue
            if self.inodes and is_file and entry.inode() in self.inodes and _is_one_of(path, self.named):
                continue
            if name in PRUNED or _is_ignored(active, name, path, is_folder):
                self.ignored += 1
            elif is_file:
                yield Found(path)
            elif is_folder:
                inside.append(_Folder(path, levels))
            elif is_link:
                self.links.append(_Folder(path, levels))
            else:
                yield _odd(path)

    def follow(self, link: _Folder) -> Iterator[Found | Skipped]:
        """Yield what a link adds: nothing where the walk comes by its target anyway."""
        try:
            real = os.path.realpath(link.path, strict=True)
            info = os.stat(real)
            parent = _identity(os.stat(os.path.dirname(real)))
        except OSError as error:
            yield Skipped(link.path, Reason.LINK_OUT, f"leads nowhere: {error.strerror}")
            return
        if not any(real == root or real.startswith(root.rstrip("/") + "/") for root in self.real):
            yield Skipped(link.path, Reason.LINK_OUT, f"leads to {real}")
        elif stat.S_ISDIR(info.st_mode):
            if os.path.basename(real) in PRUNED:
                self.ignored += 1
            else:
                yield from self.below(_Folder(link.path, link.levels))
        elif not stat.S_ISREG(info.st_mode):
            yield Skipped(link.path, Reason.NOT_REGULAR, _kind(info))
        elif parent not in self.visited and _identity(info) not in self.named:
            self.named.add(_identity(info))
            yield Found(link.path, link=True)


def read(found: Found, max_bytes: int = MAX_BYTES) -> bytes | Skipped:
    """Return what is in a file, or why it is left out; of one too large or binary only the head is read."""
    try:
        descriptor = os.open(found.path, _QUIET if found.link else _QUIET | os.O_NOFOLLOW)
    except OSError as error:
        return _skipped(found.path, error)
    try:
        raw = os.read(descriptor, HEAD)
        if b"\0" in raw and not encoding_of(raw):
            return Skipped(found.path, Reason.BINARY)
        if len(raw) > max_bytes:
            return Skipped(found.path, Reason.TOO_LARGE, f"more than {max_bytes} bytes")
        if len(raw) < HEAD and not os.read(descriptor, 1):
            return raw
        os.lseek(descriptor, len(raw), os.SEEK_SET)
        return _whole(descriptor, found.path, raw, max_bytes)
    except OSError as error:
        return _skipped(found.path, error)
    finally:
        os.close(descriptor)


def _whole(descriptor: int, path: str, head: bytes, max_bytes: int) -> bytes | Skipped:
    """Read the rest of a longer file, unless it is too long."""
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode):
        return Skipped(path, Reason.NOT_REGULAR, _kind(info))
    if info.st_size > max_bytes:
        return Skipped(path, Reason.TOO_LARGE, f"{info.st_size} bytes")
    parts = [head]
    left = max_bytes + 1 - len(head)
    room = max(info.st_size - len(head), HEAD)  # to make more room than there is to read takes time
    while left and (part := os.read(descriptor, min(left, room))):
        parts.append(part)
        left -= len(part)
    if not left:
        return Skipped(path, Reason.TOO_LARGE, f"more than {max_bytes} bytes")
    return b"".join(parts)


def encoding_of(raw: bytes) -> str | None:
    """Tell UTF-16 and UTF-32 from binary: by the mark at the start, or by zeros in every other place."""
    if raw.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if raw.startswith(BOMS):
        return "utf-16"
    head = raw[:512]
    half = len(head) // 2
    if half < 4:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd >= 0.75 * half and not even:
        return "utf-16-le"
    return "utf-16-be" if even >= 0.75 * half and not odd else None


def to_utf8(raw: bytes) -> bytes:
    """Return the text in UTF-8 where it stands in a wide encoding; anything else as it is."""
    encoding = encoding_of(raw) if b"\0" in raw[:1024] or raw.startswith(BOMS) else None
    return raw.decode(encoding, "replace").encode("utf-8", "replace") if encoding else raw


def is_minified(path: str, raw: bytes) -> bool:
    """Tell machine-made scripts and style sheets: long lines throughout, in a file of some size."""
    if not path.endswith((".js", ".mjs", ".cjs", ".css")):
        return False
    return ".min." in os.path.basename(path) or (len(raw) > 20_000 and raw.count(b"\n") * 1000 < len(raw))


def _prefix(folder: str) -> str:
    """What stands before a name in this folder; nothing in the current one."""
    if folder == ".":
        return ""
    return folder if folder.endswith("/") else folder + "/"


def _is_ignored(levels: tuple[Level, ...], name: str, path: str, is_folder: bool) -> bool:
    """Ask the levels from the nearest on; the first that says anything is right."""
    for level in levels:
        verdict = level.verdict(name, path, is_folder)
        if verdict is not None:
            return verdict
    return False


def _pruned(path: str, names: set[str]) -> bool:
    if not MARKERS.isdisjoint(names):
        return True
    return os.path.basename(path) == "vendor" and not VENDORED.isdisjoint(names)


def _identity(info: os.stat_result) -> tuple[int, int]:
    return info.st_dev, info.st_ino


def _is_one_of(path: str, known: set[tuple[int, int]]) -> bool:
    try:
        return _identity(os.lstat(path)) in known
    except OSError:
        return False


def _kind(info: os.stat_result) -> str:
    return _KINDS.get(stat.S_IFMT(info.st_mode), "")


def _odd(path: str) -> Skipped:
    """Say what something is that is no file, folder or link; perhaps it has just gone."""
    try:
        return Skipped(path, Reason.NOT_REGULAR, _kind(os.lstat(path)))
    except OSError as error:
        return _skipped(path, error)


def _skipped(path: str, error: OSError) -> Skipped:
    """Turn what the system said into a reason."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Skipped(path, Reason.VANISHED)
    if isinstance(error, IsADirectoryError | BlockingIOError):
        return Skipped(path, Reason.NOT_REGULAR, "changed while it was looked at")
    return Skipped(path, Reason.UNREADABLE, error.strerror or type(error).__name__)
