"""legacy-auth-header: the key travels in a header that the API no longer reads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from audit.checks.reliance import Reliance
from audit.checks.rule import Rule
from audit.model import Finding, Severity
from audit.scan.facts import Call, Mapping, Span, Text, Value, roots, walk
from audit.scan.flow import followed
from audit.scan.source import Source

RULE = Rule(
    id="legacy-auth-header",
    severity=Severity.ERROR,
    summary="The key is sent in the header of an earlier version, or as a bearer token.",
    why="The API then sees no key at all, and refuses over HTTP 200.",
    example='headers = {"secret": key}',
    remedy="Send it in the present header.",
)

_BEARER = re.compile(r"(?i)\s*authorization\s*:\s*bearer\b")


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report each earlier header name that stands as text or as a key."""
    source = reliance.source
    present = source.atlas.key_header
    for span, text in _bearers(reliance):
        yield reliance.finding(
            RULE,
            span,
            f"the key is sent as a bearer token; it belongs in the header {present}",
            legacy=text,
            replacement=present,
            certain=False,
            evidence=None,
            remedy=f"Send the key in {present}, without the word Bearer.",
        )
    for span, text in _names(source):
        yield reliance.finding(
            RULE,
            span,
            f"the header {text} is of an earlier version; the present one is {present}",
            legacy=text,
            replacement=present,
            evidence=None,
            remedy=f"Send the key in {present}.",
        )


def _bearers(reliance: Reliance) -> Iterator[tuple[Span, str]]:
    """Yield where a request to the API carries its key as a bearer token."""
    source = reliance.source
    requests = [(use.call, use.scope) for use in source.relied.uses if use.call is not None]
    requests += [(send.call, send.scope) for send in reliance.sends]
    found = {
        span: text
        for call, scope in requests
        for argument in call.arguments
        for value in followed(argument.value, scope, source)
        for span, text in _bearer(value)
    }
    found |= {span: text for holder, scope, span, text in _kept(source) if _is_ours(holder, scope, source)}
    yield from found.items()


def _kept(source: Source) -> Iterator[tuple[tuple[str, ...], int, Span, str]]:
    """Yield who keeps a bearer token among the headers of a client, in which scope, and where."""
    if b"earer" not in source.raw:
        return
    for assign in source.facts.assigns:
        names = assign.target if assign.key is None else (*assign.target, assign.key)
        holder = _before_headers(assign.target)
        if holder and names[-1].lower() == "authorization" and _is_token(assign.value):
            yield holder, assign.scope, assign.key_span or assign.span, names[-1]
    for call, scope in source.calls:
        holder = _before_headers(call.callee[:-1])
        if not holder:
            continue
        given = [argument.value for argument in call.arguments]
        match given:
            case [Text(name, span), value] if name.lower() == "authorization" and _is_token(value):
                yield holder, scope, span, name
            case [Mapping() as headers]:
                yield from ((holder, scope, span, text) for span, text in _bearer(headers))


def _before_headers(chain: tuple[str, ...]) -> tuple[str, ...]:
    """Return what has the headers: ``session`` of ``session.headers``; nothing where a chain names none."""
    at = next((at for at, link in enumerate(chain) if link.lower().endswith("headers")), 0)
    return chain[: at - 1] if at > 1 and chain[at - 1] == "defaults" else chain[:at]


def _is_ours(holder: tuple[str, ...], scope: int, source: Source) -> bool:
    """Whether a client asks the API: a request to it is sent with that, or it is made for a host of it."""
    size = len(holder)
    sent = [(use.call.callee[:size], use.scope) for use in source.relied.uses if use.call is not None]
    if any(chain == holder and _see_each_other(scope, other, source) for chain, other in sent):
        return True
    hosts = [name for name, host in source.atlas.hosts.items() if not host.websocket]
    return any(
        isinstance(value, Text) and any(host in value.value.lower() for host in hosts)
        for assign in source.facts.assigns
        if assign.target[:size] == holder and _see_each_other(scope, assign.scope, source)
        for value in followed(assign.value, assign.scope, source)
    )


def _see_each_other(one: int, other: int, source: Source) -> bool:
    """Whether a name may be the same in two scopes: one is within the other, or both are of one class."""
    scopes, functions = source.resolver.scopes, (source.resolver.function(at) for at in (one, other))
    owners = {function.owner if function else None for function in functions}
    return one in scopes(other) or other in scopes(one) or (len(owners) == 1 and None not in owners)


def _bearer(value: Value) -> Iterator[tuple[Span, str]]:
    """Yield the header in a mapping of headers, or in a line that holds one."""
    if isinstance(value, Text) and _BEARER.match(value.value):
        yield value.span, value.value.split(":")[0]
    elif isinstance(value, Mapping):
        for pair in value.pairs:
            named = (pair.key or "").lower() == "authorization"
            if named and pair.key_span is not None and _is_token(pair.value):
                yield pair.key_span, pair.key or ""


def _is_token(value: Value) -> bool:
    """Whether a header's value is put together as a bearer token."""
    texts = [inner.value.lower() for inner in walk(value) if isinstance(inner, Text)]
    return any(text.startswith("bearer") for text in texts)


def _names(source: Source) -> Iterator[tuple[Span, str]]:
    """Yield each earlier header: a key of a mapping, of an entry put into one, or the start of a text."""
    old = source.atlas.old_headers
    low = source.raw.lower()
    if not any(name.encode() in low for name in old):
        return
    found = {a.key_span: a.key for a in source.facts.assigns if a.key and a.key_span and a.key.lower() in old}
    for _, root in roots(source.facts):
        for value in walk(root):
            if isinstance(value, Mapping):
                keys = [(pair.key_span, pair.key) for pair in value.pairs if pair.key and pair.key_span]
            elif isinstance(value, Call):
                keys = [(one.name_span, one.name) for one in value.arguments if one.name and one.name_span]
            else:
                keys = [(value.span, value.value.split(":")[0].strip())] if isinstance(value, Text) else []
            found |= {span: key for span, key in keys if key.lower() in old}
    yield from found.items()
