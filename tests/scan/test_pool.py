"""Results come in order whatever happens to a process; a bad file costs itself and nothing else."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from audit.errors import AuditError
from audit.scan import pool
from audit.scan.files import Found, Reason, Skipped, walk
from audit.scan.pool import Done, Job, scan_files
from audit.scan.pool_work import CHUNK_FILES
from audit.scan.prefilter import Prefilter
from tests.support.cli import environment

MANY = 700


def measure(path: str, raw: bytes) -> tuple[str, int]:
    """What a file says decides what becomes of its process."""
    if b"crash" in raw:
        faulthandler.disable()
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"leave" in raw:
        os._exit(7)
    if b"raise" in raw:
        raise ValueError("a bad file")
    if b"hang" in raw:
        while True:
            time.sleep(0.01)
    if b"slow" in raw:
        time.sleep(0.05)
    if b"thread" in raw:
        return threading.Lock()  # type: ignore[return-value]
    return Path(path).name, len(raw)


def unready() -> None:
    raise AuditError("the grammar is missing")


def broken() -> None:
    raise RuntimeError("oops")


def make(folder: Path, special: Mapping[str, str] | None = None, count: int = MANY) -> list[Found | Skipped]:
    """Files f0000 … with "use" in every seventh, other words where ``special`` says so."""
    for number in range(count):
        text = (special or {}).get(f"f{number:04}") or ("use" if number % 7 == 0 else "nothing")
        (folder / f"f{number:04}").write_text(text + "\n")
    return list(walk([folder]))


def job(**given) -> Job[tuple[str, int]]:
    return Job(measure, Prefilter(["use"]), **given)


def shown(results: Iterator[Done[Any] | Skipped]) -> list[tuple[str, str]]:
    return [
        (Path(item.path).name, item.reason.value if isinstance(item, Skipped) else "done") for item in results
    ]


def expected(**reasons: str) -> list[tuple[str, str]]:
    names = {f"f{number:04}" for number in range(0, MANY, 7)} | set(reasons)
    return [(name, reasons.get(name, "done")) for name in sorted(names)]


@pytest.fixture(params=["fork", "forkserver"])
def start(request, monkeypatch):
    """Each way in which processes start."""
    if request.param not in multiprocessing.get_all_start_methods():
        pytest.skip("processes do not start like this here")
    if request.param == "fork" and len(list(Path("/proc/self/task").iterdir())) > 1:
        pytest.skip("a fork is not safe in a process with threads, such as this one")
    context = multiprocessing.get_context(request.param)
    monkeypatch.setattr(pool, "_context", lambda: context)


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_come_in_the_order_of_the_files(tmp_path, start, jobs):
    files = make(tmp_path, {"f0007": "use slow", "f0350": "use slow"})
    results = list(scan_files(files, job(), jobs=jobs))
    assert [item.path for item in results] == [
        str(tmp_path / f"f{number:04}") for number in range(0, MANY, 7)
    ]
    assert results[0] == Done(str(tmp_path / "f0000"), ("f0000", 4))


def test_what_was_skipped_before_keeps_its_place(tmp_path, start):
    files = make(tmp_path, {"f0010": "\0use"})
    files.insert(9, Skipped("odd", Reason.NOT_REGULAR))
    files.append(Skipped("", Reason.IGNORED, entries=3))
    results = list(scan_files(files, job(), jobs=2))
    assert shown(iter(results[:4])) == [
        *(("f0000", "done"), ("f0007", "done"), ("odd", "not a regular file"), ("f0010", "binary")),
    ]
    assert results[-1] == Skipped("", Reason.IGNORED, entries=3)


@pytest.mark.parametrize("word", ["crash", "leave", "raise", "thread"])
def test_a_bad_file_costs_itself_alone(tmp_path, start, word):
    bad = dict.fromkeys(("f0000", "f0001", "f0300", "f0301", "f0699"), f"use {word}")
    results = list(scan_files(make(tmp_path, bad), job(), jobs=2))
    assert shown(iter(results)) == expected(**dict.fromkeys(bad, "failed"))
    assert isinstance(results[0], Skipped)
    told = {
        "crash": "its process ended with signal 11",
        "leave": "its process ended with exit code 7",
        "raise": "ValueError: a bad file",
        "thread": "cannot be sent: TypeError",
    }
    assert results[0].detail.startswith(told[word])


def test_a_process_lost_while_reading_is_found_out(tmp_path, start):
    """The file is not known at first; its chunk is done again, one announced file after the other."""
    results = list(
        scan_files(make(tmp_path, {"f0050": "nothing die"}), Job(measure, Deadly(["use"])), jobs=2)
    )
    assert shown(iter(results)) == expected(f0050="failed")


class Deadly(Prefilter):
    """A prefilter that does not survive one file."""

    def __reduce__(self):
        return Deadly, (self.stems,)

    def matches(self, raw: bytes) -> bool:
        if b"die" in raw:
            os._exit(9)
        return super().matches(raw)


def test_a_file_that_takes_too_long_is_given_up(tmp_path, start):
    begun = time.monotonic()
    slow = {"f0100": "use hang", "f0500": "use hang"}
    results = list(scan_files(make(tmp_path, slow), job(timeout=1.0), jobs=2))
    assert shown(iter(results)) == expected(f0100="timed out", f0500="timed out")
    assert time.monotonic() - begun < 30


def test_a_reader_that_takes_its_time_is_no_time_out(tmp_path, start):
    results = []
    for result in scan_files(make(tmp_path), job(timeout=0.5), jobs=2):
        results.append(result)
        if len(results) == 3:
            time.sleep(1.5)
    assert shown(iter(results)) == expected()


@pytest.mark.parametrize(
    ("prepare", "told"), [(unready, "the grammar is missing"), (broken, "RuntimeError: oops")]
)
def test_preparations_that_fail_end_the_scan(tmp_path, start, prepare, told):
    with pytest.raises(AuditError, match=told):
        list(scan_files(make(tmp_path), job(prepare=prepare), jobs=2))
    assert multiprocessing.active_children() == []


def test_preparations_are_made_only_where_something_matches(tmp_path, start):
    files = make(tmp_path)
    nothing = Job(measure, Prefilter(["not there"]), prepare=unready)
    assert list(scan_files(files, nothing, jobs=2)) == []
    assert list(scan_files(files[:20], nothing, jobs=2)) == []


def test_processes_that_keep_dying_end_the_scan(tmp_path, start, monkeypatch):
    monkeypatch.setattr(pool, "MAX_LOST", 3)
    bad = {f"f{number:04}": "use leave" for number in range(0, MANY, 7)}
    with pytest.raises(AuditError, match="4 processes were lost; the last one ended with exit code 7"):
        list(scan_files(make(tmp_path, bad), job(), jobs=2))
    assert multiprocessing.active_children() == []


def test_no_process_is_left_when_the_reader_stops(tmp_path, start):
    results = scan_files(make(tmp_path, {"f0602": "use hang"}), job(), jobs=2)
    assert next(results).path.endswith("f0000")
    results.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


def test_only_so_many_files_are_read_ahead(tmp_path, start):
    """A slow first file must not let the rest of the tree pile up."""
    files = make(tmp_path)
    (tmp_path / "f0000").write_text("use hang")
    taken = 0

    def endless() -> Iterator[Found | Skipped]:
        nonlocal taken
        while True:
            for item in files:
                taken += 1
                yield item

    results = scan_files(endless(), job(timeout=2.0), jobs=2)
    assert next(results).path.endswith("f0000")
    results.close()  # type: ignore[attr-defined]
    assert taken <= pool.INLINE_FILES + CHUNK_FILES * (2 * pool.AHEAD * 4 + 1)


def test_few_files_are_done_in_this_process(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "_context", None)
    assert shown(scan_files(make(tmp_path, count=200), job(), jobs=2)) == [
        (f"f{number:04}", "done") for number in range(0, 200, 7)
    ]


def test_few_files_with_much_in_them_are_spread(tmp_path, start):
    own = Job(where, Prefilter(["use"]), inline=10)
    results = list(scan_files(make(tmp_path, count=200), own, jobs=2))
    assert len(results) == 29
    assert not any(isinstance(item, Done) and item.value == os.getpid() for item in results)


def where(path: str, raw: bytes) -> int:
    return os.getpid()


def test_in_this_process_bad_files_are_skipped_as_well(tmp_path):
    files = make(tmp_path, {"f0007": "use raise", "f0014": "use hang"}, count=30)
    before = signal.getsignal(signal.SIGALRM)
    assert shown(scan_files(files, job(timeout=0.2), jobs=1)) == [
        *(
            ("f0000", "done"),
            ("f0007", "failed"),
            ("f0014", "timed out"),
            ("f0021", "done"),
            ("f0028", "done"),
        ),
    ]
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_machine_made_files_are_named_where_they_match(tmp_path):
    (tmp_path / "a.min.js").write_text("use")
    (tmp_path / "b.min.js").write_text("nothing")
    assert shown(scan_files(walk([tmp_path]), job())) == [("a.min.js", "minified")]


def test_long_paths_do_not_fill_the_pipes(tmp_path, start):
    deep = tmp_path
    for _ in range(14):
        deep = deep / ("d" * 240)
    deep.mkdir(parents=True)
    make(deep)
    results = list(scan_files(walk([tmp_path]), job(), jobs=2))
    assert shown(iter(results)) == expected()


SCRIPT = """
import os, sys, time
from audit.scan.files import walk
from audit.scan.pool import Job, scan_files
def work(path, raw):
    open(os.path.join(sys.argv[2], str(os.getpid())), "w").close()
    time.sleep(60)
