"""Channels over real connections on loopback, beside requests on the same port, for plain clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import time
import urllib.request

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from audit.sandbox.app import Sandbox
from audit.sandbox.server import running
from tests.sandbox.lines import LIQUIDATIONS, START, TRADES, asking

PLANS = ["hobbyist", "startup", "standard", "professional", "enterprise"]
OPEN_TO = PLANS[2:]
COINS = "/api/futures/supported-coins"


@pytest.fixture
def served(spec):
    """Serve a sandbox with some faults, its channels beginning at START for each connection."""
    stack = contextlib.ExitStack()

    def start(*faults, **options):
        return stack.enter_context(running(Sandbox(spec, faults=faults, now=lambda: START, **options)))

    with stack:
        yield start


def address(base_url, key="sandbox-standard"):
    return base_url.replace("http", "ws", 1) + f"/ws-api?cg-api-key={key}"


def by_sync(url, name):
    with connect(url, proxy=None) as line:
        line.send(asking("subscribe", name))
        return line.recv(timeout=15)


async def by_async(url, name):
    async with connect_async(url, proxy=None) as line:
        await line.send(asking("subscribe", name))
        return await asyncio.wait_for(line.recv(), 15)


def test_every_plan_and_channel_by_both_clients(served):
    base_url = served()

    async def all_by_async():
        asked = [(plan, name) for plan in PLANS for name in (LIQUIDATIONS, TRADES)]
        calls = [by_async(address(base_url, f"sandbox-{plan}"), name) for plan, name in asked]
        return dict(zip(asked, await asyncio.gather(*calls), strict=True))

    for (plan, name), said in asyncio.run(all_by_async()).items():
        if plan in OPEN_TO:
            assert json.loads(said)["channel"] == name, plan
        else:
            assert said == f"{name} need upgrade plan", plan
        assert by_sync(address(base_url, f"sandbox-{plan}"), name) == said


def test_requests_and_channels_share_a_port(served):
    base_url = served()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked = urllib.request.Request(base_url + COINS, headers={"CG-API-KEY": "sandbox-standard"})  # noqa: S310
    with connect(address(base_url), proxy=None) as line:
        with opener.open(asked, timeout=5) as answer:
            assert json.loads(answer.read())["code"] == "0"
        line.send("ping")
        assert line.recv(timeout=5) == "pong"


@pytest.mark.parametrize(
    ("path", "status"), [("/ws", 404), ("/ws-api", 401), ("/ws-api?cg-api-key=fa4efa4e", 401), (COINS, 404)]
)
def test_handshakes_that_are_refused(served, path, status):
    with pytest.raises(InvalidStatus) as caught:
        connect(served().replace("http", "ws", 1) + path, proxy=None)
    assert caught.value.response.status_code == status


def dialled(base_url):
    """Return a bare socket on which a handshake was asked for."""
    host, port = base_url.removeprefix("http://").split(":")
    lines = [
        "GET /ws-api?cg-api-key=sandbox-standard HTTP/1.1",
        *("Host: x", "Upgrade: websocket", "Connection: Upgrade"),
        *("Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==", "Sec-WebSocket-Version: 13"),
    ]
    line = socket.create_connection((host, int(port)), timeout=5)
    line.sendall("\r\n".join([*lines, "", ""]).encode())
    return line


def end_of(base_url):
    """Subscribe over a bare socket; return the bytes that come, and how the line ends."""
    text = asking("subscribe", LIQUIDATIONS).encode()
    received = b""
    with dialled(base_url) as line:
        try:
            while b"\r\n\r\n" not in received and (data := line.recv(4096)):
                received += data
            line.sendall(b"\x81" + bytes([0x80 | len(text)]) + bytes(4) + text)
            while data := line.recv(65_536):
                received += data
        except ConnectionResetError:
            return received, "reset"
    return received, "closed"


@pytest.mark.parametrize(
    ("fault", "how", "begins", "holds"),
    [
        ("ws-reset", "reset", b"HTTP/1.1 101", b"\r\n\r\n"),
        ("ws-end", "closed", b"HTTP/1.1 101", b"\r\n\r\n"),
        ("ws-reset-later", "reset", b"HTTP/1.1 101", b'{"channel":"liquidationOrders"'),
        ("ws-end-later", "closed", b"HTTP/1.1 101", b'{"channel":"liquidationOrders"'),
        ("ws-handshake-cut", "reset", b"HTTP/1.1 101", b"Upgrade: websocket"),
        ("ws-handshake-redirect", "closed", b"HTTP/1.1 302 Found", b"ws://elsewhere.invalid/ws-api"),
    ],
)
def test_how_a_line_ends(served, fault, how, begins, holds):
    received, end = end_of(served(fault))
    assert end == how
    assert received.startswith(begins)
    assert holds in received


@pytest.mark.parametrize(("fault", "code"), [("ws-close-1012", 1012), ("ws-close-later-1008", 1008)])
def test_goodbyes(served, fault, code):
    with connect(address(served(fault)), proxy=None) as line:
        line.send(asking("subscribe", LIQUIDATIONS))
        with pytest.raises(ConnectionClosed) as caught:
            sum(1 for _ in iter(lambda: line.recv(timeout=15), ""))
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == code


def test_a_handshake_without_an_answer(served):
    with pytest.raises(TimeoutError):
        connect(address(served("ws-handshake-silent")), proxy=None, open_timeout=0.3)


def test_stopping_ends_connections(spec):
    with contextlib.ExitStack() as stack:
        with running(Sandbox(spec, faults=["ws-mute@0.5"])) as base_url:
            lines = [stack.enter_context(connect(address(base_url), proxy=None)) for _ in range(4)]
            began = time.monotonic()
        assert time.monotonic() - began < 5, "nobody waits for clients that stay"
        for line in lines:
            with pytest.raises(ConnectionClosed):
                line.recv(timeout=2)


PING = b"\x89\xfd" + bytes(4 + 125)


def test_stopping_does_not_wait_for_who_does_not_read(spec):
    with contextlib.ExitStack() as stack:
        with running(Sandbox(spec)) as base_url:
            line = stack.enter_context(dialled(base_url))
            line.recv(4096)
            for _ in range(160):  # its answers fill what the system holds for a reader, and more
                line.sendall(PING * 100)
            began = time.monotonic()
        assert time.monotonic() - began < 5


def flood(line):
    for _ in range(1_000):
        line.sendall(PING * 1_000)


def test_who_asks_and_never_reads_is_cut_off(served):
    with dialled(served()) as line:
        line.recv(4096)
        with pytest.raises(ConnectionError):
            flood(line)


def test_the_key_is_in_no_log(served, caplog):
    caplog.set_level(logging.DEBUG)
    quiet = logging.Logger("quiet")  # what the client logs is its own affair
    base_url = served()
    with connect(address(base_url, "sandbox-hobbyist"), proxy=None, logger=quiet) as line:
        line.send(asking("subscribe", LIQUIDATIONS))
        line.recv(timeout=5)
    with pytest.raises(InvalidStatus):
        connect(address(base_url, "fa4efa4efa4efa4e"), proxy=None, logger=quiet)
    assert "sandbox-hobbyist" not in caplog.text
    assert "fa4efa4e" not in caplog.text
