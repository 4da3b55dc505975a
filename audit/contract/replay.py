"""The cassettes of one plan as a library: finds the answer to a request, or says why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from audit import NAME
from audit.contract.cassette import Asked, Cassette, Interaction, file_name, load
from audit.contract.sealed import SUFFIX, Origin
from audit.contract.stream_file import FILE, Stream, load_stream
from audit.errors import CassetteError
from audit.spec.catalog import Spec
from audit.spec.operations import Operation


@dataclass(frozen=True)
class Miss:
    """Why a request has no recorded answer.

    ``nearest`` is the recorded request that is most like it, ``differences`` what of it differs;
    ``played`` says that its answer was given already and answers are given once.
    """

    request: Asked
    nearest: Asked | None
    differences: tuple[str, ...]
    played: bool = False

    def __str__(self) -> str:
        asked = f"no recorded answer to {spelled(self.request)}"
        if self.played:
            return f"{asked}: it was played already; ask once, or allow repeats"
        if self.nearest is None:
            return f"{asked}: {'; '.join(self.differences)}"
        return f"{asked}; nearest is {spelled(self.nearest)}: {'; '.join(self.differences)}"


class Library:
    """The recorded answers of one plan; a file is read when an operation of its group is first asked for.

    A request is matched by method, path and parameters in any order. Where that very request was not
    recorded, an optional parameter that is left out is the same as its documented default (its example
    where there is none), and moments match any recorded moment: whoever computes them from the clock
    cannot repeat them.
    """

    def __init__(self, folder: Path, plan: str, spec: Spec, *, repeats: bool = True) -> None:
        """Open ``folder/plan``; ``repeats`` says that an answer may be given more than once.

        Raises CassetteError where the folder holds no cassettes of the plan.
        """
        self.folder = folder / plan
        self.plan = plan
        self.spec = spec
        self._repeats = repeats
        self._files = {path.name: path for path in sorted(self.folder.glob(f"*{SUFFIX}"))}
        self._stream = self._files.pop(FILE, None)
        if not (self._files or self._stream):
            raise CassetteError(nothing_recorded(folder, plan))
        self._cassettes: dict[str, Cassette] = {}
        self._by_path: dict[tuple[str, str], list[Interaction]] = {}
        self._groups = {operation.path: operation.group for operation in spec.operations.values()}
        self._moments = {
            operation.path: frozenset(row.name for row in operation.parameters if row.time)
            for operation in spec.operations.values()
        }
        self._left_out = {
            operation.path: {
                row.name: row.left_out for row in operation.parameters if row.left_out is not None
            }
            for operation in spec.operations.values()
        }
        self._played: set[int] = set()
        self.misses: list[Miss] = []

    @property
    def origin(self) -> Origin:
        """Where the first of the cassettes comes from, or the channels where nothing else is recorded."""
        if self.stream is not None and not self._files:
            return self.stream.about
        return self._load(next(iter(self._files))).about

    @cached_property
    def stream(self) -> Stream | None:
        """What is recorded of channels, None where nothing is; raises CassetteError."""
        return load_stream(self._stream) if self._stream else None

    def cassettes(self) -> Iterator[Cassette]:
        """Yield every cassette of answers, by file name."""
        for name in self._files:
            yield self._load(name)

    def interactions(self, operation: Operation) -> tuple[Interaction, ...]:
        """Return what is recorded of an operation, its ordinary request first."""
        name = file_name(operation.group)
        rows = self._load(name).interactions if name in self._files else ()
        return tuple(row for row in rows if row.operation == operation.id)

    def origin_of(self, operation: Operation) -> Origin | None:
        """Return where an operation's answers come from, or None where its group is not recorded."""
        name = file_name(operation.group)
        return self._load(name).about if name in self._files else None

    def find(
        self, method: str, path: str, params: Mapping[str, str], host: str | None = None
    ) -> Interaction | Miss:
        """Return the recorded answer to a request, and count it as played; else why there is none.

        ``host`` is where the request was going; None where that does not matter.
        """
        request = Asked(method=method.upper(), path=path, params=dict(params))
        found = self._match(request)
        hosts = self._hosts() if host is not None else ()
        if found is not None and (host is None or host in hosts):
            if self._repeats or id(found) not in self._played:
                self._played.add(id(found))
                return found
            return self._missed(Miss(request, found.request, (), played=True))
        if host is not None and host not in hosts:
            known = " or ".join(sorted(hosts))
            nearest = found.request if found else None
            return self._missed(Miss(request, nearest, (f"host is {host}, recorded for {known}",)))
        return self._missed(self._explain(request))

    def unused(self) -> tuple[Interaction, ...]:
        """Return what was read but never played, in the order of the files."""
        return tuple(
            row
            for cassette in self.cassettes()
            for row in cassette.interactions
            if id(row) not in self._played
        )

    def _load(self, name: str) -> Cassette:
        if name not in self._cassettes:
            cassette = load(self._files[name])
            if name != file_name(cassette.about.group):
                raise CassetteError(
                    f"{self._files[name]}: holds the group {cassette.about.group}; "
                    f"name it {file_name(cassette.about.group)}"
                )
            self._cassettes[name] = cassette
            for row in cassette.interactions:
                self._by_path.setdefault((row.request.method, row.request.path), []).append(row)
        return self._cassettes[name]

    def _match(self, request: Asked) -> Interaction | None:
        group = self._groups.get(request.path)
        name = file_name(group) if group else None
        if name in self._files:
            self._load(name)
        else:
            # Recorded by another description, perhaps.
            list(self.cassettes())
        rows = self._by_path.get((request.method, request.path), [])
        for alike in (_as_sent, self._filled, self._timeless, lambda row: self._timeless(row, filled=True)):
            asked = alike(request)
            found = next((row for row in rows if alike(row.request) == asked), None)
            if found is not None:
                return found
        return None

    def _filled(self, request: Asked) -> Mapping[str, str]:
        """The parameters, and what those that are left out stand for."""
        return {**self._left_out.get(request.path, {}), **request.params}

    def _timeless(self, request: Asked, *, filled: bool = False) -> Mapping[str, str]:
        moments = self._moments.get(request.path, frozenset())
        params = self._filled(request) if filled else request.params
        return {name: "" if name in moments else value for name, value in params.items()}

    def _hosts(self) -> set[str]:
        """The host that the description names, and the one that was recorded where it was a server."""
        urls = (self.spec.provider.base_url, self.origin.target.base_url or "")
        return {host for host in (urlsplit(url).hostname for url in urls) if host}

    def _missed(self, miss: Miss) -> Miss:
        self.misses.append(miss)
        return miss

    def _explain(self, request: Asked) -> Miss:
        recorded = [row.request for cassette in self.cassettes() for row in cassette.interactions]
        same = [row for row in recorded if row.path == request.path]
        if not same:
            near = get_close_matches(request.path, {row.path for row in recorded}, n=1, cutoff=0.6)
            same = [row for row in recorded if row.path in near]
        if not same:
            return Miss(request, None, (f"nothing like this path is recorded in {self.folder}",))
        left_out = self._left_out.get(request.path, {})
        nearest = min(same, key=lambda row: len(_differences(request, row, left_out)))
        return Miss(request, nearest, tuple(_differences(request, nearest, left_out)))


