"""The client against literal servers: what each way of answering, or of not answering, becomes."""

from __future__ import annotations

import asyncio
import gzip
import logging
import shutil
import socket
import ssl
import subprocess
import time
import traceback
import zlib
from pathlib import Path

import pytest

from audit.client.answers import Complete, Outcome, Request, Spoilt, Unanswered
from audit.errors import UsageError
from tests.client.raw_server import KEY, KEY_HEADER, Peer, Script, client, head, once, serving, whole

BODY = b'{"code":"0","data":[1,2,3]}'
GET = Request("GET", "/api/some/thing")


def ask(base_url: str, request: Request = GET, *, timeout: float = 5.0, max_body: int = 1_000_000) -> Outcome:
    async def asking() -> Outcome:
        async with client(base_url, timeout=timeout, max_body=max_body) as opened:
            return await opened.send(request)

    return asyncio.run(asking())


def answered(script: Script, *, timeout: float = 5.0, max_body: int = 1_000_000) -> Outcome:
    with serving(script) as server:
        return ask(server.url, timeout=timeout, max_body=max_body)


def deflated(body: bytes) -> bytes:
    return zlib.compress(body)


# ------------------------------------------------------------------ whole answers

WHOLE: list[tuple[str, bytes, int, bytes]] = [
    ("with a length", whole(BODY), 200, BODY),
    ("until the close", head() + BODY, 200, BODY),
    (
        "in chunks",
        head("200 OK", "Transfer-Encoding: chunked") + b"5;x=y\r\n" + BODY[:5]
        + b"\r\n16\r\n" + BODY[5:] + b"\r\n0\r\nTrailer: 1\r\n\r\n",
        200, BODY,
    ),
    ("packed with gzip", whole(gzip.compress(BODY), "200 OK", "Content-Encoding: gzip"), 200, BODY),
    ("packed with deflate", whole(deflated(BODY), "200 OK", "Content-Encoding: deflate"), 200, BODY),
    ("packed not at all", whole(BODY, "200 OK", "Content-Encoding: identity"), 200, BODY),
    ("no content", head("204 No Content"), 204, b""),
    ("not modified", head("304 Not Modified"), 304, b""),
    ("an empty body", whole(b""), 200, b""),
    ("a refusal", whole(b"<html>", "403 Forbidden"), 403, b"<html>"),
    ("an edge network's status", whole(b"", "520 Whatever"), 520, b""),
    ("without a reason", whole(BODY, "200"), 200, BODY),
    ("as HTTP/1.0", whole(BODY).replace(b"HTTP/1.1", b"HTTP/1.0"), 200, BODY),
    ("after 103 Early Hints", head("103 Early Hints", "Link: x") + whole(BODY), 200, BODY),
    ("more than its length", whole(BODY) + b"surplus", 200, BODY),
]  # fmt: skip


@pytest.mark.parametrize(("what", "raw", "status", "body"), WHOLE, ids=[row[0] for row in WHOLE])
def test_a_whole_answer_is_complete(what: str, raw: bytes, status: int, body: bytes) -> None:
    outcome = answered(once(raw))
    assert isinstance(outcome, Complete)
    assert (outcome.status, outcome.body) == (status, body)
    assert outcome.seconds > 0


def test_header_names_are_lower_case_and_repeated_ones_joined() -> None:
    raw = whole(BODY, "200 OK", "API-Key-MAX-Limit: 300", "X-A: 1", "x-a: 2", "X-Odd: caf\xe9 \xb2")
    outcome = answered(once(raw))
    assert isinstance(outcome, Complete)
    assert outcome.headers["api-key-max-limit"] == "300"
    assert outcome.headers["x-a"] == "1, 2"
    assert outcome.headers["x-odd"] == "café ²"


# ------------------------------------------------------------------ spoilt and missing answers


def midway(peer: Peer) -> None:
    peer.heard()
    peer.say(head("200 OK", "Content-Length: 1000") + BODY)
    # The client must have read the beginning before the reset throws it away.
    peer.stopped.wait(0.1)
    peer.reset()


def before(peer: Peer) -> None:
    peer.heard()
    peer.reset()


def closed(peer: Peer) -> None:
    peer.heard()


def silent(peer: Peer) -> None:
    peer.heard()
    peer.stopped.wait(10)


def dripping(peer: Peer) -> None:
    peer.heard()
    peer.say(head("200 OK", "Content-Length: 100000"))
    while not peer.stopped.wait(0.02):
        peer.say(b"x")


def dripping_head(peer: Peer) -> None:
    peer.heard()
    peer.say(b"HTTP/1.1 200 OK\r\n")
    while not peer.stopped.wait(0.02):
        peer.say(b"X-A: b\r\n")


