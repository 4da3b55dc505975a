"""How requests stand on the wire, how connections are kept, and that the in-process way is the same."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest

from audit.client.answers import Complete, Outcome, Request, Spoilt, Unanswered
from audit.client.http import App
from audit.client.virtual_time import run_virtual
from tests.client.raw_server import KEY, KEY_HEADER, Peer, Script, client, head, once, serving, whole

BODY = b'{"code":"0"}'


def keeping(peer: Peer) -> None:
    while peer.heard():
        peer.say(whole(BODY))


# ------------------------------------------------------------------ connections


def test_one_connection_serves_many_requests() -> None:
    async def asking(url: str) -> list[Outcome]:
        async with client(url) as opened:
            return [await opened.send(Request("GET", "/x", (("n", str(n)),))) for n in range(40)]

    with serving(keeping) as server:
        outcomes = asyncio.run(asking(server.url))
    assert all(isinstance(outcome, Complete) for outcome in outcomes)
    assert (server.connections, len(server.requests)) == (1, 40)


def test_no_more_connections_than_requests_at_once() -> None:
    async def asking(url: str) -> None:
        async with client(url) as opened:
            await asyncio.gather(*(opened.send(Request("GET", "/x")) for _ in range(60)))

    with serving(keeping) as server:
        asyncio.run(asking(server.url))
    assert server.connections <= 8
    assert len(server.requests) == 60


@pytest.mark.parametrize("first", [whole(b"x" * 2000), head("200 OK", "Content-Length: 9") + b"x"])
def test_a_spoilt_answer_does_not_spoil_the_next(first: bytes) -> None:
    answers = [first, whole(BODY)]

    def script(peer: Peer) -> None:
        while peer.heard():
            peer.say(answers[len(peer.requests) - 1])
            if len(peer.requests) == 1:
                return

    async def asking(url: str) -> list[Outcome]:
        async with client(url, max_body=1000) as opened:
            return [await opened.send(Request("GET", "/x")) for _ in range(2)]

    with serving(script) as server:
        spoilt, good = asyncio.run(asking(server.url))
    assert isinstance(spoilt, Spoilt)
    assert isinstance(good, Complete)
    assert good.body == BODY


def test_a_request_given_up_does_not_get_the_late_answer_of_another() -> None:
    def late(peer: Peer) -> None:
        while peer.heard():
            if b"/slow" in peer.requests[-1]:
                peer.stopped.wait(20)
            peer.say(whole(peer.requests[-1].split()[1]))

    async def asking(url: str) -> list[Outcome]:
        async with client(url, timeout=1) as opened:
            return [await opened.send(Request("GET", path)) for path in ("/slow", "/fast")]

    with serving(late) as server:
        slow, fast = asyncio.run(asking(server.url))
    assert isinstance(slow, Unanswered)
    assert isinstance(fast, Complete)
    assert fast.body == b"/fast"


# ------------------------------------------------------------------ parameters

PARAMS = [
    ((), ["/x"]),
    ((("symbol", "BTCUSDT"),), ["/x?symbol=BTCUSDT"]),
    ((("b", "2"), ("a", "1")), ["/x?b=2&a=1"]),
    ((("a", "1"), ("a", "2")), ["/x?a=1&a=2"]),
    # The API takes commas bare or encoded; a space has two spellings.
    ((("list", "Binance,OKX"),), ["/x?list=Binance%2COKX", "/x?list=Binance,OKX"]),
    ((("q", "two words"),), ["/x?q=two+words", "/x?q=two%20words"]),
    ((("q", "a+b"),), ["/x?q=a%2Bb"]),
    ((("q", "a&b=c?d#e/f"),), ["/x?q=a%26b%3Dc%3Fd%23e%2Ff", "/x?q=a%26b%3Dc?d%23e/f"]),
    ((("q", "é€💰"),), ["/x?q=%C3%A9%E2%82%AC%F0%9F%92%B0"]),
    ((("q", "100%"),), ["/x?q=100%25"]),
    ((("q", "%41"),), ["/x?q=%2541"]),
    ((("q", ""),), ["/x?q="]),
    ((("q", "a\r\nX-Injected: 1"),), ["/x?q=a%0D%0AX-Injected%3A+1", "/x?q=a%0D%0AX-Injected:%201"]),
]


@pytest.mark.parametrize(("params", "targets"), PARAMS, ids=[row[1][0] for row in PARAMS])
def test_parameters_stand_encoded_on_the_wire(
    params: tuple[tuple[str, str], ...], targets: list[str]
) -> None:
    async def asking(url: str) -> None:
        async with client(url) as opened:
            await opened.send(Request("GET", "/x", params))

    with serving(keeping) as server:
        asyncio.run(asking(server.url))
    (request,) = server.requests
    method, target, version = request.split(b"\r\n")[0].decode().split(" ")
    assert (method, version) == ("GET", "HTTP/1.1")
    assert target in targets


def test_both_transports_show_a_server_the_same_request() -> None:
    params = (("a", "1,2 é+"), ("b", ""))
    shown: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        shown.update(scope)
        await started(send)
        await send({"type": "http.response.body", "body": BODY})

    async def asking(url: str, app: App | None) -> None:
        async with client(url, app=app) as opened:
            await opened.send(Request("POST", "/api/x-y/z", params))

    run_virtual(asking("http://127.0.0.1", app))
    with serving(keeping) as server:
        asyncio.run(asking(server.url, None))
    lines = server.requests[0].decode().split("\r\n")
    assert lines[0] == f"{shown['method']} {shown['path']}?{shown['query_string'].decode()} HTTP/1.1"
    wire = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:] if line)}
    inside = {name.decode(): value.decode() for name, value in shown["headers"]}
    wire.pop("host")
    inside.pop("host")
    assert wire == inside
    assert inside[KEY_HEADER.lower()] == KEY


# ------------------------------------------------------------------ the same situation, both ways


async def started(send: Any, *headers: tuple[bytes, bytes], status: int = 200) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})


def connection(scope: Any) -> Any:
    return scope["extensions"]["audit.connection"]


def says(*parts: bytes, headers: tuple[tuple[bytes, bytes], ...] = (), status: int = 200) -> App:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await started(send, *headers, status=status)
        for part in parts[:-1]:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": parts[-1]})

    return app


async def app_endless(scope: Any, receive: Any, send: Any) -> None:
    await started(send)
    while True:
        await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})


async def app_truncated(scope: Any, receive: Any, send: Any) -> None:
    await started(send, (b"content-length", b"1000"))
    await send({"type": "http.response.body", "body": BODY, "more_body": True})
    connection(scope)["close"]()


async def app_reset_before(scope: Any, receive: Any, send: Any) -> None:
    connection(scope)["abort"]()


async def app_reset_midway(scope: Any, receive: Any, send: Any) -> None:
    await started(send, (b"content-length", b"1000"))
    await send({"type": "http.response.body", "body": BODY, "more_body": True})
    connection(scope)["abort"]()


async def app_closed(scope: Any, receive: Any, send: Any) -> None:
    connection(scope)["close"]()


async def app_silent(scope: Any, receive: Any, send: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def app_dripping(scope: Any, receive: Any, send: Any) -> None:
    await started(send)
    while True:
        await asyncio.sleep(0.02)
        await send({"type": "http.response.body", "body": b"x", "more_body": True})


def peer_midway(peer: Peer) -> None:
    peer.heard()
    peer.say(head("200 OK", "Content-Length: 1000") + BODY)
    peer.stopped.wait(0.1)
    peer.reset()


def peer_before(peer: Peer) -> None:
    peer.heard()
    peer.reset()


def peer_silent(peer: Peer) -> None:
    peer.heard()
    peer.stopped.wait(10)


def peer_closed(peer: Peer) -> None:
    peer.heard()


def peer_dripping(peer: Peer) -> None:
    peer.heard()
    peer.say(head())
    while not peer.stopped.wait(0.02):
        peer.say(b"x")


PACKED = gzip.compress(BODY)
GZIP = (b"content-encoding", b"gzip")
BOMB = gzip.compress(b"\0" * 3_000_000)

PAIRS: list[tuple[str, App, Script]] = [
    ("whole", says(BODY), once(whole(BODY))),
    ("in parts", says(BODY[:3], b"", BODY[3:]), once(head() + BODY)),
    ("packed", says(PACKED, headers=(GZIP,)), once(whole(PACKED, "200 OK", "Content-Encoding: gzip"))),
    ("bomb", says(BOMB, headers=(GZIP,)), once(whole(BOMB, "200 OK", "Content-Encoding: gzip"))),
    ("badly packed", says(BODY, headers=(GZIP,)), once(whole(BODY, "200 OK", "Content-Encoding: gzip"))),
    ("no content", says(b"", status=204), once(head("204 No Content"))),
    ("refused", says(b"<html>", status=403), once(whole(b"<html>", "403 Forbidden"))),
    ("endless", app_endless, once(whole(b"x" * 2_000_000))),
    ("truncated", app_truncated, once(head("200 OK", "Content-Length: 1000") + BODY)),
    ("reset before", app_reset_before, peer_before),
    ("reset midway", app_reset_midway, peer_midway),
    ("closed before", app_closed, peer_closed),
    ("silent", app_silent, peer_silent),
    ("dripping", app_dripping, peer_dripping),
]


def essence(outcome: Outcome) -> tuple[Any, ...]:
    match outcome:
        case Complete(status, _, body):
            return ("complete", status, body)
        case Spoilt():
            return ("spoilt", outcome.status, outcome.flaw)
        case Unanswered():
            return ("unanswered", outcome.fault)


@pytest.mark.parametrize(("what", "app", "script"), PAIRS, ids=[row[0] for row in PAIRS])
def test_the_in_process_way_ends_as_the_wire_does(what: str, app: App, script: Script) -> None:
    async def asking(url: str, app: App | None) -> Outcome:
        async with client(url, app=app, timeout=0.4 if what in ("silent", "dripping") else 20) as opened:
            return await opened.send(Request("GET", "/x"))

    inside = run_virtual(asking("http://127.0.0.1", app))
    with serving(script) as server:
        outside = asyncio.run(asking(server.url, None))
    assert essence(inside) == essence(outside)


def test_an_app_is_told_when_the_client_has_gone_and_is_ended() -> None:
    ended: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("ended")

    async def asking() -> Outcome:
        async with client("http://127.0.0.1", app=app, timeout=1) as opened:
            return await opened.send(Request("GET", "/x"))

    outcome = run_virtual(asking())
    assert isinstance(outcome, Unanswered)
    assert ended == ["ended"]


def test_a_fault_of_the_app_itself_is_not_hidden() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    async def asking() -> Outcome:
        async with client("http://127.0.0.1", app=app) as opened:
            return await opened.send(Request("GET", "/x"))

    with pytest.raises(ZeroDivisionError):
        run_virtual(asking())
