"""The sandbox as a server: on loopback only, with connections that really break, and a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import httpx
import pytest

from audit.errors import UsageError
from audit.sandbox.server import base_url, listen, running, serve

ROOT = Path(__file__).resolve().parents[2]
PRICE = "/api/futures/price/history?exchange=Binance&symbol=BTCUSDT&interval=1h&limit=20"
HEADERS = {"CG-API-KEY": "sandbox-standard"}


@pytest.fixture
def served(sandbox):
    """Serve a sandbox with a fault and return how to ask it, by httpx, urllib and a raw socket."""
    stack = contextlib.ExitStack()

    def start(*faults, **options):
        return stack.enter_context(running(sandbox(faults=faults, **options)))

    with stack:
        yield start


def by_httpx(url, **options):
    with httpx.Client(trust_env=False, timeout=2, **options) as client:
        return client.get(url + PRICE, headers=HEADERS)


def by_urllib(url, timeout=2.0):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url + PRICE, headers=HEADERS), timeout=timeout) as answer:  # noqa: S310
        return answer.read()


def by_socket(url):
    """Return what arrives before the connection ends, and how it ended."""
    host, port = url.removeprefix("http://").split(":")
    request = f"GET {PRICE} HTTP/1.1\r\nHost: x\r\nCG-API-KEY: sandbox-standard\r\nConnection: close\r\n\r\n"
    received = b""
    with socket.create_connection((host, int(port)), timeout=2) as connection:
        connection.sendall(request.encode())
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionResetError:
            return received, "reset"
    return received, "closed"


def test_an_ordinary_answer_over_a_socket(served):
    url = served()
    answer = by_httpx(url)
    assert answer.json()["code"] == "0"
    assert answer.headers["API-KEY-MAX-LIMIT"] == "300"
    assert answer.headers["date"] == "Mon, 21 Sep 2026 14:15:23 GMT"
    assert "server" not in answer.headers
    assert by_urllib(url) == answer.content
    raw, end = by_socket(url)
    assert end == "closed"
    assert raw.startswith(b"HTTP/1.1 200 OK\r\n")
    assert raw.endswith(answer.content)


def test_connections_are_kept(served):
    url = served()
    with httpx.Client(trust_env=False, base_url=url, headers=HEADERS) as client:
        for path in (PRICE, "/api/nowhere", PRICE):
            client.get(path)
        assert client.head(PRICE).content == b""
        assert client.options(PRICE).status_code == 204
        assert client.post(PRICE, json={}).status_code == 405
        assert client.get(PRICE).json()["code"] == "0"


def test_reset_before_any_answer(served):
    url = served("reset")
    assert by_socket(url) == (b"", "reset")
    with pytest.raises(httpx.ReadError):
        by_httpx(url)
    with pytest.raises((ConnectionResetError, urllib.error.URLError)):
        by_urllib(url)


def test_reset_midway(served):
    url = served("reset-midway")
    assert by_socket(url)[1] == "reset"
    with pytest.raises(httpx.TransportError):
        by_httpx(url)
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead, urllib.error.URLError)):
        by_urllib(url)


def test_truncated(served):
    url = served("truncated")
    raw, end = by_socket(url)
    assert end == "closed"
    head, _, body = raw.partition(b"\r\n\r\n")
    promised = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert 0 < len(body) < promised
    with pytest.raises(httpx.RemoteProtocolError):
        by_httpx(url)
    with pytest.raises(http.client.IncompleteRead):
        by_urllib(url)


def test_hang(served):
    url = served("hang")
    with (
        pytest.raises(httpx.ReadTimeout),
        httpx.Client(trust_env=False, timeout=0.3) as client,
    ):
        client.get(url + PRICE, headers=HEADERS)
    with pytest.raises(TimeoutError):
        by_urllib(url, timeout=0.3)


def test_a_server_recovers_from_every_break(served):
    url = served("resetx1", "reset-midwayx1", "truncatedx1", "hangx1")
    for _ in range(4):
        with pytest.raises(httpx.TransportError), httpx.Client(trust_env=False, timeout=0.3) as client:
            client.get(url + PRICE, headers=HEADERS)
    assert by_httpx(url).json()["code"] == "0"


@pytest.mark.parametrize(
    ("kind", "status"),
    [("rate-status", 429), ("empty-204", 204), ("edge-520-html", 520), ("retired-500", 500)],
)
def test_odd_statuses_over_a_socket(served, kind, status):
    assert by_httpx(served(kind)).status_code == status


def test_a_client_may_leave_an_endless_body(served):
    url = served("oversized")
    with (
        httpx.Client(trust_env=False, timeout=5) as client,
        client.stream("GET", url + PRICE, headers=HEADERS) as answer,
    ):
        assert answer.headers["transfer-encoding"] == "chunked"
        received = 0
        for chunk in answer.iter_bytes():
            received += len(chunk)
            if received > 1_000_000:
                break
    assert received < 64 * 1024 * 1024


def test_slow_arrives_whole(served):
    started = time.monotonic()

    async def shorter(seconds: float) -> None:
        await asyncio.sleep(seconds / 20)

    assert by_httpx(served("slow", sleep=shorter)).json()["code"] == "0"
    assert time.monotonic() - started > 0.2


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "localhost", "LOCALHOST"])
def test_loopback_by_any_name(host):
    with listen(host, 0) as listener:
        assert base_url(listener).startswith("http://127.")


def test_loopback_in_ipv6():
    try:
        listener = listen("::1", 0)
    except UsageError:
        pytest.skip("this machine has no IPv6")
    with listener:
        assert base_url(listener).startswith("http://[::1]:")


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "192.0.2.1", "example.com", "", "localhost.example.com", "1271"],  # noqa: S104
)
def test_nothing_but_loopback(sandbox, host):
    with pytest.raises(UsageError, match="not a loopback address"):
        serve(sandbox(), host=host, port=0)


def test_a_port_in_use_is_said_plainly():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port}"):
            listen("127.0.0.1", port)
    with pytest.raises(UsageError, match="99999"):
        listen("127.0.0.1", 99999)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_without_a_word(number):
    program = (
        "from audit.sandbox.app import Sandbox\n"
        "from audit.sandbox.server import serve\n"
        "from audit.spec.catalog import load\n"
        "serve(Sandbox(load()), port=0, on_ready=lambda url: print(url, flush=True))\n"
        "print('after', flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        url = process.stdout.readline().strip()
        request = urllib.request.Request(f"{url}{PRICE}", headers=HEADERS)  # noqa: S310
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            assert json.load(answer)["code"] == "0"
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, out, err) == (0, "after\n", "")


def test_no_key_is_logged(served, caplog, capfd):
    caplog.set_level(0)
    url = served()
    by_httpx(url)
    by_socket(url)
    server_side = [record for record in caplog.records if record.name.startswith("uvicorn")]
    out, err = capfd.readouterr()
    assert "sandbox-standard" not in out + err + "".join(map(str, server_side))