def endless(peer: Peer) -> None:
    peer.heard()
    peer.say(head())
    while True:
        peer.say(b"x" * 65_536)


CHUNKED = "Transfer-Encoding: chunked"
PACKED = "Content-Encoding: gzip"
BOMB = gzip.compress(b"\0" * 8_000_000)
TWICE = whole(gzip.compress(gzip.compress(BODY)), "200 OK", "Content-Encoding: gzip, gzip")

SPOILT: list[tuple[str, Script, str]] = [
    ("less than its length", once(head("200 OK", "Content-Length: 1000") + BODY), "truncated"),
    ("chunks that stop", once(head("200 OK", CHUNKED) + b"5\r\n" + BODY[:5] + b"\r\n"), "truncated"),
    ("a chunk that stops", once(head("200 OK", CHUNKED) + b"ff\r\n" + BODY), "truncated"),
    ("a chunk without a size", once(head("200 OK", CHUNKED) + b"zz\r\n" + BODY), "truncated"),
    ("larger than the limit", once(whole(b"x" * 1_000_001)), "too large"),
    ("without an end", endless, "too large"),
    ("a bomb", once(whole(BOMB, "200 OK", PACKED)), "too large"),
    ("not what its encoding says", once(whole(BODY, "200 OK", PACKED)), "undecodable"),
    ("packed twice", once(TWICE), "undecodable"),
]


@pytest.mark.parametrize(("what", "script", "flaw"), SPOILT, ids=[row[0] for row in SPOILT])
def test_an_answer_that_cannot_be_used_is_spoilt(what: str, script: Script, flaw: str) -> None:
    outcome = answered(script)
    assert isinstance(outcome, Spoilt)
    assert (outcome.status, outcome.flaw) == (200, flaw)
    assert outcome.detail
    assert outcome.received <= 9_000_000


def test_the_limit_itself_may_be_met() -> None:
    outcome = answered(once(whole(b"x" * 1000)), max_body=1000)
    assert isinstance(outcome, Complete)
    assert isinstance(answered(once(whole(b"x" * 1001)), max_body=1000), Spoilt)


MISSING: list[tuple[str, Script, str]] = [
    ("a reset before the answer", before, "reset"),
    ("a reset in the middle", midway, "reset"),
    ("a close before the answer", closed, "protocol"),
    ("silence", silent, "timeout"),
    ("one byte at a time", dripping, "timeout"),
    ("one header at a time", dripping_head, "timeout"),
    ("no HTTP", once(b"SSH-2.0-OpenSSH_9\r\n\r\n"), "protocol"),
    ("a header without a colon", once(head("200 OK", "nonsense") + BODY), "protocol"),
    ("a header with a null", once(head("200 OK", "X: a\0b") + BODY), "protocol"),
    ("two lengths", once(head("200 OK", "Content-Length: 5", "Content-Length: 6") + BODY), "protocol"),
    ("endless headers", once(head("200 OK", *["X: " + "y" * 1000] * 300) + BODY), "protocol"),
]


@pytest.mark.parametrize(("what", "script", "fault"), MISSING, ids=[row[0] for row in MISSING])
def test_no_answer_is_told_by_its_fault(what: str, script: Script, fault: str) -> None:
    outcome = answered(script, timeout=0.4 if fault == "timeout" else 20)
    assert isinstance(outcome, Unanswered)
    assert outcome.fault == fault
    assert outcome.detail


def test_the_whole_exchange_is_bounded_although_each_part_comes_in_time() -> None:
    began = time.perf_counter()
    outcome = answered(dripping, timeout=0.3)
    assert isinstance(outcome, Unanswered)
    assert outcome.detail == "no complete answer within 0.3 s"
    assert 0.3 <= outcome.seconds < 3
    assert time.perf_counter() - began < 5


