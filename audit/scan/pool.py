"""Spreads files over the cores: each process reads, seeks the stems, and works on what holds one.

Results come in the order of the files. Only so many files are under way at a time, so memory does not
grow with the tree. A file that ends its process, or holds it up for too long, is skipped; the rest of
what that process had to do goes to a new one. Few files are done in this process.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from audit.errors import AuditError
from audit.scan.files import Found, Reason, Skipped
from audit.scan.pool_work import BROKEN, BUSY, RESULT, TIMEOUT, Done, Job, here, here_opened, serve, too_long

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

__all__ = ["TIMEOUT", "Done", "Job", "scan_files"]

T = TypeVar("T")

# What is on its way must fit into the buffers of a pipe, or both ends would wait for each other.
CHUNK_CHARS = 24_000
AHEAD = 4
INLINE_FILES = 256
MAX_LOST = 100
LINGER_MS = 100


def scan_files(
    files: Iterable[Found | Skipped],
    job: Job[T],
    *,
    jobs: int | None = None,
) -> Iterator[Done[T] | Skipped]:
    """Yield what comes of each file that matches, and what was skipped, in the order of ``files``.

    ``jobs`` is the number of processes, by default one for each core; with 1 everything is done here,
    where a file cannot be kept from ending the process. Raises AuditError where processes do not start.
    """
    jobs = jobs or _cores()
    source = iter(files)
    if jobs == 1:
        return here(source, job)
    first = list(islice(source, INLINE_FILES))
    if len(first) < INLINE_FILES:
        opened, size = [], 0
        rest = iter(first)
        for item in rest:
            raw = item if isinstance(item, Skipped) else job.open(item)
            if raw is not None:
                opened.append((item, raw))
                size += len(raw) if isinstance(raw, bytes) else 0
            if size > job.inline:
                break
        else:
            return here_opened(opened, job)
        first = [raw if isinstance(raw, Skipped) else item for item, raw in opened]
        source = rest
    return _Pool(chain(first, source), job, jobs).run()


def can_fork() -> bool:
    """Whether a process that starts now would begin as a copy of this one."""
    return _context().get_start_method() == "fork"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# --- on this side of it


@dataclass
class _Chunk:
    """Files that go to one process together; ``results`` by place, ``left`` are those without an end."""

    items: list[Found | Skipped]
    left: dict[int, Found]
    results: dict[int, Any] = field(default_factory=dict)
    careful: bool = False
    done: bool = False


@dataclass(eq=False)
class _Worker:
    """A process with the chunks it was given, the first of which it is at."""

    process: BaseProcess
    pipe: Connection
    chunks: deque[_Chunk] = field(default_factory=deque)
    busy: int | None = None
    since: float = 0.0


class _Pool(Generic[T]):
    """Hands out chunks, takes results, replaces processes that are lost."""

    def __init__(self, files: Iterator[Found | Skipped], job: Job[T], jobs: int) -> None:
        self.files = files
        self.job = job
        self.jobs = jobs
        self.workers: list[_Worker] = []
        self.again: deque[_Chunk] = deque()
        self.order: deque[_Chunk] = deque()
        self.lost = 0

    def run(self) -> Iterator[Done[T] | Skipped]:
        try:
            context = _context()
            for _ in range(self.jobs):
                self.workers.append(self.start(context))
            more = True
            while more or self.order:
                more = self.feed(more)
                while self.order and self.order[0].done:
                    yield from _in_order(self.order.popleft())
                if self.order and not (more and self.has_room()):
                    self.listen()
        finally:
            self.stop()

    def start(self, context: BaseContext) -> _Worker:
        ours, theirs = context.Pipe()
        forked = context.get_start_method() == "fork"
        inherited = [pipe.fileno() for pipe in (ours, *(one.pipe for one in self.workers))] if forked else []
        process = context.Process(target=serve, args=(theirs, self.job, inherited), daemon=True)  # type: ignore[attr-defined]
        try:
            process.start()
        except OSError as error:
            raise AuditError(f"cannot start a process to scan files: {error}; try --jobs 1") from None
        theirs.close()
        return _Worker(process, ours)

    def has_room(self) -> bool:
        """Whether another chunk may be read; results that wait for an earlier file count as well."""
        return len(self.order) < self.jobs * AHEAD * 4 and any(len(w.chunks) < AHEAD for w in self.workers)

    def feed(self, more: bool) -> bool:
        """Give each process something to do; return whether there may be more files."""
        while (self.again or more) and (self.again or self.has_room()):
            worker = min(self.workers, key=lambda one: len(one.chunks))
            if len(worker.chunks) >= AHEAD:
                break
            if self.again:
                self.give(worker, self.again.popleft())
                continue
            chunk = _next_chunk(self.files, self.job.chunk)
            more = chunk is not None
            if chunk is not None:
                self.order.append(chunk)
                if chunk.left:
                    self.give(worker, chunk)
        return more

    def give(self, worker: _Worker, chunk: _Chunk) -> None:
        worker.chunks.append(chunk)
        # Where it has gone, listening finds that out and hands its chunks to another one.
        with suppress(OSError):
            worker.pipe.send((chunk.careful, [(index, tuple(found)) for index, found in chunk.left.items()]))

    def listen(self) -> None:
        """Wait until some process says something, ends, or is over its time."""
        from multiprocessing.connection import wait

        busy = [worker.since + self.job.timeout for worker in self.workers if worker.busy is not None]
        rest = max(0.0, min(busy) - time.monotonic()) if busy else None
        heard = wait([worker.pipe for worker in self.workers], rest)
        for worker in list(self.workers):
            if worker.pipe in heard:
                try:
                    while worker.pipe.poll():
                        self.take(worker, worker.pipe.recv())
                except (EOFError, OSError):
                    self.replace(worker)
            elif worker.busy is not None and time.monotonic() >= worker.since + self.job.timeout:
                worker.process.kill()
                self.replace(worker, timed_out=True)

    def take(self, worker: _Worker, message: tuple[Any, ...]) -> None:
        kind, about = message[:2]
        if kind == BROKEN:
            raise AuditError(str(about))
        chunk = worker.chunks[0]
        if kind == BUSY:
            worker.busy, worker.since = about, time.monotonic()
        elif kind == RESULT:
            worker.busy = None
            chunk.results[about] = message[2]
            # What stands before it held nothing of interest.
            chunk.left = {index: found for index, found in chunk.left.items() if index > about}
        else:
            worker.busy = None
            chunk.done = True
            worker.chunks.popleft()

    def replace(self, worker: _Worker, *, timed_out: bool = False) -> None:
        """Skip the file that a process was lost with; start a new one for what it had left to do."""
        worker.pipe.close()
        worker.process.join()
        self.workers.remove(worker)
        self.lost += 1
        if self.lost > MAX_LOST:
            raise AuditError(f"{self.lost} processes were lost; the last one ended with {_end_of(worker)}")
        for chunk in worker.chunks:
            if worker.busy is not None:
                path = chunk.left[worker.busy].path
                lost = Skipped(path, Reason.FAILED, f"its process ended with {_end_of(worker)}")
                chunk.results[worker.busy] = too_long(path, self.job.timeout) if timed_out else lost
                chunk.left = {index: found for index, found in chunk.left.items() if index > worker.busy}
            elif chunk is worker.chunks[0]:
                # Not known which file it was: each one is announced the next time.
                chunk.careful = True
            worker.busy = None
            chunk.done = not chunk.left
            if chunk.left:
                self.again.append(chunk)
        self.workers.append(self.start(_context()))

    def stop(self) -> None:
        """End all processes: those without work are told to, the others are ended."""
        for worker in self.workers:
            if worker.chunks:
                worker.process.kill()
            else:
                with suppress(OSError):
                    worker.pipe.send(None)
        for worker in self.workers:
            worker.process.join(1.0)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.pipe.close()
            worker.process.close()


def _next_chunk(files: Iterator[Found | Skipped], most: int) -> _Chunk | None:
    items: list[Found | Skipped] = []
    chars = 0
    for item in files:
        items.append(item)
        chars += len(item.path)
        if len(items) >= most or chars >= CHUNK_CHARS:
            break
    if not items:
        return None
    left = {index: item for index, item in enumerate(items) if isinstance(item, Found)}
    return _Chunk(items, left, done=not left)


def _in_order(chunk: _Chunk) -> Iterator[Any]:
    for index, item in enumerate(chunk.items):
        if isinstance(item, Skipped):
            yield item
        elif index in chunk.results:
            yield chunk.results[index]


def _end_of(worker: _Worker) -> str:
    code = worker.process.exitcode or 0
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _context() -> BaseContext:
    """Choose how processes start: a fork is quickest by far, and safe as long as there is one thread."""
    import multiprocessing

    if _is_alone():
        return multiprocessing.get_context("fork")
    methods = multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")


def _is_alone() -> bool:
    """Whether this process has one thread; one that has been joined takes a moment more to go."""
    tasks = Path("/proc/self/task")
    for _ in range(LINGER_MS):
        if not tasks.is_dir() or threading.active_count() > 1:
            return False
        if len(list(tasks.iterdir())) == 1:
            return True
        time.sleep(0.001)
    return False
