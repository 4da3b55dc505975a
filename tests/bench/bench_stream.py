"""Whether what a busy channel pushes is received and validated as it comes, on one core.

    python -m tests.bench.bench_stream [SECONDS]

A process of its own pushes messages made by the sandbox over loopback; this one does with each what a probe
does: receive, parse, validate against the schema, look at times and repetition. First at 10,000 messages a
second for some seconds, to see whether what waits grows; then as fast as it can.
Prints the rates, this process's share of a core, the most that waited, and how much memory grew after the
first second; exits 1 where it does less than 10,000 a second or more than a tenth of a second waits.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import resource
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import islice

from pydantic_core import from_json

from audit.checks.stream import StreamJudge
from audit.client.stream import Connection, Text, connect
from audit.model import Observation, StreamFacts, Verdict
from audit.model.streams import SUBSCRIBE
from audit.sandbox.app import Sandbox
from audit.sandbox.market import Market
from audit.sandbox.stream_feed import Feed
from audit.spec.catalog import Spec, default_folder, load
from audit.spec.channels import Channel

LEAST = 10_000  # messages a second
WAITS = LEAST // 10  # messages that may wait
SECONDS = 6
BEGINS = 1_790_000_000.0
AT_ONCE = 50  # messages of a paced burst
ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # what RFC 6455 adds to a key


@dataclass
class Taken:
    """What one run came to; ``waited`` is the most that waited in its second half."""

    rate: float
    share: float
    waited: int
    grown: float


def main(seconds: int) -> int:
    """Measure both ways and print what came of it."""
    spec = load(default_folder())
    assert spec.stream is not None
    count = max(2, seconds) * LEAST
    line = [sys.executable, "-m", "tests.bench.bench_stream", "--push", str(count)]
    status = 0
    for pace, title in [(LEAST, f"{LEAST:,} a second for {seconds} s"), (0, "as fast as it can")]:
        with subprocess.Popen([*line, str(pace)], stdout=subprocess.PIPE, text=True) as pusher:
            try:
                assert pusher.stdout is not None
                taken = asyncio.run(take(spec, int(pusher.stdout.readline()), count, pace))
            finally:
                pusher.kill()
        good = taken.waited <= WAITS if pace else taken.rate >= LEAST
        waited = f", at most {taken.waited:,} waited" if pace else ""
        print(
            f"{title}: {taken.rate:,.0f} messages a second, {taken.share:.0%} of a core{waited}, "
            f"memory grew by {taken.grown:.1f} MiB{'' if good else '   TOO SLOW'}"
        )
        status |= not good
    return status


async def take(spec: Spec, port: int, count: int, pace: int) -> Taken:
    """Receive and judge so many messages; ``pace`` is how many a second are due, 0 where none are."""
    stream = spec.stream
    assert stream is not None
    channel = next(iter(stream.channels.values()))
    judge = StreamJudge(channel, spec.ladder.plans[-1])
    url = f"ws://127.0.0.1:{port}/"
    opened = await connect(url, key=None, key_query="key", timeout=10, user_agent="bench")
    assert isinstance(opened, Connection), opened
    began = cpu = 0.0
    waited, memory = 0, 0
    for number in range(count):
        came = await opened.receive(10)
        assert isinstance(came, Text), came
        body = from_json(came.text)
        judge.take(body, body["data"][-1]["time"] / 1000)  # as it was made: fresh
        if number == 0:
            began, cpu = time.perf_counter(), time.process_time()
        elif number == count // seconds_of(count):
            memory = peak()
        elif pace and number > count // 2:
            due = min(count, int((time.perf_counter() - began) * pace))
            waited = max(waited, due - number)
    elapsed, used = time.perf_counter() - began, time.process_time() - cpu
    opened.drop()
    assert complaints(judge, channel) == []
    judge.take({channel.name_field: channel.name(), channel.data_field: [{}]}, BEGINS)
    assert complaints(judge, channel), "a judge that finds nothing was not asked"
    return Taken(count / elapsed, used / elapsed, waited, (peak() - memory) / 1024)


def complaints(judge: StreamJudge, channel: Channel) -> list[str]:
    """Return what the judge says of all that it took."""
    name = channel.name()
    facts = StreamFacts(channel=channel.id, name=name, bound_seconds=60, messages=1, rows=1)
    seen = Observation(
        operation=channel.id,
        method=SUBSCRIBE,
        path=name,
        expected=Verdict.AVAILABLE,
        verdict=Verdict.AVAILABLE,
    )
    return [finding.message for finding in judge.findings(seen, facts)]


def seconds_of(count: int) -> int:
    """Return how many seconds so many messages are due in."""
    return max(1, count // LEAST)


def peak() -> int:
    """Return the most memory this process has had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def push(count: int, pace: int) -> int:
    """Serve one connection: push so many messages, so many a second, or without a pace for 0."""
    frames = [frame(text) for text in messages(count)]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        line, _ = listener.accept()
    with line:
        head = b""
        while b"\r\n\r\n" not in head:
            head += line.recv(4096)
        key = next(
            row[19:].strip() for row in head.split(b"\r\n") if row.lower().startswith(b"sec-websocket-key:")
        )
        proof = base64.b64encode(hashlib.sha1(key + ACCEPT).digest())  # noqa: S324 - the protocol wants it
        line.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        line.sendall(b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n")
        began = time.perf_counter()
        for place in range(0, count, AT_ONCE):
            if pace:
                time.sleep(max(0.0, began + place / pace - time.perf_counter()))
            line.sendall(b"".join(frames[place : place + AT_ONCE]))
        line.recv(1)  # stay until the other side has gone
    return 0


def messages(count: int) -> list[str]:
    """Return so many messages of the first channel, as the sandbox makes them."""
    spec = load(default_folder())
    assert spec.stream is not None
    channel = next(iter(spec.stream.channels.values()))
    market: Market = Sandbox(spec, now=lambda: BEGINS)._market
    feed = Feed(channel, channel.name(), market, seed=0)
    return [json.dumps(feed.message(due), separators=(",", ":")) for due in islice(feed.after(BEGINS), count)]


def frame(text: str) -> bytes:
    """Return a text message as it goes over the line, unmasked."""
    data = text.encode()
    size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + len(data).to_bytes(2, "big")
    return b"\x81" + size + data


if __name__ == "__main__":
    if sys.argv[1:2] == ["--push"]:
        sys.exit(push(int(sys.argv[2]), int(sys.argv[3])))
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