def spelled(request: Asked) -> str:
    """A request as one line: method, path and query."""
    query = "&".join(f"{name}={value}" for name, value in request.params.items())
    return f"{request.method} {request.path}" + (f"?{query}" if query else "")


def _as_sent(request: Asked) -> Mapping[str, str]:
    return request.params


def _differences(asked: Asked, recorded: Asked, left_out: Mapping[str, str]) -> list[str]:
    """Say what differs; ``left_out`` is what a parameter that is left out stands for."""
    if asked.path != recorded.path:
        return [f"path is {asked.path}, recorded {recorded.path}"]
    found = (
        [] if asked.method == recorded.method else [f"method is {asked.method}, recorded {recorded.method}"]
    )
    for name in sorted(asked.params.keys() | recorded.params.keys()):
        mine, theirs = asked.params.get(name), recorded.params.get(name)
        if None in (mine, theirs) and left_out.get(name) == (theirs or mine):
            continue
        if theirs is None:
            found.append(f"parameter {name} is not recorded")
        elif mine is None:
            found.append(f"parameter {name} is left out, recorded {theirs}")
        elif mine != theirs:
            found.append(f"parameter {name} is {mine or 'empty'}, recorded {theirs or 'empty'}")
    return found


def plans_in(folder: Path) -> list[str]:
    """Return the plans that a folder holds cassettes of, by name."""
    if not folder.is_dir():
        return []
    return sorted(
        path.name for path in folder.iterdir() if path.name[0] != "." and any(path.glob(f"*{SUFFIX}"))
    )


def nothing_recorded(folder: Path, plan: str | None = None) -> str:
    """Say that a folder holds no cassettes, of a plan or at all, and how to record them."""
    there = plans_in(folder) if plan else []
    known = f" (there: {', '.join(there)})" if there else ""
    place, wanted = (folder / plan, f" --plan {plan}") if plan else (folder, "")
    return f"{place}: no cassettes{known}; `{NAME} record{wanted} --out {folder}` records them"