def test_a_port_that_nobody_listens_on_is_a_connect_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome = ask(f"http://127.0.0.1:{port}")
    assert isinstance(outcome, Unanswered)
    assert outcome.fault == "connect"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (socket.EAI_NONAME, "Name or service not known"),
        (socket.EAI_AGAIN, "Temporary failure in name resolution"),
        (socket.EAI_NODATA, "No address associated with hostname"),
        (8, "nodename nor servname provided, or not known"),
        (11001, "something a system says in its own words"),
    ],
)
def test_a_name_that_cannot_be_found_is_a_dns_fault(
    monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise socket.gaierror(number, words)

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    outcome = ask("https://nowhere.invalid")
    assert isinstance(outcome, Unanswered)
    assert outcome.fault == "dns"
    assert words in outcome.detail


# ------------------------------------------------------------------ TLS


def test_tls_to_a_plain_port_is_a_tls_fault() -> None:
    def plain(peer: Peer) -> None:
        peer.socket.recv(65_536)
        peer.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(plain) as server:
        outcome = ask(server.url.replace("http:", "https:"))
    assert isinstance(outcome, Unanswered)
    assert outcome.fault == "tls"
    assert server.requests == []


def test_a_certificate_nobody_vouches_for_is_a_tls_fault(tmp_path: Path) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl makes the certificate for this test; it is not installed")
    certificate, private = tmp_path / "certificate.pem", tmp_path / "private.pem"
    subprocess.run(
        [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(private), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    with serving(once(whole(BODY)), context) as server:
        outcome = ask(server.url.replace("http:", "https:"))
    assert isinstance(outcome, Unanswered)
    assert outcome.fault == "tls"
    assert server.requests == [], "the key must not be sent to somebody who cannot prove who he is"


# ------------------------------------------------------------------ where the key goes


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 For now", "308 For good"])
def test_a_redirect_is_not_followed_and_the_other_server_never_hears_of_it(status: str) -> None:
    with serving(once(whole(BODY))) as other:
        with serving(once(whole(b"", status, f"Location: {other.url}/api"))) as server:
            outcome = ask(server.url)
        assert other.connections == 0
    assert isinstance(outcome, Complete)
    assert outcome.status == int(status[:3])
    assert outcome.headers["location"] == f"{other.url}/api"


def test_the_key_is_sent_in_its_header_and_nowhere_else() -> None:
    with serving(once(whole(BODY))) as server:
        ask(server.url)
    (request,) = server.requests
    assert request.count(KEY.encode()) == 1
    assert f"\r\n{KEY_HEADER}: {KEY}\r\n".lower().encode() in request.lower()
    assert b"\r\naccept: application/json\r\n" in request.lower()
    assert b"\r\nuser-agent: test/1\r\n" in request.lower()


@pytest.mark.parametrize("scheme", ["http:", "https:", "HTTP:"])
def test_a_path_that_is_a_whole_url_takes_the_key_nowhere(scheme: str) -> None:
    async def put(base_url: str, path: str) -> Outcome:
        async with client(base_url) as opened:
            return await opened.send(Request("GET", path, ()))

    with serving(once(whole(BODY))) as other, serving(once(whole(BODY))) as server:
        outcome = asyncio.run(put(server.url, other.url.replace("http:", scheme)))
        assert (server.connections, other.connections) == (0, 0)
    assert isinstance(outcome, Unanswered)
    assert "another host" in outcome.detail


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(once(whole(b"proxy"))) as proxy, serving(once(whole(BODY))) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        outcome = ask(server.url)
        assert proxy.connections == 0
    assert isinstance(outcome, Complete)


@pytest.mark.parametrize("proxy", ["http://me:secret", "http://host:secret", "secret://host:1"])
def test_a_proxy_that_cannot_be_used_is_told_without_its_password(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(UsageError, match="HTTPS_PROXY") as caught:
        client("https://api.example")
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_the_key_shows_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in list(logging.Logger.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    opened = client("http://127.0.0.1:1")
    assert KEY not in f"{opened!r} {opened!s}"
    asyncio.run(opened.__aexit__(None, None, None))
    for script in (once(whole(BODY)), before, once(b"nonsense\r\n\r\n")):
        outcome = answered(script)
        assert KEY not in repr(outcome)
    assert caplog.records, "nothing was logged, so nothing was shown"
    assert KEY not in caplog.text
    assert not any(KEY in repr(vars(record)) for record in caplog.records)


ECHOES = [
    ("in the body", once(whole(f'{{"msg":"{KEY} is wrong"}}'.encode()))),
    ("in a header", once(whole(BODY, "200 OK", f"X-Echo: {KEY}"))),
    ("in a redirect", once(whole(b"", "302 Found", f"Location: http://127.0.0.1:1/?key={KEY}"))),
    ("in a broken header", once(head("200 OK", f"{KEY} without colon") + BODY)),
    ("in a broken status line", once(f"HTTP/1.1 {KEY}\r\n\r\n".encode())),
]


@pytest.mark.parametrize(("where", "script"), ECHOES, ids=[row[0] for row in ECHOES])
def test_a_server_that_repeats_the_key_is_not_repeated(where: str, script: Script) -> None:
    outcome = answered(script)
    assert KEY not in repr(outcome)
    assert KEY.encode() not in getattr(outcome, "body", b"")
