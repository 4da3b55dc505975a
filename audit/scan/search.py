"""Finds the files that hold a stem. While other processes read, this one may prepare for what comes next."""

from __future__ import annotations

import gc
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from audit.scan.files import Found, Reason, Skipped, walk
from audit.scan.pool import Job, scan_files
from audit.scan.prefilter import Prefilter
from audit.spec import cache

T = TypeVar("T")

MAX_NAMED = 100


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


class Meanwhile(Generic[T]):
    """Something to be worked out while other processes are busy, in a thread of its own."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._value: list[T] = []
        self._error: BaseException | None = None

    def _run(self) -> None:
        # What is made here is there to stay; looking for garbage in it again and again would be for nothing.
        gc.disable()
        try:
            self._value.append(self._function())
        except BaseException as error:  # noqa: BLE001 - raised again by whoever asks for the result
            self._error = error
        finally:
            gc.freeze()
            gc.enable()

    def start(self) -> None:
        """Begin; to be called when no more processes will be forked."""
        self._thread.start()

    def check(self) -> None:
        """Raise what went wrong so far, so that nobody searches on for nothing."""
        if self._error is not None:
            raise self._error

    def result(self) -> T:
        """Wait for the value, or work it out now where nothing was started."""
        if self._thread.ident is None:
            self._run()
        else:
            self._thread.join()
        self.check()
        return self._value[0]


def search(places: Places, stems: tuple[str, ...], meanwhile: Meanwhile[T] | None = None) -> Searched:
    """Look through all files below the paths; raises UsageError for a path that is not there."""
    searched = Searched(stems)
    links: set[str] = set()

    def entries() -> Iterator[Found | Skipped]:
        for entry in walk(places.paths, exclude=places.exclude, base=places.base):
            if meanwhile is not None:
                meanwhile.check()
            if isinstance(entry, Found):
                searched.files += 1
                if entry.link:
                    links.add(entry.path)
            yield entry

    job = Job(_hit, Prefilter(stems))
    started = meanwhile.start if meanwhile is not None else None
    for result in scan_files(entries(), job, jobs=places.jobs, started=started):
        if isinstance(result, Skipped):
            searched.skips.add(result)
        else:
            searched.hits.append(Found(result.path, result.path in links))
    return searched


def search_ahead(
    places: Places, description: Path | None, prepare: Callable[[], T]
) -> tuple[T, Searched | None]:
    """Search by the stems that the description came to last time, and prepare meanwhile.

    Whoever knows the stems of today compares; where nothing is remembered, nothing is searched.
    """
    stems = recall(description)
    if stems is None:
        return prepare(), None
    meanwhile = Meanwhile(prepare)
    searched = search(places, stems, meanwhile)
    return meanwhile.result(), searched


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