if __name__ == "__main__":
    for result in scan_files(walk([sys.argv[1]]), Job(work), jobs=2):
        pass
"""


def alive(folder: Path) -> list[int]:
    """Process numbers that the workers left, of those that are still there."""
    found = []
    for path in folder.iterdir():
        state = Path("/proc", path.name, "stat")
        if state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z":
            found.append(int(path.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_scan(tmp_path, ending):
    """Ctrl-C reaches every process at once; a killed scan can tell nobody."""
    tree, seen = tmp_path / "tree", tmp_path / "seen"
    tree.mkdir()
    seen.mkdir()
    make(tree, count=300)
    command = [sys.executable, "-c", SCRIPT, str(tree), str(seen)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, start_new_session=True, text=True, cwd=root
    ) as process:
        assert process.stderr is not None
        deadline = time.monotonic() + 30
        while len(list(seen.iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        workers = alive(seen)
        assert len(workers) == 2
        if ending == signal.SIGINT:
            os.killpg(process.pid, ending)
            told = process.communicate(timeout=20)[1]
            assert told.count("Traceback") == 1
            assert told.rstrip().endswith("KeyboardInterrupt")
            assert alive(seen) == []
            return
        process.kill()
    # Those that are at work find out when they are done with their file; these two are not waited for.
    for worker in alive(seen):
        os.kill(worker, signal.SIGKILL)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_processes_that_wait_for_work_end_with_a_scan_that_is_killed(tmp_path):
    tree, seen = tmp_path / "tree", tmp_path / "seen"
    tree.mkdir()
    seen.mkdir()
    make(tree, count=300)
    script = SCRIPT.replace("time.sleep(60)", "pass").replace(
        "        pass\n", "        pass\n        time.sleep(60)\n", 1
    )
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen([sys.executable, "-c", script, str(tree), str(seen)], cwd=root) as process:
        deadline = time.monotonic() + 30
        while not alive(seen) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        assert alive(seen)
        process.kill()
    deadline = time.monotonic() + 10
    while alive(seen) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert alive(seen) == []


LINGERING = """
import _thread, time
from audit.scan.pool import _context
_thread.start_new_thread(time.sleep, (0.02,))
print(_context().get_start_method())
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are forked on Linux alone")
def test_a_thread_that_has_ended_but_is_not_gone_yet_is_waited_for():
    """Else, now and then, processes would start in a way that takes a second."""
    done = subprocess.run(
        [sys.executable, "-c", LINGERING], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["fork"]
