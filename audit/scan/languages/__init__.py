"""Which language a file is in, and the reader for it; one file per language."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import cast

from audit.scan.facts import Facts
from audit.scan.garbage import uncollected
from audit.scan.languages import text
from audit.scan.languages.embed import absorb, encoded

# Beyond this a file is data or a bundle; it is read as text.
MAX_PARSED = 2_000_000

# language: (module, function, extensions, file names, interpreters)
_LANGUAGES: dict[str, tuple[str, str, str, str, str]] = {
    "python": ("python", "read", "py pyw pyi pyx", "SConstruct", "python python2 python3 uv"),
    "javascript": ("javascript", "read", "js mjs cjs jsx es6 gs", "Jakefile", "node deno bun"),
    "typescript": ("typescript", "read", "ts mts cts", "", "ts-node tsx"),
    "tsx": ("typescript", "read_tsx", "tsx", "", ""),
    "go": ("go", "read", "go", "", ""),
    "php": ("php", "read", "php phtml php5 inc", "", "php"),
    "csharp": ("csharp", "read", "cs csx", "", "dotnet-script"),
    "java": ("java", "read", "java", "", ""),
    "kotlin": ("kotlin", "read", "kt kts", "", "kotlin"),
    "rust": ("rust", "read", "rs", "", ""),
    "ruby": ("ruby", "read", "rb rake gemspec ru", "Rakefile Gemfile Guardfile", "ruby"),
    "dart": ("dart", "read", "dart", "", "dart"),
    "shell": ("shell", "read", "sh bash zsh ksh command", ".bashrc .zshrc .profile .bash_profile .envrc",
              "sh bash zsh dash ksh"),
    "make": ("make", "read", "mk mak", "Makefile makefile GNUmakefile", "make"),
    "json": ("json", "read", "json jsonc json5 webmanifest har", ".babelrc .eslintrc .prettierrc", ""),
    "yaml": ("yaml", "read", "yaml yml", ".clang-format", ""),
    "toml": ("toml", "read", "toml", "Pipfile poetry.lock Cargo.lock uv.lock", ""),
    "dotenv": ("dotenv", "read", "env ini properties cfg conf", ".editorconfig .npmrc", ""),
    "notebook": ("notebook", "read", "ipynb", "", ""),
    "vue": ("vue", "read", "vue svelte html htm astro", "", ""),
    "markdown": ("markdown", "read", "md markdown mdx mdc rst qmd rmd", "README", ""),
    # Without a grammar: text, but for its comments.
    "slashes": ("text", "read_slashes", "swift pine scala c h cc cpp hpp m mm mq4 mq5 sol pq", "", ""),
    "hashes": ("text", "read_hashes", "r pl pm jl ex exs ps1 psm1 nim tcl", "", "perl Rscript julia"),
    "dashes": ("text", "read_dashes", "lua sql hs elm", "", "lua"),
}  # fmt: skip
_TEXTS = frozenset({"text", "slashes", "hashes", "dashes"})
_BY_EXTENSION = {word: name for name, entry in _LANGUAGES.items() for word in entry[2].split()}
_BY_NAME = {word: name for name, entry in _LANGUAGES.items() for word in entry[3].split()}
_BY_INTERPRETER = {word: name for name, entry in _LANGUAGES.items() for word in entry[4].split()}
_SHEBANG = re.compile(rb"(?:\xef\xbb\xbf)?#!\s*(\S+)([^\r\n]*)")


def languages() -> tuple[str, ...]:
    """Return the name of every language there is a reader for."""
    return (*_LANGUAGES, "text")


def language_of(name: str, head: bytes) -> str:
    """Return the language of a file from its name and first bytes; ``text`` for any other."""
    base = re.split(r"[/\\]", name)[-1]
    if base in _BY_NAME:
        return _BY_NAME[base]
    if base == ".env" or base.startswith(".env."):
        return "dotenv"
    extension = base.rpartition(".")[2].lower() if "." in base else ""
    if extension in _BY_EXTENSION:
        return _BY_EXTENSION[extension]
    match = _SHEBANG.match(head)
    if match is not None:
        words = [match[1].rsplit(b"/", 1)[-1], *match[2].split()]
        for word in words:
            bare = word.decode("latin-1")
            found = _BY_INTERPRETER.get(bare) or _BY_INTERPRETER.get(bare.rstrip("0123456789."))
            if found is not None:
                return found
    return "php" if head.lstrip().startswith(b"<?php") else "text"


def reader(language: str) -> Callable[[bytes], Facts]:
    """Return the function that reads a language; its grammar is loaded now."""
    entry = _LANGUAGES.get(language)
    if entry is None:
        return text.read
    module = import_module(f"audit.scan.languages.{entry[0]}")
    return cast("Callable[[bytes], Facts]", getattr(module, entry[1]))


def read(language: str, raw: bytes) -> Facts:
    """Return what a file says. Whatever stands in it, there is an answer; at worst that of plain text."""
    with uncollected():
        return _read(language, raw)


def _read(language: str, raw: bytes) -> Facts:
    if len(raw) > MAX_PARSED:
        return _as_text(language, raw)
    try:
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            return _recoded(language, raw, "utf-16-le" if raw[:1] == b"\xff" else "utf-16-be")
        if _is_utf8(raw):
            code = b"\n\n\n" + raw[3:] if raw.startswith(b"\xef\xbb\xbf") else raw
            facts = reader(language)(code)
        elif b"\0" in raw:
            return _as_text(language, raw)
        else:
            facts = _recoded(language, raw, "latin-1")
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a file that a reader fails on is still read as text
        return _as_text(language, raw)
    if not facts.parsed and language not in _TEXTS:
        errors, comments = facts.errors, facts.comments
        facts = _as_text(language, raw)
        facts.errors, facts.comments = errors, comments
    facts.language = language
    return facts


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _recoded(language: str, raw: bytes, encoding: str) -> Facts:
    """Read a file in another encoding; positions are those in the file."""
    code, place = encoded(raw.decode(encoding, "replace"), encoding)
    if code.startswith(b"\xef\xbb\xbf"):
        code = b"\n\n\n" + code[3:]
    part = reader(language)(code)
    facts = Facts(language, part.parsed)
    absorb(facts, part, place, raw)
    return facts


def _as_text(language: str, raw: bytes) -> Facts:
    facts = text.read(raw) if len(raw) <= MAX_PARSED else text.read_addresses(raw)
    facts.language, facts.parsed = language, language == "text"
    return facts
