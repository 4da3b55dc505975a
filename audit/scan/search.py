"""Finds the files that hold a stem. While others do that, this process may prepare for what comes next."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from audit.scan.files import Found, Reason, Skipped, walk
from audit.scan.garbage import uncollected
from audit.scan.pool import Job, can_fork, scan_files
from audit.scan.prefilter import Prefilter
from audit.spec import cache

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")

MAX_NAMED = 100
ASKED_EVERY = 256  # files


@dataclass(frozen=True)
class Places:
    """Where to search. ``exclude`` is relative to ``base``, the current folder where that is None.

    ``jobs`` is the number of processes, by default one for each core.
    """

    paths: tuple[Path, ...]
    exclude: tuple[str, ...] = ()
    base: Path | None = None
    jobs: int | None = None


@dataclass
class Skips:
    """What was left out: how many by reason, and the first of them by name, except what is ignored."""

    counts: Counter[Reason] = field(default_factory=Counter)
    named: list[Skipped] = field(default_factory=list)

    def add(self, entry: Skipped) -> None:
        """Count one; what is ignored comes as one entry that stands for many."""
        self.counts[entry.reason] += entry.entries
        if entry.reason is not Reason.IGNORED and len(self.named) < MAX_NAMED:
            self.named.append(entry)


@dataclass
class Searched:
    """The files that hold one of the ``stems``, in the order of the walk, out of ``files`` looked at."""

    stems: tuple[str, ...]
    hits: list[Found] = field(default_factory=list)
    files: int = 0
    skips: Skips = field(default_factory=Skips)


class _Beside:
    """A search in a process of its own, so that this one can prepare: both have a core to themselves."""

    def __init__(self, places: Places, stems: tuple[str, ...]) -> None:
        import multiprocessing

        self._places = places
        self._stems = stems
        self._pipe, theirs = multiprocessing.Pipe(duplex=False)
        # Not a daemon: it starts processes itself.
        self._process = multiprocessing.get_context("fork").Process(
            target=_search_for, args=(theirs, self._pipe, places, stems)
        )
        self._process.start()
        theirs.close()

    def result(self) -> Searched:
        """Wait for what it found; where it comes to nothing, search here, which tells why.

        Readers of the languages that turn up are loaded meanwhile, so that no process has to that is
        forked later.
        """
        from audit.scan.languages import language_of, reader

        try:
            while not isinstance(told := self._pipe.recv(), Searched):
                with suppress(Exception):  # whoever reads a file with it finds out
                    reader(language_of(told, b""))
        except (EOFError, OSError):
            return search(self._places, self._stems)
        return told

    def stop(self) -> None:
        """End it, whatever it is at; its own processes find that out."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _search_for(pipe: Connection, theirs: Connection, places: Places, stems: tuple[str, ...]) -> None:
    """Search for the process that waits at the other end of a pipe; say nothing where that fails."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    theirs.close()
    with suppress(Exception), uncollected(to_stay=True):
        pipe.send(search(places, stems, Asker(pipe)))


class Asker:
    """Who waits for a search in another process."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._process = os.getppid()
        self._told: set[str] = set()

    def is_gone(self) -> bool:
        """Whether the process has ended, and nobody wants an answer any more."""
        return os.getppid() != self._process

    def tell(self, path: str) -> None:
        """Name a file that was found, if its name ends as none before it did."""
        ending = Path(path).suffix
        if ending not in self._told:
            self._told.add(ending)
            self._pipe.send(path)


def search(places: Places, stems: tuple[str, ...], asker: Asker | None = None) -> Searched:
    """Look through all files below the paths; raises UsageError for a path that is not there."""
    searched = Searched(stems)
    links: set[str] = set()

    def entries() -> Iterator[Found | Skipped]:
        for entry in walk(places.paths, exclude=places.exclude, base=places.base):
            if isinstance(entry, Found):
                searched.files += 1
                if entry.link:
                    links.add(entry.path)
                if asker is not None and searched.files % ASKED_EVERY == 0 and asker.is_gone():
                    return
            yield entry

    for result in scan_files(entries(), Job(_hit, Prefilter(stems)), jobs=places.jobs):
        if isinstance(result, Skipped):
            searched.skips.add(result)
            continue
        searched.hits.append(Found(result.path, result.path in links))
        if asker is not None:
            asker.tell(result.path)
    return searched


def search_ahead(
    places: Places, description: Path | None, prepare: Callable[[], T]
) -> tuple[T, Searched | None]:
    """Search by the stems that the description came to last time, and prepare meanwhile.

    Whoever knows the stems of today compares; where nothing is remembered, nothing is searched.
    """
    stems = recall(description)
    beside = None
    if stems is not None and places.jobs != 1 and can_fork():
        beside = _Beside(places, stems)
    try:
        with uncollected(to_stay=True):
            ready = prepare()
        return ready, beside.result() if beside else None
    finally:
        if beside:
            beside.stop()


def recall(description: Path | None) -> tuple[str, ...] | None:
    """Return the stems of last time, if any; ``description`` is None for the shipped one."""
    stems = cache.get(_key(description))
    if isinstance(stems, list) and stems and all(isinstance(stem, str) for stem in stems):
        return tuple(stems)
    return None


def remember(description: Path | None, stems: tuple[str, ...]) -> None:
    """Keep the stems of a description for the next time."""
    if recall(description) != stems:
        cache.put(_key(description), list(stems))


def _key(description: Path | None) -> str:
    # Which folder it is will do: whatever was found by stems that have changed since is thrown away.
    return cache.key("stems", os.fsencode(os.path.realpath(description or __file__)))


def _hit(_path: str, _raw: bytes) -> None:
    """That a file comes this far is all there is to know."""
