"""Where a file writes the address of the provider's stream, or one that looks like it; and keys in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from audit.scan.atlas import HOLE, Atlas
from audit.scan.facts import Call, Joined, Mapping, Name, Span, Text, Value, roots, walk
from audit.scan.paths import URL
from audit.scan.pieces import Piece, Pieces, flat, place_of
from audit.scan.strings import is_builder
from audit.spec.channels import Stream

if TYPE_CHECKING:
    from audit.scan.source import Source

_REST = re.compile(r"[^\s\"'`<>?#,;)\]|\\]*")
_QUERY = re.compile(r"\??[^\s\"'`<>#)\]|\\]*")
_SOCKET = ("ws", "wss")
# What libraries are called by that take the address of a page for that of a stream.
_EITHER = re.compile(rb"\.newWebSocket\(|\bws_connect\(|\baconnect_ws\(")


class Fault(StrEnum):
    """What is wrong with an address."""

    MISTAKEN = "mistaken"  # the description names it as a mistake
    HOST = "host"  # on another host of the provider's
    PATH = "path"
    SCHEME = "scheme"


@dataclass(frozen=True)
class Address:
    """An address of a stream. ``url`` is as written, without its query.

    ``place`` is where it stands in one piece, None where it does not. ``spots`` are where the values
    stand that come to it. ``certain`` is False where part of it is only known when the program runs.
    """

    url: str
    anchor: Span
    place: Span | None
    fault: Fault | None
    certain: bool
    spots: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Key:
    """A key that stands in an address."""

    text: str
    span: Span


@dataclass(frozen=True)
class Addresses:
    """The addresses of this provider's streams, those of other people's, and the keys; in file order."""

    ours: tuple[Address, ...]
    others: tuple[Address, ...]
    keys: tuple[Key, ...]


def addresses(source: Source, stream: Stream) -> Addresses:
    """Find every address of a stream in a file."""
    finder = _Finder(source, stream)
    for scope, root in roots(source.facts):
        for value in walk(root):
            finder.read(value, scope)
    ours, others = (tuple(found[at] for at in sorted(found)) for found in (finder.ours, finder.others))
    return Addresses(ours, others, tuple(finder.keys[at] for at in sorted(finder.keys)))


def domain(atlas: Atlas, stream: Stream) -> str:
    """Return what the hosts of requests and of the stream end with, if that is more than a last label."""
    shared = []
    both = (_host(stream.url).split(".")[::-1], atlas.current_host.split(".")[::-1])
    for ours, theirs in zip(*both, strict=False):
        if ours != theirs:
            break
        shared.append(ours)
    return ".".join(reversed(shared)) if len(shared) > 1 else _host(stream.url)


def _host(url: str) -> str:
    match = URL.match(url)
    return _plain(match[2]) if match else ""


def _plain(host: str) -> str:
    return host.lower().split("@")[-1].split(":")[0]


class _Finder:
    """Looks at what each text of a file comes to."""

    def __init__(self, source: Source, stream: Stream) -> None:
        self._source, self._stream = source, stream
        self._host, self._domain = _host(stream.url), domain(source.atlas, stream)
        self._near = {*source.atlas.hosts, self._host}
        self._scheme = stream.url.partition(":")[0]
        self._path = re.sub(r"\A\w+://[^/]+", "", stream.url)
        self._key = re.compile(rf"(?:\A|[?&]){re.escape(stream.key_query)}=\{{?([\w-]+)")
        # The host of this one is told elsewhere.
        path, query = re.escape(self._path), re.escape(stream.key_query)
        self._loose = re.compile(rf"[\x00{{}}$%s]+((?:{path})?)/?\?(?:[^?\s]*&)?{query}=")
        self.ours: dict[int, Address] = {}
        self.others: dict[int, Address] = {}
        self.keys: dict[int, Key] = {}

    def read(self, value: Value, scope: int) -> None:
        """Look at one value; names are followed where they are passed on."""
        match value:
            case Text(text):
                if "://" in text or self._stream.key_query in text:
                    self._texts(value, scope)
            case Joined():
                self._texts(value, scope)
            case Call() if is_builder(value):
                self._texts(value, value.scope or scope)
            case Call(_, arguments):
                for argument in arguments:
                    if isinstance(argument.value, Name):
                        self._texts(argument.value, value.scope or scope)
                self._parts({one.name.lower(): one.value for one in arguments if one.name}, value, scope)
            case Mapping(pairs):
                self._parts({pair.key.lower(): pair.value for pair in pairs if pair.key}, value, scope)

    def _texts(self, value: Value, scope: int) -> None:
        texts = [(pieces, flat(pieces)) for pieces in self._source.resolver.texts(value, scope)]
        hosts = {_plain(match[2]) for _, text in texts for match in URL.finditer(text)}
        for pieces, text in texts:
            if len(hosts) > 1 and self._stream.key_query in text and self._host not in text:
                continue  # another object's field of the same name
            told = [self._note(match, text, pieces, value.span) for match in URL.finditer(text)]
            loose = None if any(told) or isinstance(value, Text) else self._loose.match(text)
            if loose is not None:
                _join(
                    self.ours,
                    Address(loose[1] or self._path, value.span, None, None, certain=False),
                    value.span,
                )
                self._keep(text, loose.end(1), pieces)

    def _parts(self, parts: dict[str, Value], whole: Value, scope: int) -> None:
        """Read an address in parts: ``url.URL{Scheme: "wss", Host: …, Path: …}``."""
        told = {
            key: flat(texts[0])
            for key in ("scheme", "host", "path")
            if key in parts and len(texts := self._source.resolver.texts(parts[key], scope)) == 1
        }
        host = told.get("host", "")
        if _plain(host) in self._near and ("scheme" in told or _plain(host) == self._host):
            path = told.get("path", "").lstrip("/")
            text = f"{told.get('scheme', self._scheme)}://{host}/{path}".rstrip("/")
            match = URL.match(text)
            if match is not None:
                self._note(match, text, (Piece(text, None),), whole.span)

    def _note(self, match: re.Match[str], text: str, pieces: Pieces, spot: Span) -> bool:
        """Take note of one address in a text; whether it is one of a stream."""
        scheme, host = match[1].lower(), _plain(match[2])
        rest = _REST.match(text, match.end())
        url = text[match.start() : rest.end() if rest else match.end()].rstrip(".")
        end = match.start() + len(url)
        fault = self._fault(scheme, host, text[match.end() : end])
        start = match.start()
        anchor = place_of(pieces, start, match.end()) or place_of(pieces, start, start + 2) or spot
        if fault is None and host != self._host:
            if scheme in _SOCKET and HOLE not in host:
                _join(self.others, Address(url, anchor, None, None, certain=True), spot)
            return scheme in _SOCKET
        if host == self._host and not text[match.end() : end].strip("/") and text[end : end + 1] != "?":
            return True  # the beginning of one that is put together elsewhere
        certain = HOLE not in url and fault is not Fault.HOST
        _join(self.ours, Address(url, anchor, place_of(pieces, start, end), fault, certain), spot)
        self._keep(text, end, pieces)
        return True

    def _fault(self, scheme: str, host: str, path: str) -> Fault | None:
        if scheme in _SOCKET and f"{scheme}://{host}{path}".rstrip("/") in self._stream.mistaken_urls:
            return Fault.MISTAKEN
        if host == self._host:
            if HOLE not in path and path.rstrip("/") != self._path:
                return Fault.PATH if scheme in _SOCKET or not path.strip("/") else None
            either = scheme not in _SOCKET and _EITHER.search(self._source.raw)
            return Fault.SCHEME if scheme != self._scheme and not either else None
        near = host == self._domain or host.endswith(f".{self._domain}") or host in self._source.atlas.hosts
        return Fault.HOST if scheme in _SOCKET and near else None

    def _keep(self, text: str, start: int, pieces: Pieces) -> None:
        """Take note of the key in an address, wherever it is written."""
        query = _QUERY.match(text, start)
        match = self._key.search(query[0]) if query else None
        place = place_of(pieces, start + match.start(1), start + match.end(1)) if match else None
        if match is not None and place is not None:
            self.keys[place.start] = Key(match[1], place)


def _join(found: dict[int, Address], address: Address, spot: Span) -> None:
    """Keep one address for each place, the most complete; whatever comes to it is one of its spots."""
    earlier = found.get(address.anchor.start)
    best = address if earlier is None or len(address.url) > len(earlier.url) else earlier
    spots = earlier.spots if earlier is not None else ()
    found[address.anchor.start] = replace(best, spots=spots if spot in spots else (*spots, spot))
