"""Markdown: fenced code in its own language, commands, tables and running text."""

from __future__ import annotations

import re

from audit.scan import languages
from audit.scan.facts import Comment, Facts, Sequence, Span, Text, Value
from audit.scan.languages.embed import Place, absorb
from audit.scan.languages.literals import piece
from audit.scan.languages.markdown_lists import listed
from audit.scan.languages.text import found

_FENCE = re.compile(rb"([ \t>]*)(`{3,}|~{3,})[ \t]*\{?\.?([\w+#.-]*)")
_ALIASES = {
    "py": "python", "python3": "python", "pycon": "python", "ipython": "python", "js": "javascript",
    "node": "javascript", "jsx": "javascript", "mjs": "javascript", "ts": "typescript", "golang": "go",
    "cs": "csharp", "c#": "csharp",
    "kt": "kotlin", "rs": "rust", "rb": "ruby", "bash": "shell", "sh": "shell",
    "zsh": "shell", "console": "shell", "shell-session": "shell", "curl": "shell", "terminal": "shell",
    "yml": "yaml", "jsonc": "json", "json5": "json", "env": "dotenv", "ini": "dotenv", "properties": "dotenv",
    "makefile": "make", "html": "vue", "svelte": "vue", "md": "markdown",
}  # fmt: skip
_GUESSES: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("php", re.compile(rb"\s*<\?php")),
    ("shell", re.compile(rb"(?m)\A\s*(?:#!.*sh\b|(?:\$ )?(?:curl|export|pip3?|npm|wget|cd|sudo|docker|echo)"
                         rb" )")),
    ("json", re.compile(rb"\A\s*[\[{]\s*(?:[\[{}\]]|\"[^\"\n]*\"\s*[:,\]]|\d)")),
    ("python", re.compile(rb"(?m)^\s*(?:import \w[\w.]*(?: as \w+)?$|from [\w.]+ import |def \w+\("
                          rb"|class \w+.*:$"
                          rb"|async def |print\(|@\w|(?:if|for|while|with|try|elif|else)\b.*:$|return \w)")),
    ("go", re.compile(rb"(?m)^\s*(?:package \w+$|func .*\{$|\w+(?:, \w+)* := )")),
    ("javascript", re.compile(rb"(?m)^\s*(?:(?:export )?(?:const|let|var|function|async function|import)"
                              rb" .*[;{(=]"
                              rb"|.*=> ?[{(]|fetch\(|axios)")),
    ("dotenv", re.compile(rb"\A\s*(?:[A-Z][A-Z0-9_]+=.*\n?)+\Z")),
    ("python", re.compile(rb"\A\s*[A-Za-z_][\w.\[\]\"']* ?(?:= ?[\"'\[{(\w]|\().*")),
)  # fmt: skip
_PROSE_GUESSES = frozenset({"shell", "python", "json", "javascript", "go", "php", "dotenv"})
_COMMAND = re.compile(rb"(?m)^[ \t>*-]*`?\$? ?(curl[ \t][^\n]*(?:\\\r?\n[^\n]*)*)")


def guess(code: bytes) -> str:
    """Return the language that a piece of code looks like."""
    return next((name for name, pattern in _GUESSES if pattern.search(code)), "text")


def _dedented(raw: bytes, lines: list[tuple[int, int]]) -> tuple[bytes, Place]:
    """Return lines without the indentation they share, and where their bytes stand."""
    filled = [raw[start:end] for start, end in lines if raw[start:end].strip()]
    margin = min((len(line) - len(line.lstrip(b" \t")) for line in filled), default=0)
    code = bytearray()
    starts: list[int] = []
    for start, end in lines:
        begin = min(start + margin, end)
        if not raw[start:end].strip():
            begin = max(start, end - (2 if raw[start:end].endswith(b"\r\n") else 1))
        code += raw[begin:end]
        starts.extend(range(begin, end))
    return bytes(code), Place(starts, [at + 1 for at in starts])


def read(raw: bytes) -> Facts:
    """Read a file."""
    facts = Facts("markdown")
    lines: list[tuple[int, int]] = []
    at = 0
    while at < len(raw):
        newline = raw.find(b"\n", at)
        end = len(raw) if newline < 0 else newline + 1
        lines.append((at, end))
        at = end
    index = 0
    block: list[tuple[int, int]] = []
    unfenced: list[tuple[int, int]] = []
    while index < len(lines):
        start, end = lines[index]
        fence = _FENCE.match(raw, start, end)
        if fence is not None:
            _prose(facts, raw, block)
            index = _fenced(facts, raw, lines, index, fence)
            continue
        unfenced.append(lines[index])
        if raw[start:end].strip():
            block.append(lines[index])
        else:
            _prose(facts, raw, block)
        index += 1
    _prose(facts, raw, block)
    facts.values.extend((0, entry) for entry in listed(raw, unfenced))
    return facts


