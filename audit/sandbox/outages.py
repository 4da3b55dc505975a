"""Faults of the server and of the way to it: each takes the place of an answer, or bends its headers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from audit.sandbox.wire import Headers, Line, Reply

RETRY_AFTER = 2  # seconds
HANG = 120.0  # seconds after which a hanging request is let go
DRIBBLE = 0.25  # seconds between the parts of a slow body
OVERSIZE = 64 * 1024 * 1024
DEPTH = 100_000
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Outage:
    """What a fault has at hand: the line, the ways to refuse, and a success as it would have been.

    ``refuse`` makes one of the description's answers by its name; ``success`` makes the bytes of an
    ordinary success; ``headers`` are those every answer carries.
    """

    line: Line
    refuse: Callable[[str], Reply]
    success: Callable[[], bytes]
    headers: Headers
    path: str


InsteadFault = Callable[[Outage], Awaitable[None]]
HeaderFault = Callable[[Headers, str, str], Headers]

_JSON = ("Content-Type", "application/json")
HTML = ("Content-Type", "text/html; charset=UTF-8")


def page(title: str) -> bytes:
    """Return a page as an edge network or a gateway writes it."""
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title></head>"
        f"<body><h1>{title}</h1><p>The request could not be served.</p></body></html>"
    ).encode()


async def _html(outage: Outage, status: int, title: str) -> None:
    await outage.line.reply(Reply(status, page(title), [HTML]))


async def rate(outage: Outage) -> None:
    """Refuses as if too many requests had been sent."""
    await outage.line.reply(outage.refuse("rate"))


async def rate_after(outage: Outage) -> None:
    """Refuses as if too many requests had been sent, and says with Retry-After when to come back."""
    reply = outage.refuse("rate")
    await outage.line.reply(
        Reply(reply.status, reply.body, [*reply.headers, ("Retry-After", str(RETRY_AFTER))])
    )


async def rate_status(outage: Outage) -> None:
    """Answers HTTP 429 without a body."""
    await outage.line.reply(Reply(429, b"", [("Content-Type", "text/plain"), *outage.headers]))


async def server_500(outage: Outage) -> None:
    """Refuses with the body of a server fault."""
    await outage.line.reply(outage.refuse("server"))


async def retired_500(outage: Outage) -> None:
    """Answers HTTP 500 whatever the statuses do otherwise, as a retired host does."""
    reply = outage.refuse("server")
    await outage.line.reply(Reply(500, reply.body, reply.headers))


async def server_502_html(outage: Outage) -> None:
    """Answers HTTP 502 with a page, as a gateway does."""
    await _html(outage, 502, "502 Bad Gateway")


async def edge_403_html(outage: Outage) -> None:
    """Answers HTTP 403 with a page, as an edge network does."""
    await _html(outage, 403, "403 Forbidden")


async def edge_520_html(outage: Outage) -> None:
    """Answers HTTP 520 with a page, as an edge network does."""
    await _html(outage, 520, "520 Web server returned an unknown error")


async def html_200(outage: Outage) -> None:
    """Answers HTTP 200 with a page."""
    await _html(outage, 200, "Just a moment...")


async def empty_204(outage: Outage) -> None:
    """Answers HTTP 204, which has no body."""
    await outage.line.start(204, outage.headers)
    await outage.line.part(b"", more=False)


async def truncated(outage: Outage) -> None:
    """Promises more bytes than it sends, then closes the connection."""
    body = outage.success()
    await outage.line.start(200, [_JSON, ("Content-Length", str(len(body) + 1000)), *outage.headers])
    await outage.line.part(body[: len(body) // 2])
    outage.line.cut(politely=True)


async def truncated_json(outage: Outage) -> None:
    """Sends a complete answer whose JSON stops in the middle."""
    body = outage.success()
    await outage.line.reply(Reply(200, body[: len(body) // 2], [_JSON, *outage.headers]))


async def oversized(outage: Outage) -> None:
    """Streams a JSON body of 64 MiB, without a length."""
    await outage.line.start(200, [_JSON, *outage.headers])
    await outage.line.part(b'{"data":[0')
    chunk = b",0" * (_CHUNK // 2)
    for _ in range(OVERSIZE // _CHUNK):
        await outage.line.part(chunk)
        await outage.line.sleep(0)
    await outage.line.part(b"]}", more=False)


async def deep(outage: Outage) -> None:
    """Nests a list 100,000 levels deep."""
    await outage.line.reply(Reply(200, b"[" * DEPTH + b"]" * DEPTH, [_JSON, *outage.headers]))


async def wrong_encoding(outage: Outage) -> None:
    """Sends bytes that are not UTF-8."""
    body = outage.success().replace(b'"', b'"\xff\xfe\xe9', 2)
    await outage.line.reply(Reply(200, body, [_JSON, *outage.headers]))


async def not_json(outage: Outage) -> None:
    """Answers HTTP 200 with plain words."""
    await outage.line.reply(Reply(200, b"upstream temporarily unavailable", [_JSON, *outage.headers]))


async def reset(outage: Outage) -> None:
    """Resets the connection before any answer."""
    outage.line.cut()


async def reset_midway(outage: Outage) -> None:
    """Resets the connection in the middle of the body."""
    body = outage.success()
    await outage.line.start(200, [_JSON, ("Content-Length", str(len(body))), *outage.headers])
    await outage.line.part(body[: len(body) // 2])
    outage.line.cut()


async def hang(outage: Outage) -> None:
    """Answers nothing until the client goes, for two minutes at most."""
    await outage.line.until_gone(HANG)
    outage.line.cut()


async def slow(outage: Outage) -> None:
    """Sends the body in twenty parts, a quarter of a second apart."""
    body = outage.success()
    await outage.line.start(200, [_JSON, ("Content-Length", str(len(body))), *outage.headers])
    size = len(body) // 20 + 1
    for place in range(0, len(body), size):
        await outage.line.sleep(DRIBBLE)
        await outage.line.part(body[place : place + size], more=place + size < len(body))


async def redirect_other_host(outage: Outage) -> None:
    """Sends the client, and its key, to another host."""
    location = ("Location", f"http://elsewhere.invalid{outage.path}")
    await outage.line.reply(Reply(302, b"", [location, ("Content-Type", "text/plain")]))


async def plan_gate(outage: Outage) -> None:
    """Refuses as if the operation were above the plan."""
    await outage.line.reply(outage.refuse("plan"))


async def interval_gate(outage: Outage) -> None:
    """Refuses as if the interval were too fine for the plan."""
    await outage.line.reply(outage.refuse("interval"))


async def not_found(outage: Outage) -> None:
    """Refuses as if the path did not exist."""
    await outage.line.reply(outage.refuse("path"))


def wrong_rate_header(headers: Headers, limit: str, used: str) -> Headers:
    """Tells a limit that is one request higher than the one kept."""
    return [
        (name, str(int(value) + 1)) if name.lower() == limit.lower() else (name, value)
        for name, value in headers
    ]


def no_rate_headers(headers: Headers, limit: str, used: str) -> Headers:
    """Leaves out the headers about the limit."""
    gone = (limit.lower(), used.lower())
    return [(name, value) for name, value in headers if name.lower() not in gone]


INSTEAD_KINDS: dict[str, InsteadFault] = {
    "rate": rate,
    "rate-after": rate_after,
    "rate-status": rate_status,
    "server-500": server_500,
    "retired-500": retired_500,
    "server-502-html": server_502_html,
    "edge-403-html": edge_403_html,
    "edge-520-html": edge_520_html,
    "html-200": html_200,
    "empty-204": empty_204,
    "truncated": truncated,
    "truncated-json": truncated_json,
    "oversized": oversized,
    "deep": deep,
    "wrong-encoding": wrong_encoding,
    "not-json": not_json,
    "reset": reset,
    "reset-midway": reset_midway,
    "hang": hang,
    "slow": slow,
    "redirect-other-host": redirect_other_host,
    "plan-gate": plan_gate,
    "interval-gate": interval_gate,
    "not-found": not_found,
}
# Refused for their number or answered in front of the API, such requests are not counted.
UNCOUNTED = frozenset(
    {
        "rate",
        "rate-after",
        "rate-status",
        "server-502-html",
        "edge-403-html",
        "edge-520-html",
        "html-200",
        "redirect-other-host",
    }
)
HEADER_KINDS: dict[str, HeaderFault] = {
    "wrong-rate-header": wrong_rate_header,
    "no-rate-headers": no_rate_headers,
}
