"""Serves an ASGI application on loopback, with a connection that can be broken on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

from audit.errors import UsageError
from audit.sandbox.wire import EXTENSION, App, Receive, Scope, Send, reset

if TYPE_CHECKING:
    import uvicorn
    from uvicorn.server import ServerState

    from audit.sandbox.app import Sandbox

DEFAULT_PORT = 8700
_BACKLOG = 512
_STARTS_WITHIN = 10.0
_GOODBYE = 0.3  # seconds that a connection may take to end


def serve(
    app: App,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then return.

    ``on_ready`` is told the base URL once connections are accepted; port 0 takes any free one. Raises
    UsageError for an address that is not loopback or cannot be had.
    """
    listener = listen(host, port)
    asyncio.run(_run(app, listener, on_ready))


@contextlib.contextmanager
def running(app: App, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve in a thread and yield the base URL; the server has stopped when the block is left."""
    listener = listen(host, port)
    server = _server(app)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    try:
        _wait_for(server, thread)
        yield base_url(listener)
    finally:
        server.should_exit = True
        thread.join(timeout=_STARTS_WITHIN)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on loopback; raises UsageError."""
    address = _loopback(host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        # Listening now lets a client connect before the loop runs, so nobody has to wait and retry.
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"cannot listen on {host} port {port} ({reason}); choose another port, or 0 for any"
        ) from None
    return listener


def base_url(listener: socket.socket) -> str:
    """Return the URL at which a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _loopback(host: str) -> str:
    if host.lower() == "localhost":
        return "127.0.0.1"
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host.strip("[]")).is_loopback:
            return host.strip("[]")
    raise UsageError(
        f"{host!r} is not a loopback address; the sandbox listens on 127.0.0.1, ::1 or localhost only"
    )


async def _run(app: App, listener: socket.socket, on_ready: Callable[[str], None] | None) -> None:
    server = _server(app)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, setattr, server, "should_exit", True)
    if on_ready is not None:
        on_ready(base_url(listener))
    await server.serve(sockets=[listener])


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    pause = threading.Event()
    for _ in range(int(_STARTS_WITHIN / 0.005)):
        if server.started or not thread.is_alive():
            break
        pause.wait(0.005)
    if not server.started:
        raise UsageError("the sandbox did not start; is another event loop or policy in the way?")


def _server(app: App) -> uvicorn.Server:
    import uvicorn

    class Quiet(uvicorn.Server):
        """Leaves signals to whoever serves, so that stopping is a return and not a second signal."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return Quiet(
        uvicorn.Config(
            app,
            http=_protocol(),
            ws=_stream_protocol(app),
            loop="asyncio",
            # A fault ends an answer in ways a server would complain about; and no log may show a key.
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
            backlog=_BACKLOG,
        )
    )


def _stream_protocol(app: App) -> Any:
    """Return what serves WebSocket connections; ASGI could not break them."""
    if not getattr(app, "has_channels", False):
        return "none"
    session = cast("Sandbox", app).session

    from audit.sandbox.stream_wire import Wire

    class ServedWire(Wire):
        """Tells the server of its connection, so that stopping ends it."""

        def __init__(self, config: uvicorn.Config, server_state: ServerState, app_state: Any) -> None:
            super().__init__(session())
            # Its type names protocols of the server's own.
            self._connections: set[Any] = server_state.connections

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self._connections.add(self)

        def connection_lost(self, exc: Exception | None) -> None:
            self._connections.discard(self)
            super().connection_lost(exc)

        def shutdown(self) -> None:
            """End the connection; the server calls it when it stops."""
            self.close(1001, "the sandbox stops")
            self.end()
            # Who does not read never gets what was sent before.
            asyncio.get_running_loop().call_later(_GOODBYE, self.reset)

    return ServedWire


def _protocol() -> type[asyncio.Protocol]:
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class BreakableProtocol(H11Protocol):
        """Lets the application break its connection, through an extension of the scope."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            served: Any = self.app

            async def with_connection(scope: Scope, receive: Receive, send: Send) -> None:
                scope.setdefault("extensions", {})[EXTENSION] = {"abort": self.abort, "close": self.close}
                await served(scope, receive, send)

            self.app = with_connection

        def abort(self) -> None:
            """Reset the connection: what was sent may not arrive."""
            self._give_up()
            reset(self.transport)

        def close(self) -> None:
            """Close the connection after what was sent."""
            self._give_up()
            self.transport.close()

        def _give_up(self) -> None:
            # Without this the server would answer on its own for an application that has not.
            if self.cycle is not None:
                self.cycle.disconnected = True

    return BreakableProtocol
