"""missing-timeout: a request to the API that may wait for ever."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.reliance import Reliance
from audit.checks.rule import Rule
from audit.model import Finding, Severity
from audit.scan.facts import Argument, Call, Mapping, Name, Other, Span, Text, Value
from audit.scan.sends import Send, makers
from audit.scan.source import Source

RULE = Rule(
    id="missing-timeout",
    severity=Severity.WARNING,
    summary="A request is sent without a time-out, by a library that has none of its own.",
    why="One connection that hangs stops the whole program, and nothing says so.",
    example="requests.get(url, headers=headers)",
    remedy="Give the request a time-out of some seconds.",
)

# How long a library waits where nobody says: for ever, or some other way than an argument tells.
_ENDLESS = frozenset(
    {"requests", "urllib", "axios", "fetch", "curl", "go", "reqwest", "guzzle", "got", "http.client", "java",
     "http.dart"}
)  # fmt: skip
_LIMITS = frozenset({"timeout", "signal", "timeoutms", "connect_timeout", "read_timeout"})
# Other ways to set a limit, anywhere in the file: where one of them stands, nothing is certain.
_ELSEWHERE = {
    "go": (b"imeout", b"WithDeadline"), "java": (b"imeout",), "reqwest": (b"imeout",), "got": (b"imeout",),
    "requests": (b"setdefaulttimeout", b".mount(", b"partial("), "http.client": (b"setdefaulttimeout",),
    "urllib": (b"setdefaulttimeout",), "axios": (b"defaults.timeout",), "http.dart": (b"imeout",),
}  # fmt: skip


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report each request of this API that nothing ends."""
    source = reliance.source
    told: set[Span] = set()
    for send in reliance.sends:
        call = send.client or send.call
        if call.span not in told and _is_endless(send, source):
            told.add(call.span)
            soft = send.library == "fetch"
            yield reliance.finding(
                RULE,
                call.span,
                f"{'.'.join(call.callee)} is called without a time-out",
                severity=Severity.NOTE if soft else RULE.severity,
                remedy="Pass a signal that aborts after some seconds." if soft else None,
            )


def _is_endless(send: Send, source: Source) -> bool:
    """Whether a request certainly has no limit: the call speaks first, then what it is sent with."""
    call, scope = send.call, send.scope
    if any(word in source.raw for word in _ELSEWHERE.get(send.library, ())):
        return False
    if send.library == "urllib" and sum(argument.name is None for argument in call.arguments) >= 3:
        return False
    if send.library == "curl":
        function = source.resolver.function(scope)
        inside = source.raw[function.span.start : function.span.end] if function else source.raw
        return b"CURLOPT_TIMEOUT" not in inside
    made = [maker for _, maker in makers(call, scope, source) if isinstance(maker, Call)]
    for one in (call, *made):
        told = [_limits(argument, scope, source) for argument in one.arguments]
        if True in told:
            return False
        if False in told:
            return send.library != "aiohttp"  # there it means the limit of the session
    return send.library in _ENDLESS


def _limits(argument: Argument, scope: int, source: Source) -> bool | None:
    """Whether an argument sets a time-out, or could, as something passed on unseen may; False for none."""
    value = argument.value
    if (argument.name or "").lower() in _LIMITS:
        return not _is_nothing(value, source)
    if isinstance(value, Mapping):
        # Something spread into it has no key.
        return any(pair.key is None or pair.key.lower() in _LIMITS for pair in value.pairs) or None
    if argument.name is None and isinstance(value, Name):
        if source.raw[max(0, value.span.start - 2) : value.span.start] == b"**":
            return True
        held = [one for one in source.resolver.values_of(value, scope) if isinstance(one, Mapping)]
        if held:
            keys = [pair.key for one in held for pair in one.pairs]
            keys += [entry.key for entry in source.resolver.entries_of(value, scope)]
            return any((key or "").lower() in _LIMITS for key in keys) or None
        return value.last.lower() in ("options", "opts", "config", "init", "kwargs") or None
    return None


def _is_nothing(value: Value, source: Source) -> bool:
    """Whether a value is written as None or null: then nothing ends the request."""
    if isinstance(value, Other | Name | Text):
        return source.raw[value.span.start : value.span.end].strip() in (b"None", b"null", b"undefined")
    return False
