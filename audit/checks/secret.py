"""secret: a key stands in source code or in a document."""

from __future__ import annotations

import re
from collections.abc import Iterator

from audit.checks.reliance import Reliance
from audit.checks.rule import Rule
from audit.model import Finding, Severity
from audit.scan.atlas import Atlas
from audit.scan.facts import Span

RULE = Rule(
    id="secret",
    severity=Severity.ERROR,
    summary="A key is written down in a file.",
    why="Whoever can read the file, or any earlier state of it, can use the key and its paid plan.",
    example='API_KEY = "5e…ed", or a key in the query of a URL.',
    remedy="Replace the key at the provider, and read the new one from the environment.",
)

_LITERAL = re.compile(r"(?<![A-Za-z0-9_.$%{<\\-])[A-Za-z0-9_-]{16,128}(?![A-Za-z0-9_(.}>\\-])")
_LONG = re.compile(rb"[A-Za-z0-9_-]{16}")  # most lines hold nothing of that length
# The last two stand before what is taken where the environment has nothing.
_SIGN = (
    r"(?:\s*:\s*&?(?:'static\s+)?[\w.<>|\[\] ]{1,24}=|:=|=>|[:=|]|\)"
    r"|\)?\s*(?:\|\||\?\?|\?:|\bor\b)|\)\.(?:unwrap_or|orElse|getOrElse)\()"
)
_BEFORE = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9_-]*(?:[ ][A-Za-z]+)?)"
    rf"(?:[\"'`*\]]*\s*{_SIGN}[\s*]*(?:String::from)?[\"'`(@]*|(?P<given>[\"'`]\s*,\s*(?:[\"']value[\"']\s*:\s*)?[\"'`]))\Z"
)
_PLACEHOLDER = re.compile(
    r"(?i)(?:\A|[_-])(?:your?|my|the|an?|example|placeholder|change|changeme|dummy|fake|test|testing|sample|insert|"
    r"replace|here|todo|redacted|mock|demo|sandbox|none|null|undefined|env|secret|default|some|key)(?:\Z|[_-])"
    r"|x{4,}|your|changeme|placeholder|example|redacted"
)
# Ways to name a key that say nothing of whose it is; they count in a file that speaks of the provider.
_GENERIC = frozenset(
    {"apikey", "apisecret", "key", "secret", "token", "accesstoken", "authtoken", "apitoken", "xapikey",
     "accesskey", "authkey", "bearer"}
)  # fmt: skip
_ALPHABETS = ("0123456789abcdefghijklmnopqrstuvwxyz" * 2, "abcdefghijklmnopqrstuvwxyz0123456789" * 2,
              "0123456789abcdef" * 9, "1234567890" * 13)  # fmt: skip


def check(reliance: Reliance) -> Iterator[Finding]:
    """Report each key literal; neither message nor evidence shows it."""
    source = reliance.source
    if not source.evident:
        return
    told: set[int] = set()
    at = 0
    for raw in source.raw.split(b"\n"):
        if _LONG.search(raw) and b"\0" not in raw and len(raw) < 20_000:
            line = raw.decode("utf-8", "replace")
            for start, end in keys_in(line, source.atlas, loose=_is_loose(source.facts.language)):
                offset = at + len(line[:start].encode())
                told.add(offset)
                yield reliance.finding(
                    RULE,
                    Span(offset, offset + end - start),
                    f"a key is written down here: {shortened(line[start:end])}",
                    evidence=reliance.shown(line)[:160],
                )
        at += len(raw) + 1
    # One that only shows to be a key by where it goes.
    for key in source.heard.keys:
        if key.span.start not in told and looks_like_key(key.text):
            yield reliance.finding(
                RULE, key.span, f"a key is written down here, and put into an address: {shortened(key.text)}"
            )


def keys_in(line: str, atlas: Atlas, *, loose: bool = True) -> Iterator[tuple[int, int]]:
    """Yield where keys stand in a line. ``loose``: a value need not be quoted, as in documents."""
    for match in _LITERAL.finditer(line):
        before = _BEFORE.search(line[max(0, match.start() - 90) : match.start()])
        if before is None or not looks_like_key(match[0]):
            continue
        name = before["name"]
        plain = loose or line[match.start() - 1] in "'\"`" or name.lower() in _carried(atlas)
        if plain and _names_key(name, atlas):
            yield match.span()


def masked(line: str, atlas: Atlas) -> str:
    """Return a line with every key in it shortened."""
    for start, end in reversed(list(keys_in(line, atlas))):
        line = line[:start] + shortened(line[start:end]) + line[end:]
    return line


def shortened(key: str) -> str:
    """Return the first and last two characters of a key."""
    return f"{key[:2]}…{key[-2:]}"


def looks_like_key(text: str) -> bool:
    """Whether a text may be a real key: long, with digits, and nobody's way to say put yours here."""
    if len(text) < 16 or sum(letter.isdigit() for letter in text) < 2 or _PLACEHOLDER.search(text):
        return False
    words = [part for part in re.split("[-_]", text) if len(part) >= 5 and part.isalpha()]
    if len(words) >= 2:
        return False  # the name of something
    low = text.lower()
    return len(set(low)) > 2 and not any(low in alphabet for alphabet in _ALPHABETS)


def _is_loose(language: str) -> bool:
    return language in ("markdown", "text", "shell", "dotenv", "yaml", "toml", "make", "notebook")


def _carried(atlas: Atlas) -> set[str]:
    """Return the names that a key travels under, in lower case: headers and queries of every version."""
    headers = {atlas.key_header.lower(), *atlas.old_headers}
    return headers | {version.query.lower() for version in atlas.legacy.versions.values() if version.query}


def _names_key(name: str, atlas: Atlas) -> bool:
    """Whether a name is that of the provider's key, or one of a key that does not say whose it is."""
    provider = atlas.spec.provider
    own = {_bare(word) for word in (provider.key_variable, *_carried(atlas))}
    for spelling in (name, name.rpartition(" ")[2]):
        bare = _bare(spelling)
        if bare in _GENERIC or any(word in bare for word in own if len(word) > 6) or bare in own:
            return True
        if _bare(provider.name) in bare and bare.endswith(("key", "secret", "token")):
            return True
    return False


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
