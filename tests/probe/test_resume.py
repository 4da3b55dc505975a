"""A run that is killed goes on where it was: nothing answered is asked again, nothing is missing."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audit.sandbox.app import Sandbox
from audit.sandbox.server import running
from audit.spec.catalog import Spec
from tests.support.cli import REPOSITORY, environment

KILLS = 20
LATENCY = 0.06


class Recorder:
    """An ASGI layer that notes each request and takes its time."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.paths: list[str] = []
        self.changed = threading.Condition()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            import asyncio

            with self.changed:
                self.paths.append(scope["path"])
                self.changed.notify_all()
            await asyncio.sleep(LATENCY)
        await self.app(scope, receive, send)

    def wait_for(self, requests: int, timeout: float = 20) -> None:
        with self.changed:
            self.changed.wait_for(lambda: len(self.paths) >= requests, timeout)


@pytest.fixture
def server(spec: Spec) -> Iterator[tuple[str, Recorder]]:
    recorder = Recorder(Sandbox(spec, enforce_limits=False))
    with running(recorder) as base_url:
        yield base_url, recorder


def start(base_url: str, out: Path, *extra: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "audit", "probe", "--base-url", base_url, "--plan", "standard",
         "--intervals", "none", "--concurrency", "3", "--out", str(out), "--quiet", *extra],
        cwd=REPOSITORY, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def answered(out: Path) -> set[str]:
    """Operations whose answer stands whole in the journal."""
    journal = out / "journal.jsonl"
    raw = journal.read_bytes() if journal.exists() else b""
    return {json.loads(line)["ask"] for line in raw[: raw.rfind(b"\n") + 1].splitlines()[1:]}


@pytest.mark.slow
def test_killed_at_random_moments_and_resumed(
    server: tuple[str, Recorder], spec: Spec, tmp_path: Path
) -> None:
    base_url, recorder = server
    by_path = {operation.path: operation.id for operation in spec.operations.values()}
    rng = random.Random(7)
    known: set[str] = set()
    for _ in range(KILLS):
        before = len(recorder.paths)
        process = start(
            base_url, tmp_path, *(["--resume"] if known or (tmp_path / "journal.jsonl").exists() else [])
        )
        recorder.wait_for(before + 1)
        time.sleep(rng.uniform(0, 0.3))
        process.kill()
        process.communicate()
        asked = {by_path[path] for path in recorder.paths[before:]}
        assert not asked & known, "an operation was asked again although its answer was in the journal"
        known = answered(tmp_path)
    before = len(recorder.paths)
    process = start(base_url, tmp_path, "--resume")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert not {by_path[path] for path in recorder.paths[before:]} & known
    run = json.loads((tmp_path / "run.json").read_text())
    assert {row["operation"] for row in run["observations"]} == set(spec.operations)
    assert len(run["observations"]) == len(spec.operations)
    assert 0 < len(known) < len(spec.operations), "the kills came too early or too late to show anything"


def test_ctrl_c_keeps_what_was_collected_and_says_how_to_go_on(
    server: tuple[str, Recorder], tmp_path: Path
) -> None:
    base_url, recorder = server
    process = start(base_url, tmp_path)
    recorder.wait_for(20)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 3, errors
    assert "Traceback" not in errors
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["decision"]["outcome"] == "incomplete"
    assert len(run["observations"]) >= 10
    assert any("interrupted" in reason for reason in run["decision"]["reasons"])
    assert answered(tmp_path)
