"""A line through a proxy of the environment, for connections that the HTTP library does not make."""

from __future__ import annotations

import asyncio
import base64
import re
import socket
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

MAX_HEAD = 16 * 1024

_GRANTED = re.compile(rb"HTTP/1\.[01] 2[0-9]{2}\b")


def proxy_for(host: str, port: int, *, secure: bool) -> str | None:
    """Return the proxy that the environment names for a host, or None; requests take the same one."""
    if proxy_bypass(f"{host}:{port}"):
        return None
    named = getproxies()
    return named.get("https" if secure else "http") or named.get("all") or None


async def tunnel(proxy: str, host: str, port: int, user_agent: str) -> socket.socket:
    """Return a socket that leads through ``proxy`` to a host; raises OSError, naming no user of the proxy."""
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        door = parts.port or 80
    except ValueError:
        # What is said of it may hold a password.
        raise ConnectionError(
            "the address of the proxy cannot be read; name one like http://host:3128"
        ) from None
    if parts.scheme != "http" or not parts.hostname:
        raise ConnectionError(
            f"a proxy of the kind {parts.scheme} cannot carry a WebSocket; name one over http"
        )
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", f"User-Agent: {user_agent}"]
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(user.encode()).decode()}")
    line = await _dial(parts.hostname, door)
    try:
        await _ask(line, "\r\n".join([*lines, "", ""]).encode())
    except BaseException:
        line.close()
        raise
    return line


async def _ask(line: socket.socket, request: bytes) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(line, request)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        # One byte behind the head would belong to the line that it opens already.
        part = await loop.sock_recv(line, 1)
        head += part
        if not part or len(head) > MAX_HEAD:
            raise ConnectionError("the proxy gave no answer that can be read")
    if not _GRANTED.match(head):
        said = head.split(b"\r\n")[0].decode("latin-1")[:80]
        raise ConnectionError(f"the proxy refused the connection: {said}")


async def _dial(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    last: OSError | None = None
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        line = socket.socket(family, kind, protocol)
        line.setblocking(False)
        try:
            await loop.sock_connect(line, address)
        except OSError as error:
            line.close()
            last = error
        except BaseException:
            line.close()
            raise
        else:
            return line
    raise last or ConnectionError(f"the proxy {host} has no address")
