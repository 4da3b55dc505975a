"""The one module that knows the HTTP library; a fork with the same interface is a one-line swap."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx as library

from audit.client.answers import Complete, Fault, Outcome, Request, Spoilt, Unanswered
from audit.client.base_url import is_loopback
from audit.client.secret import Secret
from audit.errors import UsageError

MAX_BODY = 32 * 1024 * 1024

A = TypeVar("A", bound=Outcome)
Message = MutableMapping[str, Any]
App = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


class Client:
    """Sends requests to one base URL and nowhere else: redirects are not followed.

    One connection pool and one TLS context serve all requests. With ``app`` the requests go to an
    ASGI application in this process instead of the network. Raises UsageError for a proxy of the
    environment that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key: Secret | None,
        key_header: str,
        user_agent: str,
        timeout: float = 30.0,
        concurrency: int = 8,
        max_body: int = MAX_BODY,
        app: App | None = None,
    ) -> None:
        self._key = key
        self._timeout = timeout
        self._max_body = max_body
        headers = {"accept": "application/json", "user-agent": user_agent}
        if key is not None:
            headers[key_header] = key.reveal()
        base = library.URL(base_url)
        self._origin = (base.scheme, base.host, base.port)
        try:
            self._client = library.AsyncClient(
                base_url=base_url,
                headers=headers,
                follow_redirects=False,
                # The whole exchange is bounded in `send`; a second set of limits would only blur it.
                timeout=None,  # noqa: S113 - see above
                limits=library.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
                transport=_InProcess(app) if app else None,
                # A proxy from the environment has no business between us and this machine.
                trust_env=not is_loopback(base.host),
                verify=base_url.startswith("https://") and app is None,
            )
        except UnicodeError:
            raise  # about a header
        except (library.InvalidURL, ValueError, ImportError):
            # What the library says of it may hold a password.
            raise UsageError(
                "the proxy that the environment names (HTTPS_PROXY or ALL_PROXY) cannot be used; "
                "expected something like http://proxy.example.com:3128"
            ) from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def send(self, request: Request) -> Outcome:
        """Send one request and read the whole answer within the time-out and the size limit.

        Where the other side repeats the key it is taken out before anybody can cut it into pieces.
        """
        outcome = await self._send(request)
        return outcome if self._key is None else without(self._key, outcome)

    async def _send(self, request: Request) -> Outcome:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._timeout):
                return await self._exchange(request, started)
        except TimeoutError:
            return Unanswered("timeout", f"no complete answer within {self._timeout:g} s", _since(started))
        except library.TransportError as error:
            fault, detail = _explain(error)
            return Unanswered(fault, detail, _since(started))

    async def _exchange(self, request: Request, started: float) -> Outcome:
        built = self._client.build_request(request.method, request.path, params=list(request.params))
        if (built.url.scheme, built.url.host, built.url.port) != self._origin:
            # A path that is a whole URL would take the key along to where it leads.
            return Unanswered("protocol", "the path leads to another host; nothing was sent", _since(started))
        response = await self._client.send(built, stream=True)
        headers = {name.lower(): value for name, value in response.headers.items()}
        codings = headers.get("content-encoding", "").split(",")
        chunks: list[bytes] = []
        received = 0
        try:
            if len(codings) > 1:
                # Packed twice, a few bytes can be more than memory holds before any limit is met.
                detail = "packed more than once"
                return Spoilt(response.status_code, headers, "undecodable", detail, 0, _since(started))
            async for chunk in response.aiter_bytes():
                received += len(chunk)
                if received > self._max_body:
                    detail = f"body larger than {self._max_body:,} bytes"
                    return Spoilt(
                        response.status_code, headers, "too large", detail, received, _since(started)
                    )
                chunks.append(chunk)
        except library.RemoteProtocolError as error:
            return Spoilt(response.status_code, headers, "truncated", str(error), received, _since(started))
        except library.DecodingError as error:
            return Spoilt(response.status_code, headers, "undecodable", str(error), received, _since(started))
        finally:
            with suppress(library.TransportError):
                await response.aclose()
        return Complete(response.status_code, headers, b"".join(chunks), _since(started))


