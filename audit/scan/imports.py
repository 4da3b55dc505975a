"""Constants that a file takes from other files: where they may stand, and what text they hold.

Nothing outside the given paths is read. A file that is looked into is not followed further, so each
question costs a bounded number of looks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from posixpath import dirname, join, normpath

from audit.scan.atlas import HOLE
from audit.scan.facts import ELSEWHERE, Name, Text
from audit.scan.files import Found, Skipped, read, to_utf8
from audit.scan.languages import language_of
from audit.scan.languages import read as facts_of
from audit.scan.pieces import flat
from audit.scan.strings import MAX_TEXTS, Outside, Resolver

MAX_BYTES = 262_144
MAX_ABOVE = 6  # folders above the importing file that an import may begin at
MAX_SIBLINGS = 60  # files of one package
MAX_NAME = 300  # characters of a module as written
MAX_KEPT = 128  # files whose constants are remembered

_SCRIPTS = ("", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".json", "/index.ts", "/index.js")
_SCRIPTED = frozenset({"javascript", "typescript", "tsx", "vue"})
# How a module is spelled and what its file ends with, where its path follows from its name.
_TYPED = {"java": (".", ".java"), "kotlin": (".", ".kt"), "csharp": (".", ".cs"), "php": ("\\", ".php"),
          "rust": ("::", ".rs")}  # fmt: skip
# Languages in which the files of one folder see each other's names.
_PACKAGED = {"go": ".go", "kotlin": ".kt"}
_ROOTS = frozenset({"crate", "self", "super", ""})


def candidates(importer: str, language: str, module: str, chain: tuple[str, ...]) -> Iterator[str]:
    """Yield the files that may hold what ``chain`` names in ``module``; a folder ends with a slash.

    An empty module asks for the neighbours that need no import.
    """
    here = dirname(importer)
    if language == "python":
        yield from _python(here, module, chain) if module else ()
    elif language in _SCRIPTED:
        yield from _script(here, module)
    elif language in ("php", "ruby", "dart") and "\\" not in module and module:
        yield from _included(here, module, language)
    elif language in _TYPED:
        sign, ending = _TYPED[language]
        parts = tuple(part for part in (*module.split(sign), *chain[:-1]) if part not in _ROOTS)
        for folder in _above(here) if module else (here,):
            for first in range(len(parts)):
                yield join(folder, *parts[first:]) + ending
                if language == "rust":
                    yield join(folder, *parts[first:], "mod.rs")
    if language in _PACKAGED:
        yield from _packages(here, module.replace(".", "/") if language == "kotlin" else module)


def _above(folder: str) -> Iterator[str]:
    """Yield a folder and those above it, as far as the path tells."""
    for _ in range(MAX_ABOVE):
        yield folder
        if folder in ("", "/", "."):
            return
        folder = dirname(folder)


def _python(here: str, module: str, chain: tuple[str, ...]) -> Iterator[str]:
    dots = len(module) - len(module.lstrip("."))
    parts = [part for part in module.split(".") if part]
    bases = [normpath(join(here, *[".."] * (dots - 1)))] if dots else _above(here)
    ways = [parts, [*parts, chain[0]]] if len(chain) > 1 else [parts]
    for base in bases:
        for way in ways:
            if way:
                yield join(base, *way) + ".py"
            yield join(base, *way, "__init__.py")


def _script(here: str, module: str) -> Iterator[str]:
    """``./x`` is beside the file; ``@/x`` and ``~/x`` begin at the project, or at its ``src``."""
    if module.startswith("."):
        bases = [join(here, module)]
    elif module[:2] in ("@/", "~/") or module.startswith("src/"):
        rest = module.removeprefix("src/") if module.startswith("src/") else module[2:]
        bases = [join(folder, *more) for folder in _above(here) for more in ((rest,), ("src", rest))]
    else:
        return  # a package of others
    for base in bases:
        bare = base.removesuffix(".js")
        for stem in (base, bare) if bare != base else (base,):
            for ending in _SCRIPTS:
                yield normpath(stem) + ending


def _included(here: str, module: str, language: str) -> Iterator[str]:
    name = module.split("/", 1)[-1] if module.startswith("package:") else module
    ending = "" if name.endswith(f".{language}") else ".rb"
    for folder in _above(here):
        yield normpath(join(folder, name)) + ending
        yield normpath(join(folder, "lib", name)) + ending


def _packages(here: str, module: str) -> Iterator[str]:
    if not module:
        yield here + "/" if here else "./"
        return
    parts = module.split("/")
    for folder in _above(here):
        for first in range(len(parts)):
            yield join(folder, *parts[first:]) + "/"


def look(path: str) -> bytes | None:
    """Return what is in a source file; None where there is none, or one too large to be constants."""
    raw = read(Found(path, link=True), MAX_BYTES)
    return None if isinstance(raw, Skipped) else to_utf8(raw)


class Neighbours:
    """The files below the given paths, as far as others ask for their constants."""

    def __init__(self, roots: Iterable[str | Path], look: Callable[[str], bytes | None] = look) -> None:
        self._roots = tuple(os.path.realpath(root) for root in roots)
        self._look = look
        self._kept: dict[str, Resolver | None] = {}
        self._told: dict[tuple[str, str, tuple[str, ...]], tuple[Text, ...]] = {}

    def __reduce__(self) -> tuple[object, ...]:
        # Another process looks for itself; what is remembered here stays here.
        return Neighbours, (self._roots, self._look)

    def outside(self, importer: str) -> Outside:
        """Return what asks on behalf of one file."""
        language = language_of(importer, b"")

        def ask(module: str, chain: tuple[str, ...]) -> tuple[Text, ...]:
            key = (importer, module, chain)
            if key not in self._told:
                if len(self._told) >= MAX_KEPT * 8:
                    self._told.clear()
                self._told[key] = self._find(importer, language, module, chain)
            return self._told[key]

        return ask

    def _find(self, importer: str, language: str, module: str, chain: tuple[str, ...]) -> tuple[Text, ...]:
        if len(module) > MAX_NAME or "\0" in module + "".join(chain):
            return ()
        for path in candidates(importer, language, module, chain):
            siblings = path.endswith("/")
            for one in self._listed(path, _PACKAGED[language]) if siblings else (path,):
                resolver = None if one == importer else self._resolver(one, chain[-1])
                found = _texts(resolver, chain) if resolver is not None else ()
                if found:
                    return found
        return ()

    def _inside(self, path: str) -> bool:
        real = os.path.realpath(path)
        return any(real == root or real.startswith(root.rstrip("/") + "/") for root in self._roots)

    def _listed(self, folder: str, ending: str) -> list[str]:
        """Return the source files of a package, without its tests."""
        if not self._inside(folder):
            return []
        try:
            names = sorted(entry.name for entry in os.scandir(folder))
        except OSError:
            return []
        lead = "" if folder == "./" else folder
        kept = [name for name in names if name.endswith(ending) and not name.endswith("_test" + ending)]
        return [lead + name for name in kept[:MAX_SIBLINGS]]

    def _resolver(self, path: str, name: str) -> Resolver | None:
        """Return what follows the names of a file; None where it does not say this one."""
        if path not in self._kept:
            raw = self._look(path) if self._inside(path) else None
            if raw is None or name.encode() in raw:
                if len(self._kept) >= MAX_KEPT:
                    self._kept.clear()
                facts = None if raw is None else facts_of(language_of(path, raw[:256]), raw)
                self._kept[path] = None if facts is None else Resolver(facts)
        return self._kept.get(path)


def _texts(resolver: Resolver, chain: tuple[str, ...]) -> tuple[Text, ...]:
    """Return the texts of a constant, as ones that stand nowhere in the file that asks."""
    wanted = Name(chain[-2:] if len(chain) > 1 else ("", *chain), ELSEWHERE)
    told = {
        flat(pieces): None
        for value in resolver.values_of(wanted, 0)
        for pieces in resolver.texts(value, 0)
        if flat(pieces).strip(HOLE)
    }
    return tuple(Text(text, ELSEWHERE, ELSEWHERE, exact=False) for text in list(told)[:MAX_TEXTS])
