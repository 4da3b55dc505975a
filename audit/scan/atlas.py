"""What a scan looks for: hosts, paths of every version, headers and names of the key. From data only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from audit.scan.engine import seeker
from audit.spec.catalog import Spec
from audit.spec.legacy import Legacy, Route, Stray
from audit.spec.operations import Operation
from audit.spec.symbols import Symbols

if TYPE_CHECKING:
    from audit.spec.channels import Stream

HOLE = "\x00"  # stands for a part of a text that is only known when the program runs

USUAL = 3  # operations that share the name of a parameter

PathKind = Literal["current", "legacy", "never-existed", "undocumented"]


@dataclass(frozen=True)
class Known:
    """What a path means: an operation of today, earlier routes, or a stray; several may hold."""

    path: str
    operation: Operation | None
    routes: tuple[Route, ...]
    stray: Stray | None

    @property
    def distinctive(self) -> bool:
        """Whether the path alone is enough to tell that this API is meant: long, and in its own words."""
        return len(self.path) >= 24 and self.path.count("/") >= 3


@dataclass(frozen=True)
class Host:
    """A host the API has or had: its version's name, whether it is today's, and its path prefix.

    ``documented`` is False for a host that serves something else than the API; ``about`` says what.
    """

    name: str
    version: str
    current: bool
    prefix: str
    websocket: bool
    documented: bool = True
    about: str = ""


class Atlas:
    """Everything known, indexed for lookup."""

    def __init__(self, spec: Spec, legacy: Legacy) -> None:
        self.spec = spec
        self.legacy = legacy
        self.symbols = Symbols(spec.operations.values())
        self.hosts = _hosts(spec, legacy)
        self.prefixes = tuple(
            sorted(
                {version.prefix for version in legacy.versions.values() if version.prefix},
                key=len,
                reverse=True,
            )
        )
        self.key_header = spec.provider.key_header
        self.old_headers = {
            version.header.lower(): version.header
            for version in legacy.versions.values()
            if version.header and version.header.lower() != spec.provider.key_header.lower()
        }
        self.parameter_words = _parameter_words(spec, legacy)
        self._known = _index(spec, legacy)
        # Every beginning of a known path that is no path itself.
        parents = {
            "/".join(path.split("/")[:end]) for path in self._known for end in range(2, path.count("/") + 1)
        }
        self._bases = parents - set(self._known)
        self._patterns = [
            (re.compile(_pattern(path)), known) for path, known in self._known.items() if "{" in path
        ]
        # What shows that a file speaks of this provider at all.
        words = {
            spec.provider.name,
            spec.provider.key_variable,
            spec.provider.key_header,
            *self.old_headers.values(),
            *self.hosts,
        }
        self.is_told_in = seeker(sorted(word.encode() for word in words))

    @property
    def stream(self) -> Stream | None:
        """The channels of the description, if it has any; read when first asked for."""
        return self.spec.stream

    @property
    def current_host(self) -> str:
        """The host of today's API."""
        return urlsplit(self.spec.provider.base_url).hostname or ""

    def host(self, scheme: str, name: str) -> Host | None:
        """Return the host that an address is on; one that is taken for that of the stream is none."""
        found = self.hosts.get(name.lower().split("@")[-1].split(":")[0])
        if found is not None and not found.websocket and scheme.lower() in ("ws", "wss"):
            return None if self.stream is not None else found
        return found

    def look_up(self, path: str) -> Known | None:
        """Return what a path means, with or without its prefix; holes match any one segment."""
        clean = "/" + re.sub(r"/+", "/", path).strip("/")
        told = [self._known.get(one) or self._known.get(one.lower()) for one in self._spellings(clean)]
        found = [known for known in told if known is not None]
        if found:
            # As it stands, else as it stands today, else as it once did.
            return told[0] or next((known for known in found if known.operation), found[0])
        for spelling in self._spellings(clean):
            for pattern, known in self._patterns:
                if pattern.fullmatch(spelling):
                    return known
        return None

    def is_base(self, path: str) -> bool:
        """Whether a path is where others begin, as a constant for a base URL is."""
        clean = re.sub(r"/v\d+\Z", "", "/" + path.strip("/"))
        return clean in self._bases or clean in self.prefixes or clean.strip("/") == ""

    def matching(self, path: str) -> list[Known]:
        """Return what a path with holes may mean, in a stable order."""
        wanted = [re.compile(_hole_pattern(spelling)) for spelling in self._spellings("/" + path.strip("/"))]
        # Most paths lack what is told; to find that out takes less than to compare.
        told = max(path.strip("/").split(HOLE), key=len)
        names = sorted(name for name in self._known if told in name)
        return [self._known[name] for name in names if any(p.fullmatch(name) for p in wanted)]

    def _spellings(self, path: str) -> list[str]:
        """A path as it stands, and below each prefix that it lacks."""
        return [path, *(prefix + path for prefix in self.prefixes if not path.startswith(prefix + "/"))]


def _hosts(spec: Spec, legacy: Legacy) -> Mapping[str, Host]:
    hosts: dict[str, Host] = {}
    for version in legacy.versions.values():
        for parts in map(urlsplit, version.urls):
            if parts.hostname and parts.hostname not in hosts:
                socket = parts.scheme in ("ws", "wss")
                hosts[parts.hostname] = Host(
                    parts.hostname, version.name, version.current, version.prefix, socket,
                    version.documented, version.about,
                )  # fmt: skip
    if not any(host.websocket for host in hosts.values()) and spec.stream is not None:
        name = urlsplit(spec.stream.url).hostname or ""
        hosts[name] = Host(name, "stream", current=True, prefix="", websocket=True)
    return hosts


def _parameter_words(spec: Spec, legacy: Legacy) -> tuple[str, ...]:
    """Return what the names of the API's usual parameters begin with, those of earlier versions too."""
    given = [one for operation in spec.operations.values() for one in operation.parameters]
    often = {name for name, times in Counter(one.name for one in given).items() if times >= USUAL}
    usual = often | {one.name for one in given if one.role}
    earlier = {old for route in legacy.routes for old, new in route.params.items() if new.to in usual}
    words = {re.split(r"_|(?=[A-Z])", name)[0].lower() for name in usual | earlier}
    return tuple(sorted(word for word in words if len(word) > 2 and word.isalpha()))


def _index(spec: Spec, legacy: Legacy) -> dict[str, Known]:
    operations = {operation.path: operation for operation in spec.operations.values()}
    routes: dict[str, list[Route]] = {}
    for route in legacy.routes:
        routes.setdefault(route.path, []).append(route)
    strays = {stray.path: stray for stray in (*legacy.never_existed, *legacy.undocumented)}
    return {
        path: Known(path, operations.get(path), tuple(routes.get(path, ())), strays.get(path))
        for path in {*operations, *routes, *strays}
    }


def _pattern(path: str) -> str:
    """A route with ``{name}`` for a segment as an expression."""
    text = re.escape(path).replace(r"\{\.\.\.\}", ".*")
    return re.sub(r"\\\{\w+\\\}", "[^/]+", text)


def _hole_pattern(path: str) -> str:
    """A path with holes as an expression: a hole may be anything within its segment, or several."""
    return re.escape(path).replace(re.escape(HOLE), "[A-Za-z0-9_/-]+")
