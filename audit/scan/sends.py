"""Which calls send a request to the API, and with which library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.scan.facts import Argument, Call, Choice, Mapping, Name, Sequence, Span, Value
from audit.scan.flow import followed
from audit.scan.pieces import flat
from audit.scan.source import Source

_VERBS = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "request", "Get", "Post", "Head", "Do",
     "send", "sendAsync", "openConnection"}
)  # fmt: skip
_MAKERS = {
    "requests.Session": "requests", "requests.session": "requests", "httpx.Client": "httpx",
    "httpx.AsyncClient": "httpx", "aiohttp.ClientSession": "aiohttp", "axios.create": "axios",
    "new.GuzzleHttp.Client": "guzzle", "new.Client": "guzzle", "http.client.HTTPSConnection": "http.client",
    "reqwest.Client.new": "reqwest", "Client.new": "reqwest", "reqwest.blocking.Client.new": "reqwest",
    "HttpClient.newHttpClient": "java", "new.URL": "java", "http.Client": "http.dart",
}  # fmt: skip
_PLAIN = {
    "curl_init": "curl", "http.Get": "go", "http.Post": "go", "http.Head": "go",
    "http.DefaultClient.Do": "go",
    "reqwest.get": "reqwest", "reqwest.blocking.get": "reqwest", "fetch": "fetch", "window.fetch": "fetch",
    "globalThis.fetch": "fetch", "axios": "axios", "got": "got", "got.get": "got",
    "UrlFetchApp.fetch": "apps script", "http.get": "http.dart", "http.post": "http.dart",
}  # fmt: skip
_MODULES = frozenset({"requests", "httpx", "aiohttp", "axios"})
# Languages that these names mean something in.
_SPOKEN = {
    "go": ("go",),
    "java": ("java", "kotlin"),
    "reqwest": ("rust",),
    "guzzle": ("php",),
    "curl": ("php",),
    "http.dart": ("dart",),
}


@dataclass(frozen=True)
class Send:
    """A call that sends a request to the API, and the library it sends it with.

    ``client`` is what made the client, where that alone tells whom the call asks.
    """

    call: Call
    scope: int
    library: str
    client: Call | None = None


def sends(source: Source) -> list[Send]:
    """Return every call that sends a request to this API."""
    used = {use.call.span for use in source.relied.uses if use.call}
    asking = {use.scope for use in source.relied.uses}
    handed = {use.call.callee[-1] for use in source.relied.uses if use.call and use.call.callee}
    found = []
    for call, scope in source.calls:
        library = _library(call, scope, source)
        if library is None:
            continue
        ours = scope in asking if library == "curl" else call.span in used
        if ours or _is_ours(call, scope, source, used) or _hands_on(call, scope, source, handed):
            found.append(Send(call, scope, library))
            continue
        made = [one for _, one in makers(call, scope, source) if isinstance(one, Call)]
        client = next((one for one in made if _is_ours(one, scope, source, used)), None)
        if client is not None:
            found.append(Send(call, scope, library, client))
    return sorted(found, key=lambda send: send.call.span.start)


def makers(call: Call, scope: int, source: Source) -> Iterator[tuple[str, Value]]:
    """Yield what made the session or client that a call is sent with, and its library."""
    holder = call.callee[:-1]
    made = [call.receiver] if call.receiver is not None else []
    if holder and call.receiver is None:
        made += source.resolver.values_of(Name(holder, call.span), scope)
    aliases = {
        name: one.module for one in source.facts.imports for name, there in one.names.items() if there == "*"
    }
    for value in [one for each in made for one in (each.options if isinstance(each, Choice) else (each,))]:
        if isinstance(value, Call) and value.callee:
            first = aliases.get(value.callee[0], "")
            library = _MAKERS.get(".".join(value.callee)) or _MAKERS.get(".".join((first, *value.callee[1:])))
            if library:
                yield library, value
        elif _is_struct(value, b"http.Client", source):
            yield "go", value


def _library(call: Call, scope: int, source: Source) -> str | None:
    """Return what a call sends with; None where it sends nothing, or means something in another language."""
    chain = call.callee
    if not chain:
        return None
    plain = _PLAIN.get(".".join(chain)) or ("urllib" if chain[-1] == "urlopen" else None)
    if plain is not None and not _speaks(source, plain):
        plain = None
    if plain is None and chain[-1] in _VERBS:
        imports = {name: one.module for one in source.facts.imports for name in one.names}
        module = imports.get(chain[0], chain[0])
        if call.receiver is None and len(chain) <= 2 and module in _MODULES:
            plain = module
        else:
            plain = next((library for library, _ in makers(call, scope, source)), None)
    return plain if plain is not None and _speaks(source, plain) else None


def _speaks(source: Source, library: str) -> bool:
    """Whether a file is in a language that has a library of that name."""
    spoken = _SPOKEN.get(library)
    return spoken is None or source.facts.language in (*spoken, "markdown")


def _hands_on(call: Call, scope: int, source: Source, handed: set[str]) -> bool:
    """Whether a call sends what its function was given, and that function is given a path of the API."""
    function = source.resolver.function(scope)
    if function is None or function.name not in handed:
        return False
    names = {parameter.name for parameter in function.parameters}
    return any(isinstance(one.value, Name) and one.value.path[0] in names for one in call.arguments)


def _is_struct(value: Value, name: bytes, source: Source) -> bool:
    """Whether braces belong to a struct of that name: what stands before them is not part of the value."""
    before = source.raw[max(0, value.span.start - len(name) - 1) : value.span.start]
    return isinstance(value, Mapping | Sequence) and before.rstrip().endswith(name)


def _is_ours(call: Call, scope: int, source: Source, used: set[Span]) -> bool:
    """Whether an argument names a host of the API, carries its key header, or is a request made for it."""
    headers = {source.atlas.key_header.lower(), *source.atlas.old_headers}
    given = [*call.arguments, *([Argument(call.receiver)] if call.receiver is not None else [])]
    for argument in given:
        for value in followed(argument.value, scope, source):
            keys = [pair.key or "" for pair in value.pairs] if isinstance(value, Mapping) else []
            if any(key.lower() in headers for key in keys):
                return True
            if isinstance(value, Call) and value.span in used:
                return True
        if not isinstance(argument.value, Mapping):
            for pieces in source.resolver.texts(argument.value, scope):
                if any(host in flat(pieces) for host in source.atlas.hosts):
                    return True
    return False
