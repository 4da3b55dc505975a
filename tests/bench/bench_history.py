"""What 1,000 kept runs cost: to list with what changed, and to draw the trend from.

    python tests/bench/bench_history.py [RUNS]

Prints medians of both for runs of the shipped description, beside parsing one of these runs from its
file; exits 1 where either takes a second or more.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from audit.history.entry import entry_of, with_changes
from audit.history.packed import parse_run
from audit.history.store import open_history
from audit.jobs.probing import probe
from audit.jobs.settings import Settings, aim
from audit.report.formats.json_ import render
from audit.report.trend import sparkline, trend
from audit.spec.catalog import load

LIMIT_SECONDS = 1.0
TIMES = 7


def main() -> int:
    """Measure and print; return the exit code."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    spec = load()
    settings = Settings(plan="standard", sandbox=True)
    run = probe(spec, settings, aim(settings, spec, None)).run
    text = render(run).encode()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.sqlite"
        history = open_history(str(file))
        assert history is not None
        start = time.perf_counter()
        for number in range(runs):
            history.keep(run.model_copy(update={"commit": f"{number:040x}"}))
        each = (time.perf_counter() - start) / runs
        size = file.stat().st_size
        series = entry_of(run).series

        def listing() -> int:
            return len(list(with_changes(history.entries().entries)))

        def drawing() -> int:
            told = trend(history.entries(series).entries)
            return sum(len(sparkline(line)) for line in told.lines) if told else 0

        taken = {"list": median(listing), "trend": median(drawing)}
    one = median(lambda: len(parse_run(text, "run.json").observations))
    print(f"{runs} runs of {len(run.observations)} answers: {size / runs / 1024:.1f} KiB each "
          f"(run.json {len(text) / 1024:.0f} KiB), kept in {each * 1000:.1f} ms each")  # fmt: skip
    for name, seconds in taken.items():
        print(f"{name:<8}{seconds * 1000:8.1f} ms   {seconds / one:6.1f} times parsing one run.json")
    return 0 if max(taken.values()) < LIMIT_SECONDS else 1


def median(work: Callable[[], int]) -> float:
    """Return the seconds that some work takes."""
    took = []
    for _ in range(TIMES):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


if __name__ == "__main__":
    sys.exit(main())
