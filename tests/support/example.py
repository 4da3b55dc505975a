"""Makes the example page under ``reports/example`` anew: always the same run, on the sandbox.

    python -m tests.support.example [FOLDER]

Clock and seed are fixed, and latency is that of the simulated clock, so that only a change of the tool,
the description or the code that is scanned changes the page.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from audit.jobs.about import stamp
from audit.jobs.ledger import hold, open_books
from audit.jobs.scanning import Scan
from audit.jobs.settings import Settings, aim
from audit.jobs.signing import sign_off
from audit.model import Run
from audit.report.files import write
from audit.spec.catalog import default_folder, load

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "reports" / "example"
MOMENT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
FAULTS = (
    *("html-200:spot_*@0.2", "missing-field:futures_*_history@0.06", "stale:index_*@0.15", "slow@0.04"),
    "ws-duplicate:liquidationOrders@0.05",
)
CODE = ("class_wrapper.py", "first_version.py", "query_string.py", "session_self.py")


def example() -> Run:
    """Return the run: the standard plan on a sandbox that misbehaves here and there, and old code."""
    spec = load(default_folder())
    settings = Settings(
        plan="standard",
        sandbox=True,
        seed=7,
        faults=FAULTS,
        moment=MOMENT.timestamp(),
        concurrency=4,
        channels=True,
    )
    target = aim(settings, spec, None)
    code = Scan(paths=tuple(Path("tests/scan/corpus/python") / name for name in CODE), jobs=1)
    clock = SimpleNamespace(perf_counter=lambda: asyncio.get_running_loop().time())
    with patch("audit.client.http.time", clock):
        audited = sign_off(spec, settings, target, code, None, lambda progress: None)
    run = hold(audited.run, spec, open_books(spec, ()), settings.threshold)
    moment = stamp(MOMENT)
    return run.model_copy(update={"started_at": moment, "finished_at": moment, "commit": None})


def main() -> int:
    """Write the page and its Run; return the exit code."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for path in write(example(), folder, ("html", "json")):
        print(path)  # noqa: T201 - what a script says
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
