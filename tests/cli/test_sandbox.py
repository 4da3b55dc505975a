"""`sandbox`: what it says as it starts, and the list of faults."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

from websockets.sync.client import connect

from audit.sandbox.faults import ALL_KINDS
from tests.support.cli import REPOSITORY, environment, run_here


def test_it_says_where_channels_are_and_serves_them() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "audit", "sandbox", "--port", "0"],
        cwd=REPOSITORY, env=environment(PYTHONUNBUFFERED="1"), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(4)]
        address = said[-1].removeprefix("channels on ").strip()
        assert re.fullmatch(r"ws://127\.0\.0\.1:\d+/ws-api\?cg-api-key=sandbox-enterprise", address)
        with connect(address, proxy=None) as line:
            line.send("ping")
            assert line.recv(timeout=5) == "pong"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.communicate()


def test_every_fault_is_listed_with_what_it_does() -> None:
    ran = run_here("sandbox", "--list-faults")
    assert (ran.code, ran.err) == (0, "")
    listed = dict(line.split(maxsplit=1) for line in ran.out.splitlines())
    assert list(listed) == list(ALL_KINDS)
    assert listed["ws-close-1012"] == "Says goodbye with 1012 at a subscription, before any data."
    assert all(text.endswith(".") for text in listed.values())


def test_a_fault_of_a_channel_that_is_not_known() -> None:
    ran = run_here("sandbox", "--port", "0", "--fault", "ws-text:liquidations")
    assert ran.code == 2
    assert "unknown channel 'liquidations'; did you mean liquidationOrders?" in ran.err
