"""What a big page costs: 1,000 operations on five plans and 5,000 findings.

    python -m tests.bench.bench_page

Prints size and time to render, and, where a browser and the packages of ``tests/browser`` are at hand,
the time to load and the pause after a key press, as medians; exits 1 above a bound.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from audit.report.formats import render
from tests.report.full import large
from tests.report.test_page_browser import BROWSERS, FOLDER

# Megabytes, seconds, milliseconds to load, milliseconds after a key press.
SIZE, RENDER, LOAD, PAUSE = 3.0, 2.0, 2000.0, 200.0
RUNS = 5


def main() -> int:
    """Measure and print; return the exit code."""
    run = large()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        page = render("html", run)
        times.append(time.perf_counter() - start)
    rows = [
        ("size", len(page.encode()) / 1e6, SIZE, "MB"),
        ("rendering", statistics.median(times), RENDER, "s"),
    ]
    for name, value in (_in_browser(page) or {}).items():
        rows.append((name, value, LOAD if name == "load" else PAUSE, "ms"))
    for name, value, bound, unit in rows:
        print(f"{name:<12}{value:9.2f} {unit:<3} of {bound:g}")
    return 0 if all(value <= bound for _, value, bound, _ in rows) else 1


def _in_browser(page: str) -> dict[str, float] | None:
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    node = shutil.which("node")
    if browser is None or node is None or not (FOLDER / "node_modules").is_dir():
        print("no browser, Node or packages of tests/browser: only rendering is measured")
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "signoff.html"
        path.write_text(page, encoding="utf-8")
        ran = subprocess.run(
            [node, "measure.mjs", path.as_uri()],
            cwd=FOLDER,
            env={**os.environ, "CHROMIUM": browser},
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
    told: dict[str, float] = json.loads(ran.stdout)
    return told


if __name__ == "__main__":
    raise SystemExit(main())
