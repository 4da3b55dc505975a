"""The WebSocket client over real loopback sockets: what arrives, what goes wrong, and that no key shows."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from audit.client import stream
from audit.client.answers import Complete, Unanswered
from audit.client.secret import PLACEHOLDER, Secret
from audit.client.stream import Binary, Broken, Closed, Connection, Incoming, Opened, Text, connect
from tests.client.raw_server import Peer, Script, once, serving, whole
from tests.client.ws_server import (
    BINARY,
    CLOSE,
    CONTINUED,
    PING,
    PONG,
    TEXT,
    announced,
    frame,
    goodbye,
    heard,
    opened,
    self_signed,
    switch,
)

T = TypeVar("T")
KEY = "fa4e" * 8
PATH = "/ws-api"


async def reach(url: str, **other: Any) -> Opened:
    given = {"key": Secret(KEY), "key_query": "cg-api-key", "timeout": 5.0, "user_agent": "test/1", **other}
    return await connect(url, **given)


def at(port: int) -> str:
    return f"ws://127.0.0.1:{port}{PATH}"


def talking(script: Script, job: Callable[[Connection], Awaitable[T]], **other: Any) -> T:
    """Open a connection to a server that follows a script, and do something with it."""

    async def main(port: int) -> T:
        connection = await reach(at(port), **other)
        assert isinstance(connection, Connection), connection
        try:
            return await job(connection)
        finally:
            connection.drop()

    with serving(script) as server:
        return asyncio.run(main(server.port))


def asking(script: Script, **other: Any) -> Opened:
    with serving(script) as server:
        return asyncio.run(reach(at(server.port), **other))


async def everything(connection: Connection) -> list[Incoming]:
    """What comes until the connection ends."""
    came: list[Incoming] = []
    while not came or not isinstance(came[-1], Closed | Broken):
        one = await connection.receive(5.0)
        assert one is not None, came
        came.append(one)
    return came


class TestMessages:
    def test_text_binary_and_pieces_arrive_in_order(self) -> None:
        said = (
            frame(TEXT, "hello")
            + frame(TEXT, "pie", fin=False)
            + frame(PING, b"still there?")
            + frame(CONTINUED, "", fin=False)
            + frame(CONTINUED, "ces")
            + frame(BINARY, b"\x00" * 300)
            + goodbye(4000, "enough")
        )

        assert talking(opened(said), everything) == [
            Text("hello"),
            Text("pieces"),
            Binary(300),
            Closed(4000, "enough"),
        ]

    def test_a_ping_of_the_protocol_is_answered_and_nobody_hears_of_it(self) -> None:
        answers: list[tuple[int, bytes]] = []

        def script(peer: Peer) -> None:
            peer.say(frame(PING, b"42"))
            answers.append(heard(peer))
            peer.say(frame(TEXT, "go on"))

        async def job(connection: Connection) -> Incoming | None:
            return await connection.receive(5.0)

        assert talking(opened(script), job) == Text("go on")
        assert answers == [(PONG, b"42")]

    def test_what_is_sent_arrives(self) -> None:
        answers: list[tuple[int, bytes]] = []

        def script(peer: Peer) -> None:
            answers.append(heard(peer))
            peer.say(frame(TEXT, "thanks"))

        async def job(connection: Connection) -> Incoming | None:
            assert await connection.send("ping") is None
            return await connection.receive(5.0)

        assert talking(opened(script), job) == Text("thanks")
        assert answers == [(TEXT, b"ping")]

    def test_silence_is_none_and_half_a_message_is_kept(self) -> None:
        def script(peer: Peer) -> None:
            whole = frame(TEXT, "slowly")
            peer.say(whole[:4])
            heard(peer)
            peer.say(whole[4:])

        async def job(connection: Connection) -> list[Incoming | None]:
            first = await connection.receive(0.1)
            await connection.send("go on")
            return [first, await connection.receive(5.0)]

        assert talking(opened(script), job) == [None, Text("slowly")]

    def test_control_frames_without_end_hold_nobody(self) -> None:
        def script(peer: Peer) -> None:
            while not peer.stopped.is_set():
                peer.say(frame(PONG) * 100)

        async def job(connection: Connection) -> Incoming | None:
            async with asyncio.timeout(5):
                return await connection.receive(0.2)

        assert talking(opened(script), job) is None

    def test_no_time_takes_what_is_there_only(self) -> None:
        async def job(connection: Connection) -> list[Incoming | None]:
            return [await connection.receive(0.0), await connection.receive(0.0)]

        assert talking(opened(frame(TEXT, "a") + frame(TEXT, "b")), job) == [Text("a"), Text("b")]


class TestEnds:
    @pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 1012, 1013, 4401])
    def test_a_goodbye_is_told_with_its_code_and_answered(self, code: int) -> None:
        answers: list[tuple[int, bytes]] = []

        def script(peer: Peer) -> None:
            peer.say(goodbye(code, "why"))
            answers.append(heard(peer))

        assert talking(opened(script), everything) == [Closed(code, "why")]
        assert answers[0][0] == CLOSE
        assert int.from_bytes(answers[0][1][:2], "big") == code

    def test_a_line_that_ends_has_the_code_1006(self) -> None:
        def script(peer: Peer) -> None:
            peer.say(frame(TEXT, "last"))
            peer.socket.shutdown(socket.SHUT_WR)

        came = talking(opened(script), everything)
        assert came == [Text("last"), Closed(1006, "the line ended without a goodbye")]

    def test_a_reset_is_told(self) -> None:
        def script(peer: Peer) -> None:
            heard(peer)
            peer.reset()

        async def job(connection: Connection) -> Incoming:
            await connection.send("x")
            return (await everything(connection))[-1]

        ended = talking(opened(script), job)
        assert isinstance(ended, Broken)
        assert ended.fault == "reset"

    @pytest.mark.parametrize(
        ("said", "fault"),
        [
            (frame(TEXT, b"\xff\xfe{}"), "undecodable"),
            (frame(3, "what?"), "protocol"),
            (frame(TEXT, "packed", first=0x40), "protocol"),
            (frame(CONTINUED, "of nothing"), "protocol"),
            (frame(TEXT, "a", fin=False) + frame(TEXT, "b"), "protocol"),
            (frame(PING, b"x" * 126), "protocol"),
            (frame(CLOSE, b"\x03"), "protocol"),
            (frame(CLOSE, b"\x03\xe8\xff"), "undecodable"),
            (announced(TEXT, 64 * 1024 * 1024), "too large"),
            (frame(TEXT, "a" * 40_000, fin=False) + announced(CONTINUED, 40_000), "too large"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_what_no_client_can_read_breaks_it(self, said: bytes, fault: str) -> None:
        (came,) = talking(opened(said), everything, max_bytes=65_536)

        assert isinstance(came, Broken)
        assert came.fault == fault
        assert "\n" not in came.detail

    def test_a_message_of_64_mib_is_refused_before_it_is_held(self) -> None:
        def script(peer: Peer) -> None:
            peer.say(announced(TEXT, 64 * 1024 * 1024))
            for _ in range(1024):
                peer.say(b"x" * 65_536)

        tracemalloc.start()
        try:
            (came,) = talking(opened(script), everything)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert came == Broken("too large", "a message larger than 1,048,576 bytes")
        assert peak < 8 * 1024 * 1024

    def test_everything_after_the_end_tells_how_it_ended(self) -> None:
        async def job(connection: Connection) -> list[Any]:
            await connection.receive(5.0)
            return [await connection.send("x"), await connection.receive(0.0)]

        assert talking(opened(goodbye(1001)), job) == [Closed(1001, "")] * 2

    def test_a_server_that_reads_nothing_does_not_hold_a_sender(self) -> None:
        async def job(connection: Connection) -> Any:
            async with asyncio.timeout(10):
                while (ended := await connection.send("x" * 100_000)) is None:
                    pass
                return ended

        ended = talking(opened(), job, timeout=0.3)
        assert ended == Broken("reset", "nothing could be sent within 0.3 s")

    def test_closing_says_goodbye_and_waits_for_the_answer(self) -> None:
        answers: list[tuple[int, bytes]] = []

        def script(peer: Peer) -> None:
            answers.append(heard(peer))
            peer.say(goodbye(1000))

        async def job(connection: Connection) -> Incoming | None:
            await connection.close()
            return await connection.receive(0.0)

        assert talking(opened(script), job) == Closed(1000, "")
        assert answers == [(CLOSE, b"\x03\xe8")]

    def test_closing_waits_for_nobody_for_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(stream, "GOODBYE", 0.1)

        async def job(connection: Connection) -> None:
            async with asyncio.timeout(5):
                await connection.close()

        talking(opened(), job)

    def test_dropping_ends_the_line_without_goodbye(self) -> None:
        answers: list[tuple[int, bytes]] = []

        async def job(connection: Connection) -> Incoming | None:
            connection.drop()
            return await connection.receive(0.0)

        assert talking(opened(lambda peer: answers.append(heard(peer))), job) == Closed(1006, "dropped here")
        assert answers == [(CLOSE, b"")]  # the line's end, no frame


def _half(peer: Peer) -> None:
    if peer.heard():
        peer.say(b"HTTP/1.1 101 ")
    peer.stopped.wait(10)


class TestHandshake:
    def test_the_key_goes_into_the_address_and_nothing_is_agreed_on(self) -> None:
        async def main(port: int) -> None:
            opened = await reach(at(port), key=Secret("a+b/c=&d" * 4))
            assert isinstance(opened, Connection)
            assert 0 <= opened.seconds < 5
            opened.drop()

        with serving(opened()) as server:
            asyncio.run(main(server.port))
        head = server.requests[0].decode()
        assert head.startswith(f"GET {PATH}?cg-api-key={'a%2Bb%2Fc%3D%26d' * 4} HTTP/1.1\r\n")
        assert "User-Agent: test/1" in head
        assert "extensions" not in head.lower()

    def test_without_a_key_the_address_stays_as_it_is(self) -> None:
        with serving(once(whole(b"", "400 Bad Request"))) as server:
            answer = asyncio.run(reach(at(server.port), key=None))
        assert isinstance(answer, Complete)
        assert server.requests[0].startswith(f"GET {PATH} HTTP/1.1\r\n".encode())

    def test_an_answer_of_another_kind_is_handed_on(self) -> None:
        body = b'{"code":"404","msg":"Endpoint not found."}'
        answer = asking(once(whole(body, "404 Not Found", "X-Edge: one")))

        assert isinstance(answer, Complete)
        assert (answer.status, answer.body, answer.headers["x-edge"]) == (404, body, "one")

    def test_a_redirect_is_not_followed(self) -> None:
        with serving(opened()) as elsewhere:
            location = f"Location: {at(elsewhere.port)}"
            answer = asking(once(whole(b"", "302 Found", location)))
            assert elsewhere.connections == 0
        assert isinstance(answer, Complete)
        assert answer.status == 302
        assert answer.headers["location"] == at(elsewhere.port)

    @pytest.mark.parametrize(
        ("raw", "status", "body"),
        [
            (
                b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<html>\r\n0\r\n\r\n",
                403,
                b"<html>",
            ),
            (b"HTTP/1.0 503 Busy\r\nServer: old\r\n\r\nlater", 503, b"later"),
            (b"HTTP/1.1 502 Bad\r\nContent-Length: 99999999\r\n\r\nsome", 502, b"some"),
            (b"HTTP/1.1 500 Bad\r\nContent-Length: 9\r\n\r\ncut", 500, b"cut"),
            (b"HTTP/1.1 429\r\n\r\n", 429, b""),
        ],
        ids=["chunked", "old", "oversized", "cut", "without a phrase"],
    )
    def test_a_status_counts_whatever_follows_it(self, raw: bytes, status: int, body: bytes) -> None:
        answer = asking(once(raw))

        assert isinstance(answer, Complete)
        assert (answer.status, answer.body) == (status, body)

    @pytest.mark.parametrize(
        ("script", "fault"),
        [
            (once(b""), "reset"),
            (once(b"HTTP/1.1 101 Switching Pro"), "reset"),
            (once(b"220 mail.example ready\r\n"), "protocol"),
            (
                once(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
                "protocol",
            ),
            (lambda peer: peer.heard() and peer.say(switch(b"sec-websocket-key: other")), "protocol"),
            (opened(b"", "Sec-WebSocket-Extensions: permessage-deflate"), "protocol"),
            (opened(b"", "Sec-WebSocket-Protocol: mqtt"), "protocol"),
            (lambda peer: peer.heard() and peer.reset(), "reset"),
            (lambda peer: peer.stopped.wait(10), "timeout"),
            (_half, "timeout"),
        ],
        ids=[
            "end",
            "cut",
            "mail",
            "other upgrade",
            "wrong proof",
            "packing",
            "dialect",
            "reset",
            "silent",
            "half",
        ],
    )
    def test_no_connection_is_told_as_a_fault(self, script: Script, fault: str) -> None:
        answer = asking(script, timeout=0.5)

        assert isinstance(answer, Unanswered)
        assert answer.fault == fault
        assert answer.seconds < 5

    def test_nobody_there(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        answer = asyncio.run(reach(at(port)))
        assert isinstance(answer, Unanswered)
        assert answer.fault == "connect"

    def test_a_name_that_nobody_knows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown(*_: Any, **__: Any) -> Any:
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        monkeypatch.setenv("no_proxy", "*")
        answer = asyncio.run(reach("ws://nowhere.invalid/ws"))
        assert isinstance(answer, Unanswered)
        assert answer.fault == "dns"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    return self_signed(tmp_path_factory.mktemp("certificate"))


class TestCertificates:
    def test_one_that_nobody_trusts(self, certificate: tuple[Path, ssl.SSLContext]) -> None:
        with serving(opened(), certificate[1]) as server:
            answer = asyncio.run(reach(f"wss://127.0.0.1:{server.port}{PATH}"))
        assert isinstance(answer, Unanswered)
        assert answer.fault == "tls"
        assert server.requests == []  # the key has not left

    def test_one_of_another_host(
        self, certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        with serving(opened(), certificate[1]) as server:
            answer = asyncio.run(reach(f"wss://127.0.0.1:{server.port}{PATH}"))
        assert isinstance(answer, Unanswered)
        assert answer.fault == "tls"
        assert "127.0.0.1" in answer.detail
        assert server.requests == []

    def test_a_server_that_speaks_no_tls(self) -> None:
        with serving(once(whole(b"plain", "400 Bad Request"))) as server:
            answer = asyncio.run(reach(f"wss://127.0.0.1:{server.port}{PATH}", timeout=1.0))
        assert isinstance(answer, Unanswered)
        assert answer.fault in ("tls", "timeout")


class TestProxy:
    def test_a_proxy_of_the_environment_carries_it_and_sees_no_key(
        self, certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def script(peer: Peer) -> None:
            peer.heard()
            peer.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with certificate[1].wrap_socket(peer.socket, server_side=True) as inside:
                opened(frame(TEXT, "through"))(Peer(inside, peer.stopped, peer.requests))

        async def main() -> Incoming | None:
            connection = await reach(f"wss://stream.example{PATH}")
            assert isinstance(connection, Connection), connection
            came = await connection.receive(5.0)
            connection.drop()
            await asyncio.sleep(0.01)
            return came

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        with serving(script) as server:
            monkeypatch.setenv("https_proxy", f"http://me:secret@127.0.0.1:{server.port}")
            assert asyncio.run(main()) == Text("through")
        asked, inside = (request.decode() for request in server.requests)
        assert asked.startswith("CONNECT stream.example:443 HTTP/1.1\r\n")
        assert "Proxy-Authorization: Basic bWU6c2VjcmV0" in asked
        assert KEY not in asked
        assert KEY in inside

    @pytest.mark.parametrize(
        ("script", "words"),
        [
            (once(whole(b"", "407 Proxy Authentication Required")), "407 Proxy Authentication Required"),
            (once(b"nonsense"), "no answer that can be read"),
        ],
    )
    def test_a_proxy_that_refuses(self, script: Script, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with serving(script) as server:
            monkeypatch.setenv("https_proxy", f"http://me:secret@127.0.0.1:{server.port}")
            answer = asyncio.run(reach(f"wss://stream.example{PATH}"))
        assert isinstance(answer, Unanswered)
        assert answer.fault == "connect"
        assert words in answer.detail
        assert "secret" not in answer.detail

    def test_a_proxy_of_another_kind_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("https_proxy", "socks5://me:secret@127.0.0.1:1")
        answer = asyncio.run(reach(f"wss://stream.example{PATH}"))
        assert isinstance(answer, Unanswered)
        assert "socks5" in answer.detail
        assert "secret" not in answer.detail

    @pytest.mark.parametrize("proxy", ["http://me:secret", "http://host:secret", "http://[secret"])
    def test_a_proxy_that_cannot_be_read(self, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("https_proxy", proxy)
        answer = asyncio.run(reach(f"wss://stream.example{PATH}"))
        assert isinstance(answer, Unanswered)
        assert "address of the proxy cannot be read" in answer.detail
        assert "secret" not in answer.detail

    def test_none_stands_between_us_and_this_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert isinstance(asking(once(whole(b"", "404 Not Found"))), Complete)


class TestTheKey:
    def test_it_shows_in_no_log_no_words_and_no_answer(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        for name in ("websockets", "websockets.client", "websockets.protocol", "asyncio"):
            caplog.set_level(logging.DEBUG, name)
        repeating = frame(TEXT, f"you sent {KEY}") + goodbye(1008, KEY)
        came = talking(opened(repeating), everything)
        body = f'{{"key": "{KEY}"}}'.encode()
        answers = [
            asking(once(whole(body, "401 Unauthorized", f"X-Key: {KEY}"))),
            asking(once(f"HTTP/1.1 101 x\r\nUpgrade: {KEY}\r\nConnection: Upgrade\r\n\r\n".encode())),
            asking(once(f"{KEY}\r\n\r\n".encode())),
        ]
        told = f"{came} {answers} {caplog.text}"

        assert came == [Text(f"you sent {PLACEHOLDER}"), Closed(1008, PLACEHOLDER)]
        assert KEY not in told
        assert KEY not in str([record.__dict__ for record in caplog.records])

    def test_an_address_that_cannot_be_read_does_not_show_it(self) -> None:
        with pytest.raises(Exception, match="isn't ws or wss") as caught:
            asyncio.run(reach("http://127.0.0.1/ws"))
        error: BaseException | None = caught.value
        while error is not None:
            assert KEY not in f"{error!r} {error}"
            error = error.__cause__ or error.__context__
