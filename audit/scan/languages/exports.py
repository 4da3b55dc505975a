"""What exports of programs keep in JSON that is not JSON: code in strings, URLs in parts."""

from __future__ import annotations

import re
from dataclasses import replace

from audit.scan import languages
from audit.scan.facts import Facts, Joined, Mapping, Other, Pair, Sequence, Span, Text, Value
from audit.scan.languages.embed import Place, absorb, decoded
from audit.scan.languages.markdown import guess

# Keys that hold code, and its language where the key says it.
_CODE = {
    "jscode": "javascript", "functioncode": "javascript", "func": "", "exec": "", "script": "", "code": "",
    "pythoncode": "python",
}  # fmt: skip
_SPOKEN = {"javascript", "python"}
_HINT = re.compile(rb'(?i)"(?:' + "|".join(_CODE).encode() + rb'|host)"\s*:')


def is_export(raw: bytes) -> bool:
    """Whether a file may hold any of it. Asked once a file: it may be many values in a row."""
    return _HINT.search(raw) is not None


def unfolded(facts: Facts, raw: bytes, value: Value) -> Value:
    """Return a value with its code taken out, which goes to the facts, and its URLs put together."""
    match value:
        case Sequence(items):
            return replace(value, items=tuple([unfolded(facts, raw, item) for item in items]))
        case Mapping(pairs):
            found = [replace(pair, value=_entry(facts, raw, pair)) for pair in pairs]
            return replace(value, pairs=_url(found))
    return value


def _entry(facts: Facts, raw: bytes, pair: Pair) -> Value:
    """Return what a key holds; of code, only where it is."""
    language = _CODE.get((pair.key or "").lower())
    lines = pair.value.items if isinstance(pair.value, Sequence) else (pair.value,)
    texts = [line for line in lines if isinstance(line, Text)]
    if language is None or not texts or len(texts) < len(lines):
        return unfolded(facts, raw, pair.value)
    code, place = _joined(raw, texts)
    language = language or guess(code)
    part = languages.reader(language)(code) if language in _SPOKEN else None
    if part is None or not part.parsed or part.errors:
        return pair.value
    # One piece knows nothing of what another calls its variables.
    whole = Span(0, len(code))
    part.assigns = [one if one.scope or one.block else replace(one, block=whole) for one in part.assigns]
    absorb(facts, part, place, raw)
    return Other(pair.value.span)


def _joined(raw: bytes, texts: list[Text]) -> tuple[bytes, Place]:
    """Return the lines of code one below the other."""
    code, starts, ends = b"", list[int](), list[int]()
    for text in texts:
        line, place = decoded(raw, (text,))
        code += line + b"\n"
        starts += [*place.starts, text.span.end]
        ends += [*place.ends, text.span.end]
    return code, Place(starts, ends)


def _url(pairs: list[Pair]) -> tuple[Pair, ...]:
    """Return the entries of a URL with host and path as one text, unless that stands there as well."""
    told = {pair.key: pair.value for pair in pairs}
    host, path = told.get("host"), told.get("path")
    if "raw" in told or not isinstance(host, Sequence) or not isinstance(path, Sequence):
        return tuple(pairs)
    parts: list[Value] = []
    for sign, items in ((".", host.items), ("/", path.items)):
        for item in items:
            parts += [_sign(sign, path.span), item]
    scheme = "" if _is_variable(host) else "https://"
    whole = Joined((_sign(scheme, path.span), *parts[1:]), path.span)
    rest = [pair for pair in pairs if pair.key not in ("host", "path")]
    return (Pair("raw", None, whole, path.span), *rest)


def _is_variable(host: Sequence) -> bool:
    return any(isinstance(part, Text) and "{{" in part.value for part in host.items)


def _sign(text: str, near: Span) -> Text:
    """A text that stands nowhere, put where it would be read."""
    return Text(text, near, near, exact=False)
