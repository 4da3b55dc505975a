"""Decides what one use of an earlier route is to become: its path, its parameters and their spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from audit.scan.atlas import Atlas
from audit.scan.uses import Use
from audit.spec.legacy import Route
from audit.spec.legacy_params import ParamChange
from audit.spec.operations import Operation

PAIR = re.compile(r"[A-Z0-9]{2,}(USDT|USDC|USD|BUSD|FDUSD)(_[A-Z]+)?|[A-Z0-9]+[-_/][A-Z0-9_-]+")
_COIN = re.compile(r"[A-Z0-9]{1,12}")
SURE = ("documented", "same-resource")


@dataclass(frozen=True)
class Job:
    """One use and what it is to become; ``route`` is None where its path is today's already."""

    use: Use
    operation: Operation
    route: Route | None
    path: str
    params: dict[str, ParamChange]
    added: dict[str, str | None]
    bare: bool = False


class Deciding:
    """Says what one use is to become, from the table of earlier routes."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._operations = {operation.path: operation for operation in atlas.spec.operations.values()}
        self._prefix = atlas.spec.provider.path_prefix.rstrip("/")

    def current(self, use: Use, operation: Operation) -> Job:
        """Return the job of a use whose path is today's; the table may still know what it lacks."""
        routes = [route for known in use.known for route in known.routes if route.current == operation.path]
        added = {name: value for route in routes for name, value in route.added.items()}
        return Job(use, operation, None, use.path, {}, added)

    def decided(self, use: Use, operation: Operation | None, route: Route) -> tuple[Job | None, str]:
        """Return the job of a use of an earlier route, or None and why there is none."""
        version = self._atlas.legacy.versions.get(route.version)
        why = ""
        if not use.certain:
            why = "part of the path is only known when the program runs"
        elif version is not None and version.url is None:
            why = f"it is no path of the API's own: {version.about}"
        elif "{" in route.path:
            why = "a part of the path becomes a parameter"
        if why:
            return None, why
        sibling = self._coin_level(use, operation, route) if operation is not None else None
        params, added = dict(route.params), dict(route.added)
        if sibling is not None:
            operation, other = sibling
            params, added = {**params, **other.params}, {}
        elif operation is None:
            return None, "nothing replaces it" + (f"; {route.note}" if route.note else "")
        elif route.confidence not in SURE:
            return None, f"{operation.path} comes close only" + (f": {route.note}" if route.note else "")
        spelled = self._spelled(use.path, route.path, operation.path)
        if spelled is None:
            return None, "the path is written with only a part of its prefix"
        path, bare = spelled
        return Job(use, operation, route, path, params, added, bare), ""

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


def sent_as(params: Mapping[str, ParamChange], name: str) -> str:
    """Return the present name of a parameter, empty where it is not sent any more."""
    change = params.get(name)
    return change.to or "" if change is not None else name


def _fits(candidate: Operation, other: Route, route: Route, use: Use) -> bool:
    """Whether an operation for a coin takes what is given, and all that it requires is given."""
    symbol = candidate.parameter("coin")
    if symbol is None or candidate.parameter("pair") is not None:
        return False
    sent = {sent_as({**route.params, **other.params}, param.name): param for param in use.parameters.given}
    coin = sent.get(symbol.name)
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
