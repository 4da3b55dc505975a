"""Asks an ASGI application one thing at a time, without any HTTP library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

NOW = 1_790_000_123.5  # Mon, 21 Sep 2026 14:15:23 GMT


@dataclass
class Answer:
    """What came back; ``cut`` is how the connection was broken, if it was."""

    status: int | None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    complete: bool = False
    cut: str | None = None

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


def ask(
    app: Any,
    path: str,
    params: Mapping[str, Any] | str = "",
    key: str | None = None,
    *,
    method: str = "GET",
    header: str = "CG-API-KEY",
    stop_after: int | None = None,
) -> Answer:
    """Send one request; ``stop_after`` makes the client go once it has so many bytes."""
    return asyncio.run(asking(app, path, params, key, method, header, stop_after))


async def asking(
    app: Any,
    path: str,
    params: Mapping[str, Any] | str = "",
    key: str | None = None,
    method: str = "GET",
    header: str = "CG-API-KEY",
    stop_after: int | None = None,
) -> Answer:
    answer = Answer(None)
    query = params if isinstance(params, str) else urlencode(params)

    def cut(how: str) -> None:
        answer.cut = how

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(header.lower().encode(), key.encode())] if key else [],
        "extensions": {
            "audit.connection": {"abort": lambda: cut("abort"), "close": lambda: cut("close")},
        },
    }
    asked = False
    chunks: list[bytes] = []

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.disconnect"} if stop_after is not None else await asyncio.Future()

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            chunks.append(message.get("body", b""))
            answer.complete = not message.get("more_body", False)

    await app(scope, receive, send)
    answer.raw = b"".join(chunks)
    return answer
