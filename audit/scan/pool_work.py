"""What happens to each file that is spread over the cores, here or in a process of its own."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from audit.errors import AuditError
from audit.scan.files import MAX_BYTES, Found, Reason, Skipped, is_minified, read
from audit.scan.garbage import uncollected

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from audit.scan.prefilter import Prefilter

T = TypeVar("T")

TIMEOUT = 10.0
CHUNK_FILES = 128
INLINE_BYTES = 512 * 1024

# What a process says: it is at a file, has something of it, is through with a chunk, cannot work at all.
BUSY, RESULT, END, BROKEN = range(4)


class Done(NamedTuple, Generic[T]):
    """What the work made of one file."""

    path: str
    value: T


@dataclass(frozen=True)
class Job(Generic[T]):
    """What happens to each file. It is handed to other processes, so its parts must be importable.

    ``work`` gets the path and the bytes as read. ``prepare`` is called once in each process, before its
    first file that matches. ``timeout`` is in seconds, for one file. ``chunk`` files go to a process
    together, and what is longer than ``inline`` bytes in all goes to several.
    """

    work: Callable[[str, bytes], T]
    prefilter: Prefilter | None = None
    prepare: Callable[[], object] | None = None
    timeout: float = TIMEOUT
    max_bytes: int = MAX_BYTES
    chunk: int = CHUNK_FILES
    inline: int = INLINE_BYTES

    def open(self, found: Found) -> bytes | Skipped | None:
        """Read a file; None where it holds nothing of interest."""
        raw = read(found, self.max_bytes)
        if isinstance(raw, Skipped):
            return raw
        if self.prefilter is not None and not self.prefilter.matches(raw):
            return None
        return Skipped(found.path, Reason.MINIFIED) if is_minified(found.path, raw) else raw


# --- in this process


class _TooLong(BaseException):
    """Raised by the alarm; no handler of ordinary errors catches it."""


def here(files: Iterable[Found | Skipped], job: Job[T]) -> Iterator[Done[T] | Skipped]:
    """Read each file and work on it in this process."""
    opened = ((item, item if isinstance(item, Skipped) else job.open(item)) for item in files)
    return here_opened(((item, raw) for item, raw in opened if raw is not None), job)


def here_opened(
    files: Iterable[tuple[Found | Skipped, bytes | Skipped]], job: Job[T]
) -> Iterator[Done[T] | Skipped]:
    """Work in this process on files that have been read."""
    ready = job.prepare is None
    for item, raw in files:
        if isinstance(raw, Skipped):
            yield raw
            continue
        if not ready and job.prepare is not None:
            job.prepare()
            ready = True
        try:
            with _alarm(job.timeout):
                result = _worked(job, item.path, raw)
        except _TooLong:
            result = too_long(item.path, job.timeout)
        yield result


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Interrupt the work after some time, where a signal can do so."""
    usable = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
    if not usable or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return

    def ring(_signal: int, _frame: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def too_long(path: str, seconds: float) -> Skipped:
    """Return what is told of a file that held its process up."""
    return Skipped(path, Reason.TIMED_OUT, f"after {seconds:g} s")


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}".rstrip(": ")


# --- in a process of its own


def serve(pipe: Connection, job: Job[Any], inherited: list[int]) -> None:
    """Take chunks and send back what comes of them, until there are no more or nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The other ends of the pipes came along with a fork; while they are open here, no pipe ever ends.
    for descriptor in inherited:
        os.close(descriptor)
    ready = job.prepare is None
    try:
        while (chunk := pipe.recv()) is not None:
            careful, files = chunk
            for index, (path, link) in files:
                if careful:
                    pipe.send((BUSY, index))
                raw = job.open(Found(path, link))
                if raw is None:
                    continue
                if isinstance(raw, bytes):
                    pipe.send((BUSY, index))
                    if not ready and job.prepare is not None:
                        ready = _prepared(pipe, job.prepare)
                    _send(pipe, index, path, _worked(job, path, raw))
                else:
                    _send(pipe, index, path, raw)
            pipe.send((END, None))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _prepared(pipe: Connection, prepare: Callable[[], object]) -> bool:
    try:
        prepare()
    except Exception as error:  # noqa: BLE001 - told to the process that started this one
        pipe.send((BROKEN, str(error) if isinstance(error, AuditError) else _told(error)))
        raise SystemExit(1) from None
    return True


def _worked(job: Job[T], path: str, raw: bytes) -> Done[T] | Skipped:
    try:
        with uncollected():
            return Done(path, job.work(path, raw))
    except Exception as error:  # noqa: BLE001 - one file must not end the scan
        return Skipped(path, Reason.FAILED, _told(error))


def _send(pipe: Connection, index: int, path: str, result: object) -> None:
    try:
        pipe.send((RESULT, index, result))
    except (OSError, EOFError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever pickle says about a value
        pipe.send((RESULT, index, Skipped(path, Reason.FAILED, f"cannot be sent: {_told(error)}")))
