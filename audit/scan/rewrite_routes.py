"""Decides what one use of an earlier route is to become: its path, its parameters and their spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from audit.scan.atlas import Atlas
from audit.scan.rewrite_job import PAIR, Job, Pairs, sent_as
from audit.scan.uses import Use
from audit.spec.legacy import Route
from audit.spec.operations import Operation

_COIN = re.compile(r"[A-Z0-9]{1,12}")
SURE = ("documented", "same-resource")


class Deciding:
    """Says what one use is to become, from the table of earlier routes."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._operations = {operation.path: operation for operation in atlas.spec.operations.values()}
        self._pairs = Pairs(atlas.spec.operations.values())
        self._prefix = atlas.spec.provider.path_prefix.rstrip("/")

    def current(self, use: Use, operation: Operation) -> Job:
        """Return the job of a use whose path is today's; the table may still know what it lacks."""
        routes = _replaced_by(operation.path, use)
        today = {parameter.name for parameter in operation.parameters}
        params = {
            old: change
            for route in routes
            for old, change in route.params.items()
            if old not in today and change.to in today
        }
        return Job(use, operation, None, use.path, params, _added(routes))

    def decided(
        self, use: Use, operation: Operation | None, route: Route, at_home: bool
    ) -> tuple[Job | None, str]:
        """Return the job of a use of an earlier route, or None and why there is none.

        ``at_home`` says that it is asked of a host of the API.
        """
        version = self._atlas.legacy.versions.get(route.version)
        why = ""
        if not use.certain:
            why = "part of the path is only known when the program runs"
        elif version is not None and version.url is None and not at_home:
            why = f"it is no path of the API's own: {version.about}"
        if why:
            return None, why
        sibling = self._coin_level(use, operation, route) if operation is not None else None
        params, added = dict(route.params), _added([*_replaced_by(route.current, use), route])
        if sibling is not None:
            operation, other = sibling
            params, added = {**params, **other.params}, {}
        elif operation is None:
            return None, "nothing replaces it" + (f"; {route.note}" if route.note else "")
        elif route.confidence not in SURE:
            return None, f"{operation.path} comes close only" + (f": {route.note}" if route.note else "")
        filled = self._filled(use.path, route.path)
        spelled = self._spelled(use.path, filled[0], operation.path) if filled is not None else None
        if filled is None or spelled is None:
            return None, "the path is written with only a part of its prefix, or with more behind it"
        path, bare = spelled
        return self._moved(Job(use, operation, route, path, params, added, bare), filled[1])

    def _filled(self, written: str, known: str) -> tuple[str, dict[str, str]] | None:
        """Return a known path as it is written, and what stands there for each of its ``{parts}``."""
        if "{" not in known:
            return known, {}
        plain = known.replace("{...}", "")
        names = re.findall(r"\{\w+\}", plain)
        pattern = re.sub(r"\\\{\w+\\\}", "([A-Za-z0-9_-]+)", re.escape(plain))
        for prefix in ("", *self._atlas.prefixes):
            match = re.fullmatch(pattern, prefix + "/" + written.strip("/"))
            if match:
                return match[0], dict(zip(names, match.groups(), strict=True))
            if prefix and (match := re.fullmatch(re.escape(prefix) + pattern, "/" + written.strip("/"))):
                return match[0], dict(zip(names, match.groups(), strict=True))
        return None

    def _moved(self, job: Job, parts: dict[str, str]) -> tuple[Job | None, str]:
        """Return the job with what stood in its path among its parameters."""
        moved = {}
        for part, text in parts.items():
            change = job.params.get(part)
            wanted = next((p for p in job.operation.parameters if change and p.name == change.to), None)
            new = self._pairs.converted(job, wanted, change, text) if change and wanted else None
            if wanted is None or new is None:
                return None, f"what becomes of {text!r} in the path cannot be told from it"
            moved[wanted.name] = new
        return replace(job, moved=moved), ""

    def _coin_level(self, use: Use, operation: Operation, route: Route) -> tuple[Operation, Route] | None:
        """Return the operation for a coin where the call asks a pair operation for one.

        An earlier route may live on as two: one by exchange and pair, one over all exchanges. A call
        that names no exchange is refused by the first, and is answered as it stands by the second.
        Only an operation that the table names for this path, and that takes exactly what is given, is
        chosen.
        """
        exchange = operation.parameter("exchange")
        given = use.parameters
        if exchange is None or not exchange.required or given.open or not given.known:
            return None
        if any(sent_as(route.params, param.name) == exchange.name for param in given.given):
            return None
        routes = [route, *(r for known in use.known for r in known.routes if r is not route)]
        for one in routes:
            for path in (one.current, *one.alternatives):
                candidate = self._operations.get(path or "")
                if candidate is not None and candidate is not operation and _fits(candidate, one, route, use):
                    return candidate, one
        return None

    def _spelled(self, written: str, old: str, new: str) -> tuple[str, bool] | None:
        """Return the new path in the manner of the old one, and whether it goes without its prefix."""
        body = written.strip("/")
        if ("/" + body).lower() == old.lower():
            bare = False
        elif any((prefix + "/" + body).lower() == old.lower() for prefix in self._atlas.prefixes):
            bare = True
            if not new.startswith(self._prefix + "/"):
                return None
            new = new[len(self._prefix) :]
        else:
            return None
        lead = "/" if written.startswith("/") else ""
        trail = "/" if written.endswith("/") else ""
        return lead + new.strip("/") + trail, bare


def _replaced_by(path: str | None, use: Use) -> list[Route]:
    """Return the earlier routes of a use's path that one operation replaces."""
    return [route for known in use.known for route in known.routes if path and route.current == path]


def _added(routes: list[Route]) -> dict[str, str | None]:
    """Return what these routes may lack, with a value to begin with where one of them names it."""
    added: dict[str, str | None] = {}
    for route in routes:
        added |= {name: value for name, value in route.added.items() if value or name not in added}
    return added


def _fits(candidate: Operation, other: Route, route: Route, use: Use) -> bool:
    """Whether an operation for a coin takes what is given, and all that it requires is given."""
    symbol = candidate.parameter("coin")
    if symbol is None or candidate.parameter("pair") is not None:
        return False
    sent = {sent_as({**route.params, **other.params}, param.name): param for param in use.parameters.given}
    coin = sent.get(symbol.name)
    change = route.params.get(coin.name) if coin is not None else None
    if change is not None and change.value is not None:
        return False  # it was no coin
    if (
        coin is not None
        and coin.value is not None
        and (PAIR.fullmatch(coin.value) or not _COIN.fullmatch(coin.value))
    ):
        return False
    required = {parameter.name for parameter in candidate.parameters if parameter.required}
    return required <= set(sent) <= {parameter.name for parameter in candidate.parameters}


def differing(old: str, new: str, prefixes: list[str], today: str) -> Iterator[tuple[int, str]]:
    """Yield where the part of a path that differs may begin, and what it becomes."""
    for prefix in prefixes:
        if old.lower().startswith(prefix + "/") and new.startswith(today + "/"):
            yield len(prefix), new[len(today) :]
            break
    for match in reversed(list(re.finditer("/", old))):
        if new.startswith(old[: match.end()]):
            yield match.start(), new[match.start() :]
            yield match.end(), new[match.end() :]
