"""Where paths stand in a text, and the hosts before them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from audit.scan.atlas import HOLE, Host

URL = re.compile(r"(?i)\b(https?|wss?)://([^/\s\"'`<>?#\\]+)")
# It begins where a word begins: tried within one, a long word would take the square of its length.
_LETTER = r"[A-Za-z0-9_\x00{}$.:-]"
_PATH = re.compile(rf"(?:/|(?<!{_LETTER})){_LETTER}+(?:/{_LETTER}+)+/?|/[A-Za-z0-9_\x00-]{{6,}}")
_REST = re.compile(r"[^\s\"'`<>?#,;)\]|\\]*")  # of a URL behind its host
# A route as it stands in the text of a document, right before its path.
_ROUTE = re.compile(
    r"(?:@\w[\w.]*|\b(?:app|router|server|fastify|blueprint|bp)\.\w+)\(\s*(?:\w+\s*=\s*)?[\"'`]\Z"
)


def paths(text: str, hosts: Mapping[str, Host]) -> Iterator[tuple[int, int, Host | None]]:
    """Yield where a path stands in a text, and the host before it; other people's hosts are left out."""
    at = 0
    for match in URL.finditer(text):
        yield from _loose(text, at, match.start())
        host = hosts.get(match[2].lower().split(":")[0])
        if host is not None and not host.websocket and match[1].lower().startswith("ws"):
            host = None  # what is opened there is no path of the API
        rest = _REST.match(text, match.end())
        end = rest.end() if rest else match.end()
        if (host is not None or set(match[2]) <= {HOLE}) and end > match.end() + 1:
            yield match.end(), end, host
        at = end
    yield from _loose(text, at, len(text))


def _loose(text: str, start: int, end: int) -> Iterator[tuple[int, int, None]]:
    for match in _PATH.finditer(text, start, end):
        if match.start() and text[match.start() - 1] in "@.~":
            continue
        if not _ROUTE.search(text, max(0, match.start() - 80), match.start()):
            yield match.start(), match.end(), None
