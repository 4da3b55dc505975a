"""Values as data formats write them: strings, numbers, lists and entries, with exact positions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from audit.scan.facts import Comment, Mapping, Name, Number, Other, Pair, Sequence, Span, Text, Value
from audit.scan.languages.literals import Escapes, piece

MAX_DEPTH = 120
_TOKEN = re.compile(
    rb"(?P<blank>[\s\xa0]+)|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z)|\#[^\n]*)"
    rb"|(?P<long>\"\"\".*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z))"
    rb"|(?P<string>\"(?:[^\"\\]|\\.)*(?:\"|\Z)|'(?:[^'\\]|\\.)*(?:'|\Z))"
    rb"|(?P<open>[{\[])|(?P<close>[}\]])|(?P<sign>[:=])|(?P<comma>,)"
    rb"|(?P<word>[^\s{}\[\],:=\"'#]+)|(?P<any>.)",
    re.DOTALL,
)
_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*\.?[\d_]*(?:[eE][+-]?\d+)?|\.\d+|0x[0-9A-Fa-f]+)$")


@dataclass
class _Open:
    """A list or object that is not closed yet."""

    start: int
    entries: bool
    items: list[Value] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    key: Value | None = None
    held: Value | None = None

    def settle(self) -> None:
        """Put what was read last into the list."""
        held, key = self.held, self.key
        self.held = self.key = None
        if held is None:
            return
        if not self.entries:
            self.items.append(held)
            return
        word, where = key_of(key)
        start = where.start if where is not None else _span(held).start
        self.pairs.append(Pair(word, where, held, Span(start, _span(held).end)))

    def close(self, end: int) -> Value:
        """Return the finished value."""
        self.settle()
        where = Span(self.start, end)
        return Mapping(tuple(self.pairs), where) if self.entries else Sequence(tuple(self.items), where)


def key_of(value: Value | None) -> tuple[str | None, Span | None]:
    """Return the characters of a key and where they are."""
    if isinstance(value, Text):
        return value.value, value.span
    if isinstance(value, Name):
        return ".".join(value.path), value.span
    if isinstance(value, Number):
        return value.text, value.span
    return None, None


def _span(value: Value) -> Span:
    return value.quoted if isinstance(value, Text) else value.span


@dataclass
class Scanner:
    """Reads values one after the other; ``literal`` says that single quotes hold no escapes."""

    raw: bytes
    at: int = 0
    literal: bool = False
    errors: int = 0
    cut_off: bool = False
    comments: list[Comment] = field(default_factory=list)
    deep: list[Value] = field(default_factory=list)

    def value(self) -> Value | None:
        """Return the next value, None at the end of the file."""
        stack: list[_Open] = []
        for match in _TOKEN.finditer(self.raw, self.at):
            self.at = match.end()
            kind = match.lastgroup
            done: Value | None = None
            if kind == "open":
                stack.append(_Open(match.start(), match[0] == b"{"))
            elif kind == "close":
                if not stack:
                    self.errors += 1
                    continue
                done = self._shallow(stack.pop().close(match.end()), len(stack))
            elif kind in {"string", "long", "word"}:
                done = self._scalar(match)
            else:
                self._between(match, stack)
            if done is not None:
                if not stack:
                    return done
                if stack[-1].held is not None:
                    self.errors += 1
                    stack[-1].settle()
                stack[-1].held = done
        return self._unfinished(stack)

    def _between(self, match: re.Match[bytes], stack: list[_Open]) -> None:
        """Take what stands between values."""
        if match.lastgroup == "comment":
            self.comments.append(Comment(match[0].decode("utf-8", "replace"), Span(*match.span())))
        elif match.lastgroup == "comma" and stack:
            stack[-1].settle()
        elif match.lastgroup == "sign" and stack:
            stack[-1].key, stack[-1].held = stack[-1].held, None
        elif match.lastgroup == "any":
            self.errors += 1

    def _unfinished(self, stack: list[_Open]) -> Value | None:
        """Close what is open at the end of the file."""
        done: Value | None = None
        self.cut_off |= bool(stack)
        self.errors += bool(stack)
        while stack:
            last = stack.pop()
            if done is not None:
                last.settle()
                last.held = done
            done = self._shallow(last.close(len(self.raw)), len(stack))
        return done

    def _shallow(self, value: Value, depth: int) -> Value:
        """Keep values from nesting too deeply: what is deeper is kept on its own."""
        if depth < MAX_DEPTH or depth % MAX_DEPTH:
            return value
        self.deep.append(value)
        return Other(value.span)

    def _scalar(self, match: re.Match[bytes]) -> Value:
        where = Span(*match.span())
        if match.lastgroup == "word":
            text = match[0].decode("utf-8", "replace")
            return Number(text, where) if _NUMBER.match(text) else Name((text,), where)
        quote = 3 if match.lastgroup == "long" else 1
        mark = match[0][:quote]
        closed = len(match[0]) >= 2 * quote and match[0].endswith(mark)
        start, end = where.start + quote, where.end - (quote if closed else 0)
        if quote == 3 and self.raw[start : start + 1] == b"\n":
            start += 1
        plain = self.literal and mark[:1] == b"'"
        return piece(self.raw, start, end, where, Escapes.NONE if plain else Escapes.BACKSLASH)
