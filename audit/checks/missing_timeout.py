"""missing-timeout: a request to the API that may wait for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.checks.reliance import Reliance
from audit.checks.rule import Rule
from audit.model import Finding, Severity
from audit.scan.facts import Argument, Call, Mapping, Name, Other, Span, Text, Value, walk
from audit.scan.source import Source
from audit.scan.strings import flat

RULE = Rule(
    id="missing-timeout",
    severity=Severity.WARNING,
    summary="A request is sent without a time-out, by a library that has none of its own.",
    why="One connection that hangs stops the whole program, and nothing says so.",
    example="requests.get(url, headers=headers)",
    remedy="Give the request a time-out of some seconds.",
)

_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request", "Get", "Post"})
_SESSIONS = {("requests", "Session"): "requests", ("requests", "session"): "requests",
             ("httpx", "Client"): "httpx", ("httpx", "AsyncClient"): "httpx",
             ("aiohttp", "ClientSession"): "aiohttp", ("axios", "create"): "axios",
             ("new", "GuzzleHttp", "Client"): "guzzle", ("new", "Client"): "guzzle"}  # fmt: skip
_PLAIN = {
    "curl_init": "curl",
    "http.Get": "go",
    "http.Post": "go",
    "reqwest.get": "reqwest",
    "fetch": "fetch",
    "window.fetch": "fetch",
    "globalThis.fetch": "fetch",
    "axios": "axios",
}
_MODULES = frozenset({"requests", "httpx", "aiohttp", "axios"})
# How long a library waits where nobody says: for ever, or some other way than an argument tells.
_ENDLESS = frozenset({"requests", "urllib", "axios", "fetch", "curl", "go", "reqwest", "guzzle"})
_LIMITS = frozenset({"timeout", "signal", "timeoutms", "connect_timeout", "read_timeout"})


@dataclass(frozen=True)
class Send:
    """A call that sends a request to the API, and the library it sends it with."""

    call: Call
    scope: int
    library: str


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report each request of this API that nothing ends."""
    source = reliance.source
    for send in sends(source):
        if send.library in _ENDLESS and not _limited(send, source):
            soft = send.library == "fetch"
            yield reliance.finding(
                RULE,
                send.call.span,
                f"{'.'.join(send.call.callee)} is called without a time-out",
                severity=Severity.NOTE if soft else RULE.severity,
                remedy="Pass a signal that aborts after some seconds." if soft else None,
            )


def roots(source: Source) -> Iterator[tuple[int, Value]]:
    """Yield the outermost expressions of a file with their scopes."""
    facts = source.facts
    yield from facts.values
    yield from ((assign.scope, assign.value) for assign in facts.assigns)
    yield from ((back.scope, back.value) for back in facts.returns)
    yield from ((loop.scope, loop.values) for loop in facts.loops)


def calls(source: Source) -> Iterator[tuple[Call, int]]:
    """Yield every call of a file once, with the scope it stands in."""
    seen: set[tuple[int, int]] = set()
    for scope, root in roots(source):
        for value in walk(root):
            if isinstance(value, Call) and (value.span.start, value.span.end) not in seen:
                seen.add((value.span.start, value.span.end))
                yield value, value.scope or scope


def sends(source: Source) -> list[Send]:
    """Return every call that sends a request to this API."""
    used = {(use.call.span.start, use.call.span.end) for use in source.relied.uses if use.call}
    found = []
    for call, scope in calls(source):
        library = _library(call, scope, source)
        if library and ((call.span.start, call.span.end) in used or _is_ours(call, scope, source)):
            found.append(Send(call, scope, library))
    return sorted(found, key=lambda send: send.call.span.start)


def _library(call: Call, scope: int, source: Source) -> str | None:
    """Return what a call sends with; None where it sends nothing."""
    chain = call.callee
    if not chain or call.receiver is not None:
        return None
    plain = _PLAIN.get(".".join(chain)) or ("urllib" if chain[-1] == "urlopen" else None)
    if plain or chain[-1] not in _VERBS:
        return plain
    imports = {name: (one.module, there) for one in source.facts.imports for name, there in one.names.items()}
    module = imports.get(chain[0], (chain[0], "*"))[0]
    if len(chain) <= 2 and module in _MODULES:
        return module
    return next((kind for kind, _ in _makers(chain[:-1], scope, source)), None)


