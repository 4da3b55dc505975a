"""How fast the contract suite is, start-up included, beside plain vcrpy with a cassette for each test.

    python tests/bench/bench_contract.py [RUNS]

Each as a process of its own, without other plugins:
A is `contract` on the shipped cassettes, all plans;
B is the same suite as a user's pytest runs it, with the plugin's option;
C is pytest with one function for each of the same answers: `vcr.use_cassette` on a YAML file of its own
around one request, and an assertion that the answer is JSON with a code. It judges nothing else, and is
run once: its time is a multiple of what it is compared with.
Prints medians, tests a second, and how many times as fast as C; exits 1 where A runs less than 300 a second.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from audit.contract.cassette import default_folder
from audit.contract.plugin import PREFIX
from audit.contract.replay import Library
from audit.spec.catalog import Spec, load
from tests.support.cli import environment

LEAST = 300
PLAINLY = "plain vcrpy, one cassette a test"

PLAIN = """
from pathlib import Path

import httpx
import pytest
import vcr
import yaml

HERE = Path(__file__).parent
URLS = yaml.load((HERE / "urls.yaml").read_text(), yaml.CSafeLoader)


@pytest.mark.parametrize("number", range(len(URLS)))
def test_one(number):
    with vcr.use_cassette(str(HERE / f"{number}.yaml"), record_mode="none"):
        with httpx.Client() as client:
            assert "code" in client.get(URLS[number]).json()
"""


def write_plain(spec: Spec, folder: Path) -> int:
    """Write the shipped answers as plain cassettes and the tests on them; return how many there are."""
    from httpx import URL

    urls: list[str] = []
    for plan in spec.ladder.names:
        for made in Library(default_folder(), plan, spec).cassettes():
            for row in made.interactions:
                url = str(URL(spec.provider.base_url + row.request.path, params=row.request.params))
                answer = {
                    "status": {"code": row.response.status, "message": "OK"},
                    "headers": {name: [value] for name, value in row.response.headers.items()},
                    "body": {"string": row.response.raw.decode()},
                }
                asked = {"method": row.request.method, "uri": url, "body": "", "headers": {}}
                tree = {"version": 1, "interactions": [{"request": asked, "response": answer}]}
                (folder / f"{len(urls)}.yaml").write_text(yaml.dump(tree, Dumper=yaml.CSafeDumper))
                urls.append(url)
    (folder / "urls.yaml").write_text(yaml.dump(urls))
    (folder / "test_plain.py").write_text(PLAIN)
    return len(urls)


def timed(command: list[str], folder: Path) -> tuple[float, int]:
    """Run a command to its end; return its seconds and how many tests it says it ran."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - start
    last = done.stdout.strip().splitlines()[-1].replace(",", "")
    counted = re.search(r"(\d+) (?:tests|passed)", last)
    assert counted is not None, done.stdout
    return seconds, int(counted[1])


def main() -> int:
    """Measure and print; return the exit code."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    spec = load()
    quiet = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
    plugin = ["-p", "audit.contract.plugin", f"--{PREFIX}-plan=all"]
    with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as plain:
        write_plain(spec, Path(plain))
        commands = {
            "contract": (["-m", "audit", "contract"], Path(empty)),
            "pytest with the plugin": ([*quiet, *plugin], Path(empty)),
            PLAINLY: ([*quiet, plain], Path(plain)),
        }
        rows = {
            name: [timed(*command) for _ in range(1 if command[1] == Path(plain) else runs)]
            for name, command in commands.items()
        }
    seconds = {name: statistics.median(row[0] for row in measured) for name, measured in rows.items()}
    rates = {name: measured[0][1] / seconds[name] for name, measured in rows.items()}
    for name, measured in rows.items():
        print(
            f"{name:<33} {measured[0][1]:,} tests in {seconds[name]:5.2f} s, {rates[name]:4.0f} a second, "
            f"{rates[name] / rates[PLAINLY]:.1f} times plain vcrpy"
        )
    return 0 if rates["contract"] >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
