"""What it costs to start the tool, beside a bare interpreter.

    python tests/bench/bench_startup.py [RUNS]

Prints medians of `--version` and `--help` and their ratio to `python -c pass`, run in turn;
exits 1 where `--version` costs more than three bare starts.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

LIMIT = 3.0


def main() -> int:
    """Measure and print; return the exit code."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    tool = str(Path(sys.executable).with_name("coinglass-audit"))
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "coinglass-audit --version": [tool, "--version"],
        "coinglass-audit --help": [tool, "--help"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            times[name].append(time.perf_counter() - start)
    bare = statistics.median(times["python -c pass"])
    ratios = {name: statistics.median(values) / bare for name, values in times.items()}
    for name, values in times.items():
        print(f"{name:<28}{statistics.median(values) * 1000:7.1f} ms   {ratios[name]:5.2f} bare starts")
    return 0 if ratios["coinglass-audit --version"] <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