def _makers(holder: tuple[str, ...], scope: int, source: Source) -> Iterator[tuple[str, Call]]:
    """Yield the calls that made the session or client a name stands for, with their library."""
    if not holder:
        return
    imports = source.facts.imports
    aliases = {name: one.module for one in imports for name, there in one.names.items() if there == "*"}
    for value in source.resolver.values_of(Name(holder, source_span(source)), scope):
        if isinstance(value, Call) and value.callee:
            made = (aliases.get(value.callee[0], value.callee[0]), *value.callee[1:])
            if made in _SESSIONS:
                yield _SESSIONS[made], value


def _is_ours(call: Call, scope: int, source: Source) -> bool:
    """Whether an argument names a host of the API, or carries its key header."""
    headers = {source.atlas.key_header.lower(), *source.atlas.old_headers}
    for argument in call.arguments:
        for value in followed(argument.value, scope, source):
            keys = [pair.key or "" for pair in value.pairs] if isinstance(value, Mapping) else []
            if any(key.lower() in headers for key in keys):
                return True
        if not isinstance(argument.value, Mapping):
            for pieces in source.resolver.texts(argument.value, scope):
                if any(host in flat(pieces) for host in source.atlas.hosts):
                    return True
    return False


def followed(value: Value, scope: int, source: Source) -> Iterator[Value]:
    """Yield a value, everything inside it, and the mappings that its names stand for."""
    for inner in walk(value):
        yield inner
        if isinstance(inner, Name):
            for one in source.resolver.values_of(inner, scope):
                yield from walk(one)


def _limited(send: Send, source: Source) -> bool:
    call, scope = send.call, send.scope
    if any(_is_limit(argument, scope, source) for argument in call.arguments):
        return True
    if send.library == "urllib":
        return sum(argument.name is None for argument in call.arguments) >= 3
    if send.library == "curl":
        start, end = _around(scope, source)
        return b"CURLOPT_TIMEOUT" in source.raw[start:end]
    if send.library == "axios" and any(
        one.target[-2:] == ("defaults", "timeout") for one in source.facts.assigns
    ):
        return True
    return any(
        _is_limit(argument, scope, source)
        for _, maker in _makers(call.callee[:-1], scope, source)
        for argument in maker.arguments
    )


def _is_limit(argument: Argument, scope: int, source: Source) -> bool:
    """Whether an argument sets a time-out, or could, as something passed on unseen may."""
    value = argument.value
    if (argument.name or "").lower() in _LIMITS:
        return not _is_nothing(value, source)
    if isinstance(value, Mapping):
        # Something spread into it has no key.
        return any(pair.key is None or pair.key.lower() in _LIMITS for pair in value.pairs)
    if argument.name is None and isinstance(value, Name):
        if source.raw[max(0, value.span.start - 2) : value.span.start] == b"**":
            return True
        for one in source.resolver.values_of(value, scope):
            if isinstance(one, Mapping):
                return any((pair.key or "").lower() in _LIMITS for pair in one.pairs) or any(
                    (entry.key or "").lower() in _LIMITS for entry in source.resolver.entries_of(value, scope)
                )
        return value.last.lower() in ("options", "opts", "config", "init", "kwargs")
    return False


def _is_nothing(value: Value, source: Source) -> bool:
    """Whether a value is written as None or null: then nothing ends the request."""
    if isinstance(value, Other | Name | Text):
        return source.raw[value.span.start : value.span.end].strip() in (b"None", b"null", b"undefined")
    return False


def _around(scope: int, source: Source) -> tuple[int, int]:
    """Return where the function around a scope begins and ends; the whole file outside of functions."""
    function = source.resolver.function(scope)
    return (function.span.start, function.span.end) if function else (0, len(source.raw))


def source_span(source: Source) -> Span:
    """Return the whole file, as the place of something that stands nowhere in it."""
    return Span(0, len(source.raw))
