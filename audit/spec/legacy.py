"""Routes of earlier API versions and what replaces them; finds one however it is spelled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import unquote

from audit.errors import SpecError
from audit.spec.documents import Documents
from audit.spec.legacy_params import (
    FILE,
    KEYS,
    Changes,
    FieldChange,
    ParamChange,
    ValueChange,
    check_keys,
    fault,
    mapping_at,
    read_changes,
    read_sets,
    read_values,
)

MAX_ASKED = 2000

Confidence = Literal["documented", "same-resource", "closest", "none"]
CONFIDENCES: tuple[str, ...] = get_args(Confidence)
Kind = Literal["current", "legacy", "never-existed", "undocumented"]
SymbolKind = Literal["coin", "pair"]
SYMBOLS: tuple[str, ...] = get_args(SymbolKind)
ROUTE_KEYS = KEYS | {"path", "now", "also", "confidence", "note", "symbol"}


@dataclass(frozen=True)
class Version:
    """One generation of the API: where it is served, and the header or query that takes the key.

    ``also`` are further addresses of it; ``documented`` is False for one that is not the API itself.
    """

    name: str
    url: str | None
    prefix: str
    header: str | None
    query: str | None
    current: bool
    about: str
    also: tuple[str, ...] = ()
    documented: bool = True

    @property
    def urls(self) -> tuple[str, ...]:
        """Every address; empty for one that is served nowhere in particular."""
        return (self.url, *self.also) if self.url else self.also


@dataclass(frozen=True)
class Route:
    """One earlier path; ``current`` replaces it, ``alternatives`` come close as well.

    The rest says how a call and its answer change on the way to ``current``: ``params`` by old name,
    those that stay as they are among them; ``added`` are required now and the old call may lack them
    (value to begin with, or None where somebody has to choose); ``fields`` of the answer by old name,
    without those that stay; ``symbol`` is what the old route took where the new one takes the other.
    """

    version: str
    path: str
    current: str | None
    alternatives: tuple[str, ...]
    confidence: Confidence
    note: str
    params: Mapping[str, ParamChange] = field(default_factory=dict, hash=False)
    added: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    fields: Mapping[str, FieldChange] = field(default_factory=dict, hash=False)
    symbol: SymbolKind | None = None


@dataclass(frozen=True)
class Stray:
    """A path that is no documented route of any version; ``current`` is the one it resembles."""

    path: str
    current: str | None
    kind: str
    note: str


@dataclass(frozen=True)
class Match:
    """One meaning of the path that was asked for."""

    kind: Kind
    path: str
    current: str | None
    route: Route | None = None
    stray: Stray | None = None


@dataclass(frozen=True)
class Found:
    """What a path may mean, best first; ``near`` are known paths that look alike where nothing matches.

    ``path`` is what was asked for without host, query and slash at the end; ``version`` what its
    host or prefix tells.
    """

    path: str
    version: str | None
    matches: tuple[Match, ...]
    near: tuple[str, ...] = ()


@dataclass(frozen=True)
class Legacy:
    """The whole table."""

    versions: Mapping[str, Version]
    routes: tuple[Route, ...]
    never_existed: tuple[Stray, ...]
    undocumented: tuple[Stray, ...]

    @cached_property
    def renamed(self) -> dict[str, dict[str, str]]:
        """What parameters of earlier routes are called today, by the path that replaces the route."""
        found: dict[str, dict[str, str]] = {}
        for route in self.routes:
            renamed = {old: change.to for old, change in route.params.items() if change.to}
            found.setdefault(route.current or "", {}).update(renamed)
        return found

    def find(self, asked: str, current: Iterable[str] = ()) -> Found:
        """Look a path up among the earlier routes, the strays and the ``current`` paths.

        Host, query, letter case, doubled or trailing slashes and a missing prefix do not matter.
        """
        host, path = split(asked)
        versions = self._served_at(host, path)
        known = list(dict.fromkeys(current))
        spellings = self._spellings(path)
        matches = [Match("current", name, name) for name in known if name.lower() in spellings]
        routes = [route for route in self.routes if _is(route.path, spellings)]
        routes.sort(key=lambda route: (route.version not in versions, CONFIDENCES.index(route.confidence)))
        matches += [Match("legacy", route.path, route.current, route=route) for route in routes]
        strays: tuple[tuple[Kind, tuple[Stray, ...]], ...] = (
            ("never-existed", self.never_existed),
            ("undocumented", self.undocumented),
        )
        matches += [
            Match(kind, stray.path, stray.current, stray=stray)
            for kind, group in strays
            for stray in group
            if _is(stray.path, spellings)
        ]
        if versions and not any(self.versions[name].current for name in versions):
            # The host says that an earlier version is meant, though the path lives on.
            matches.sort(key=lambda match: match.kind == "current")
        near = () if matches else self.near(path, known)
        return Found(path, versions[0] if versions else None, tuple(matches), near)

    def _served_at(self, host: str, path: str) -> list[str]:
        """Versions whose host, or at least whose own prefix, the question names."""
        with_host = [
            version.name
            for version in self.versions.values()
            if host and host in (url.partition("://")[2].lower() for url in version.urls)
        ]
        served = [name for name in with_host if _below(path, self.versions[name].prefix)]
        if with_host:
            return served or with_host
        return [v.name for v in self.versions.values() if len(v.prefix) > 4 and _below(path, v.prefix)]

    def _spellings(self, path: str) -> set[str]:
        """Forms that the path may have in the table: as it is, and below every part of a prefix."""
        spellings = {path}
        for prefix in {version.prefix.lower() for version in self.versions.values()}:
            parts = prefix.split("/")
            parents = ["/".join(parts[:end]) for end in range(2, len(parts) + 1)]
            spellings |= {parent + path for parent in parents if not _below(path, prefix)}
        return spellings

    def near(self, asked: str, current: Iterable[str]) -> tuple[str, ...]:
        """Return known paths that look alike, at most five; current ones go before equally good old ones.

        Those of the same words in another order come first.
        """
        path = split(asked)[1]
        if len(path) < 5:
            return ()
        strays = [stray.path for stray in (*self.never_existed, *self.undocumented)]
        known = {name.lower(): name for name in (*strays, *(route.path for route in self.routes), *current)}
        spellings = sorted(self._spellings(path), key=len)
        orders = {tuple(sorted(_words(spelling))) for spelling in spellings}
        found = [name for name in reversed(known) if tuple(sorted(_words(name))) in orders]
        for spelling in spellings:
            found += get_close_matches(spelling, known, n=5, cutoff=0.7)
        return tuple(known[name] for name in dict.fromkeys(found))[:5]


def split(asked: str) -> tuple[str, str]:
    """Take a path out of however it was written: host (may be empty) and lower-case path."""
    text = unquote(asked.strip()[:MAX_ASKED]).strip("\"'`<> \t\r\n")
    text = re.sub(r"\A(get|post|put|delete|patch|head|options)\s+", "", text, flags=re.IGNORECASE)
    text = re.split(r"[?#\s]", text, maxsplit=1)[0]
    _scheme, mark, rest = text.partition("://")
    host = ""
    if mark:
        host, _, text = rest.partition("/")
    elif not text.startswith("/"):
        first, slash, rest = text.partition("/")
        # A host without its scheme, or a variable that holds it: ${BASE}/api/…
        if slash and re.search(r"[.:$]|\A\{+\w*\}+\Z", first):
            host, text = first, rest
    path = "/" + re.sub(r"/+", "/", text).strip("/")
    return host.partition("@")[2].lower() or host.partition(":")[0].lower(), path.lower()


def _words(path: str) -> list[str]:
    return re.findall(r"[^/_-]+", path)


def _below(path: str, prefix: str) -> bool:
    prefix = prefix.lower()
    return path == prefix or path.startswith(prefix + "/")


def _is(known: str, spellings: set[str]) -> bool:
    if "{" not in known:
        return known.lower().rstrip("/") in spellings
    pattern = re.escape(known.lower()).replace(r"\{\.\.\.\}", ".*")
    pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", pattern)
    return any(re.fullmatch(pattern, spelling) for spelling in spellings)


def load_legacy(folder: Path) -> Legacy:
    """Read the table of a description; raises SpecError where it has none or it cannot be used."""
    return read_legacy(Documents(folder).read(FILE))


def read_legacy(tree: Any) -> Legacy:
    """Build the table from the tree of legacy.yaml; raises SpecError naming the row."""
    if not isinstance(tree, dict):
        found = type(tree).__name__
        raise SpecError(f"{FILE}: expected a mapping with `versions` and `routes`, found {found}")
    versions = {str(name): _version(str(name), row) for name, row in mapping_at(tree, "versions").items()}
    values = read_values(tree)
    sets = read_sets(tree, values)
    routes = []
    for name, rows in mapping_at(tree, "routes").items():
        if name not in versions:
            raise fault(f"routes/{name}", f"not a version; known: {', '.join(versions)}")
        routes += [_route(str(name), row, values, sets) for row in _rows(rows, f"routes/{name}")]
    strays = tuple(
        _stray(row, str(kind), "near")
        for kind, rows in mapping_at(tree, "undocumented").items()
        for row in _rows(rows, f"undocumented/{kind}")
    )
    never = _rows(tree.get("never_existed"), "never_existed")
    wrong = tuple(_stray(row, "never-existed", "now") for row in never)
    return Legacy(versions, tuple(routes), wrong, strays)


def _rows(rows: Any, where: str) -> list[Any]:
    if rows is not None and not isinstance(rows, list):
        raise fault(where, f"expected a list, found {type(rows).__name__}")
    return rows or []


def _version(name: str, given: Any) -> Version:
    keys = frozenset({"url", "also", "prefix", "header", "query", "current", "documented", "about"})
    row = check_keys(given, f"versions/{name}", keys)
    prefix = str(row.get("prefix", ""))
    url = row.get("url")
    also = tuple(str(one).rstrip("/") for one in _rows(row.get("also"), f"versions/{name}: also"))
    return Version(
        name, str(url).rstrip("/") if url else None, prefix.rstrip("/"), row.get("header"), row.get("query"),
        bool(row.get("current", False)), str(row.get("about", "")), also, bool(row.get("documented", True)),
    )  # fmt: skip


def _path(row: Mapping[str, Any], where: str) -> str:
    path = row.get("path")
    if not isinstance(path, str) or not path.startswith("/"):
        raise fault(where, f"expected a `path` that starts with /, found {path!r}")
    return path


def _target(row: Mapping[str, Any], key: str) -> str | None:
    return None if row.get(key) is None else str(row[key])


def _route(version: str, given: Any, values: Mapping[str, ValueChange], sets: Mapping[str, Changes]) -> Route:
    row = check_keys(given, f"routes/{version}", ROUTE_KEYS)
    path = _path(row, f"routes/{version}")
    where = f"routes/{version}{path}"
    confidence = row.get("confidence")
    if confidence not in CONFIDENCES:
        raise fault(where, f"confidence {confidence!r}; expected one of {', '.join(CONFIDENCES)}")
    also = row.get("also") or []
    if not isinstance(also, list):
        raise fault(where, f"also: expected a list of paths, found {type(also).__name__}")
    symbol = row.get("symbol")
    if symbol is not None and symbol not in SYMBOLS:
        raise fault(where, f"symbol {symbol!r}; expected one of {', '.join(SYMBOLS)}")
    changes = read_changes(row, where, values, sets)
    return Route(
        version, path, _target(row, "now"), tuple(map(str, also)), confidence, str(row.get("note", "")),
        changes.params, changes.added, changes.fields, symbol,
    )  # fmt: skip


def _stray(given: Any, kind: str, key: str) -> Stray:
    row = check_keys(given, kind, frozenset({"path", key, "note"}))
    return Stray(_path(row, kind), _target(row, key), kind, str(row.get("note", "")))