def _fenced(
    facts: Facts, raw: bytes, lines: list[tuple[int, int]], index: int, fence: re.Match[bytes]
) -> int:
    """Read fenced code; return the line after it."""
    closing = re.compile(rb"[ \t>]*" + re.escape(fence[2]) + rb"[`~]*\s*$")
    last = index + 1
    while last < len(lines) and not closing.match(raw, *lines[last]):
        last += 1
    quote = fence[1].count(b">")
    inside = lines[index + 1 : last]
    if quote:
        inside = [(start + len(_quote(raw[start:end])), end) for start, end in inside]
    code, place = _dedented(raw, inside)
    label = fence[3].decode("latin-1").lower()
    language = _ALIASES.get(label, label)
    if language not in languages.languages() or language == "text":
        language = guess(code)
    _code(facts, raw, code, place, language)
    return last + 1


def _quote(line: bytes) -> bytes:
    match = re.match(rb"[ \t]*(?:>[ ]?)+", line)
    return match[0] if match is not None else b""


def _code(facts: Facts, raw: bytes, code: bytes, place: Place, language: str) -> None:
    """Read code with its reader, or as text where that fails."""
    if language == "shell":
        code = re.sub(rb"(?m)^([ \t]*)\$ ", rb"\1  ", code)
    if language == "php" and b"<?" not in code:
        language = "text"
    if language == "python":
        code = re.sub(rb"(?m)^(?:>>> |\.\.\. )", b"    ", code) if re.match(rb"\s*>>> ", code) else code
    part = languages.reader(language)(code)
    absorb(facts, part if part.parsed else languages.reader("text")(code), place, raw)


def block(facts: Facts, raw: bytes, start: int, end: int) -> None:
    """Read an indented piece of another file as the language that it looks like."""
    lines: list[tuple[int, int]] = []
    while start < end:
        newline = raw.find(b"\n", start, end)
        last = end if newline < 0 else newline + 1
        lines.append((start, last))
        start = last
    code, place = _dedented(raw, lines)
    _code(facts, raw, code, place, guess(code))


def _prose(facts: Facts, raw: bytes, block: list[tuple[int, int]]) -> None:
    """Read a paragraph, a table, or code that nobody fenced."""
    if not block:
        return
    lines, block[:] = list(block), []
    start, end = lines[0][0], lines[-1][1]
    whole = raw[start:end]
    language = guess(whole) if not re.match(rb"\s*(?:[#|>*-]|\d+\.)", whole) else "text"
    if language in _PROSE_GUESSES and _looks_like_code(whole):
        code, place = _dedented(raw, lines)
        part = languages.reader(language)(code)
        if part.parsed and part.errors <= 1:
            absorb(facts, part, place, raw)
            return
    rest = []
    for first, last in lines:
        line = raw[first:last].strip()
        if line.startswith(b"#"):
            facts.comments.append(
                Comment(line.decode("utf-8", "replace"), Span(first, first + len(raw[first:last].rstrip())))
            )
        if line.count(b"|") >= 2 and line.startswith(b"|"):
            _row(facts, raw, first, last)
        else:
            rest.append((first, last))
    for command in _COMMAND.finditer(whole):
        code, place = _dedented(raw, [(start + command.start(1), start + command.end(1))])
        if code.endswith(b"`"):
            code = code[:-1]
        absorb(facts, languages.reader("shell")(code), place, raw)
    for first, last in rest:
        facts.values.extend((0, value) for value in found(raw, first, last))


def _looks_like_code(whole: bytes) -> bool:
    """Whether a paragraph is code rather than a sentence that begins like it."""
    return re.search(rb"[=({\[]|https?://|^(?:import|from) |:\s*$", whole) is not None


def _row(facts: Facts, raw: bytes, start: int, end: int) -> None:
    """A row of a table: its cells in order, as they are without marks around them."""
    cells: list[Value] = []
    for match in re.finditer(rb"(?:\\\||[^|\r\n])+", raw[start:end]):
        first, last = start + match.start(), start + match.end()
        inner = raw[first:last]
        first += len(inner) - len(inner.lstrip(b" \t*`"))
        last -= len(inner) - len(inner.rstrip(b" \t*`"))
        if last > first and inner.strip(b" \t*`:-"):
            cells.append(piece(raw, first, last, Span(first, last)))
    if any(isinstance(cell, Text) for cell in cells):
        facts.values.append((0, Sequence(tuple(cells), Span(start, end))))
