"""How much longer a whole unthrottled probe takes than bare requests for the same URLs.

    python tests/bench/bench_overhead.py [RUNS]

A sandbox is served by a process of its own. In turn, A B A B …:
A is a whole probe (every request, validators compiled anew, every check, the journal, the Run);
B sends the same URLs with the HTTP library alone, the same concurrency, and reads the bodies.
Both keep one connection pool. Prints medians and the ratio of each pair; exits 1 above 1.5.
A second pair compares whole processes, start-up and imports included, for information.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx

from audit.checks.mismatches import validator
from audit.client.secret import Secret
from audit.jobs.probing import probe
from audit.jobs.settings import Settings, aim
from audit.spec.catalog import Spec, load

LIMIT = 1.5
CONCURRENCY = 8
ROOT = Path(__file__).resolve().parents[2]

BARE = """
import asyncio, sys, httpx
async def main(urls):
    gate = asyncio.Semaphore(8)
    async with httpx.AsyncClient(headers={sys.argv[1]: sys.argv[2]}) as client:
        async def one(url):
            async with gate:
                (await client.get(url)).json()
        await asyncio.gather(*map(one, urls))
asyncio.run(main(sys.stdin.read().split()))
"""


async def bare(urls: list[str], headers: dict[str, str]) -> None:
    """Send each URL once and read the JSON."""
    gate = asyncio.Semaphore(CONCURRENCY)
    async with httpx.AsyncClient(headers=headers) as client:

        async def one(url: str) -> None:
            async with gate:
                (await client.get(url)).json()

        await asyncio.gather(*map(one, urls))


def timed(action: Callable[[], object]) -> float:
    """Seconds one call takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main() -> int:
    """Measure and print; return the exit code."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    spec = load()
    plan = spec.ladder.names[-1]
    server = subprocess.Popen(
        [sys.executable, "-m", "audit", "sandbox", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        base_url = server.stdout.readline().split(" on ")[1].split()[0]
        return measure(spec, plan, base_url, runs)
    finally:
        server.terminate()
        server.wait(10)


def measure(spec: Spec, plan: str, base_url: str, runs: int) -> int:
    """Run both in turn."""
    key = spec.provider.sandbox_keys.plan.format(plan=plan)
    settings = Settings(plan=plan, base_url=base_url, concurrency=CONCURRENCY)
    target = aim(settings, spec, Secret(key))
    headers = {spec.provider.key_header: key}
    observed = probe(spec, settings, target).run.observations
    urls = [str(httpx.URL(base_url + row.path, params=row.params)) for row in observed]
    print(f"{len(urls)} requests, {runs} runs of each in turn")

    whole: list[tuple[float, float]] = []
    for _ in range(runs):
        validator.cache_clear()
        with tempfile.TemporaryDirectory() as folder:
            journaled = Settings(**{**vars(settings), "out": Path(folder)})
            a = timed(partial(probe, spec, journaled, target))
        whole.append((a, timed(lambda: asyncio.run(bare(urls, headers)))))
    ratio = report("probe / bare requests, in one process", whole)

    processes: list[tuple[float, float]] = []
    environment = {**os.environ, spec.provider.key_variable: key}
    for _ in range(max(3, runs // 3)):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "audit", "probe", "--quiet", "--format", "json"]
            command += ["--base-url", base_url, "--plan", plan, "--out", folder]
            a = timed(
                partial(
                    subprocess.run, command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True
                )
            )
        command = [sys.executable, "-c", BARE, *next(iter(headers.items()))]
        b = timed(partial(subprocess.run, command, input="\n".join(urls), text=True, check=True))
        processes.append((a, b))
    report("the same as whole processes (for information)", processes)
    return 0 if ratio <= LIMIT else 1


def report(title: str, pairs: list[tuple[float, float]]) -> float:
    """Print the medians and the pairwise ratio; return the ratio's median."""
    a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratios = sorted(x / y for x, y in pairs)
    middle = statistics.median(ratios)
    print(f"{title}: {a:.3f} s / {b:.3f} s, ratio {middle:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    return middle


if __name__ == "__main__":
    sys.exit(main())