def tls_context() -> ssl.SSLContext:
    """Return what requests hold certificates against, for connections of another kind."""
    return library.create_ssl_context()


def _since(started: float) -> float:
    return time.perf_counter() - started


def without(key: Secret, outcome: A) -> A:
    """Return the outcome with the key taken out of headers, words and body, which may repeat it."""
    if isinstance(outcome, Unanswered):
        return replace(outcome, detail=key.redact(outcome.detail))
    headers = {name: key.redact(value) for name, value in outcome.headers.items()}
    if isinstance(outcome, Complete):
        return replace(outcome, headers=headers, body=key.redact_bytes(outcome.body))
    return replace(outcome, headers=headers, detail=key.redact(outcome.detail))


def _explain(error: library.TransportError) -> tuple[Fault, str]:
    text = str(error) or type(error).__name__
    if isinstance(error, library.ConnectError):
        causes = list(_causes(error))
        if any(isinstance(cause, ssl.SSLError) for cause in causes):
            return "tls", text
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            return "dns", text
        return "connect", text
    if isinstance(error, library.TimeoutException):
        return "timeout", text
    if isinstance(error, library.ReadError | library.WriteError | library.CloseError):
        return "reset", text if text != type(error).__name__ else "the connection was reset"
    return "protocol", text


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The errors behind an error; the library wraps what the system said."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


class _InProcess(library.AsyncBaseTransport):
    """Calls an ASGI application without a socket, and lets it break the connection as a server could.

    The application finds ``abort`` (a reset) and ``close`` (an early end) in
    ``scope["extensions"]["audit.connection"]``.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def handle_async_request(self, request: library.Request) -> library.Response:
        connection = _Connection()
        url = request.url
        scope: MutableMapping[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.split(b"?")[0],
            "query_string": url.query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": ("127.0.0.1", 0),
            "server": (url.host, url.port or 80),
            "extensions": {"audit.connection": {"abort": connection.abort, "close": connection.close_early}},
        }
        task = asyncio.create_task(connection.run(self._app, scope))
        start = await connection.started(task)
        headers = library.Headers(start["headers"])
        return library.Response(
            start["status"], headers=headers, stream=_Body(connection, task), request=request
        )


class _Connection:
    """One exchange between the in-process transport and the application."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[Message | None] = asyncio.Queue(maxsize=4)
        self.aborted = False
        self.gone = asyncio.Event()

    def abort(self) -> None:
        self.aborted = True

    def close_early(self) -> None:
        """Leave ``aborted`` as it is: the body then ends before its time."""

    async def run(self, app: App, scope: MutableMapping[str, Any]) -> None:
        try:
            await app(scope, self._receive, self._send)
        finally:
            await self.messages.put(None)

    async def _receive(self) -> Message:
        if not self.gone.is_set() and not getattr(self, "_asked", False):
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self.gone.is_set():
            raise OSError("the client is gone")
        await self.messages.put(message)

    async def started(self, task: asyncio.Task[None]) -> Message:
        try:
            message = await self.messages.get()
        except BaseException:
            await self.close(task)
            raise
        if message is None:
            await self.close(task)
            if self.aborted:
                raise library.ReadError("the connection was reset before any answer")
            raise library.RemoteProtocolError("Server disconnected without sending a response.")
        return message

    async def close(self, task: asyncio.Task[None]) -> None:
        self.gone.set()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class _Body(library.AsyncByteStream):
    """The body of an in-process answer; ends early the way a broken connection would."""

    def __init__(self, connection: _Connection, task: asyncio.Task[None]) -> None:
        self._connection = connection
        self._task = task

    async def __aiter__(self) -> Any:
        received = 0
        while (message := await self._connection.messages.get()) is not None:
            chunk = message.get("body", b"")
            if chunk:
                received += len(chunk)
                yield chunk
            if not message.get("more_body", False):
                return
        if self._connection.aborted:
            raise library.ReadError("the connection was reset midway")
        raise library.RemoteProtocolError(
            f"peer closed connection without sending complete message body (received {received} bytes)"
        )

    async def aclose(self) -> None:
        await self._connection.close(self._task)
