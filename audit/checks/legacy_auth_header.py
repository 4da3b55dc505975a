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
    seen: set[int] = set()
    for call, scope in requests:
        for argument in call.arguments:
            for value in followed(argument.value, scope, source):
                for span, text in _bearer(value):
                    if span.start not in seen:
                        seen.add(span.start)
                        yield span, text


def _bearer(value: Value) -> Iterator[tuple[Span, str]]:
    """Yield the header in a mapping of headers, or in a line that holds one."""
    if isinstance(value, Text) and _BEARER.match(value.value):
        yield value.span, value.value.split(":")[0]
    elif isinstance(value, Mapping):
        for pair in value.pairs:
            if (pair.key or "").lower() == "authorization" and pair.key_span is not None:
                texts = [inner.value.lower() for inner in walk(pair.value) if isinstance(inner, Text)]
                if any(text.startswith("bearer") for text in texts):
                    yield pair.key_span, pair.key or ""


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
