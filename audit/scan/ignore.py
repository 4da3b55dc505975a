"""What is left out: files by .gitignore, findings by comments in the code, both by the project's settings.

Comments are ``audit: ignore`` and ``audit: ignore[rule, rule]``, on the line or alone above it, and
``audit: ignore-file`` (with or without rules) in the first lines of a file; what follows is free text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import UsageError, unknown

FILE_LINES = 20
MAX_IGNORE_FILE = 1024 * 1024
_SPECIAL = re.compile(r"[*?\[\\]")


@dataclass(frozen=True)
class _Rule:
    """One line of an ignore file. ``kind`` says what ``text`` is compared with, and how."""

    ignore: bool
    folders_only: bool
    kind: str
    text: str
    pattern: re.Pattern[str] | None = None

    def hits(self, name: str, path: str, is_folder: bool) -> bool:
        if self.folders_only and not is_folder:
            return False
        match self.kind:
            case "name":
                return name == self.text
            case "end":
                return name.endswith(self.text)
            case "path":
                return path == self.text
        subject = name if self.kind == "name pattern" else path
        return self.pattern is not None and self.pattern.fullmatch(subject) is not None


class Level:
    """The rules of one ignore file; the last one that hits is right.

    Paths are those of the walk: ``cut`` characters of them are taken away and ``lead`` is put before
    what is left, which gives the path relative to the folder that the rules are written for.
    """

    def __init__(self, lines: Iterable[str], cut: int, lead: str = "") -> None:
        self.cut = cut
        self.lead = lead
        self.rules = tuple(rule for line in lines if (rule := _rule(line)) is not None)
        # Nearly every file is hit by no rule; that is found out with as few comparisons as possible.
        self._names = frozenset(rule.text for rule in self.rules if rule.kind == "name")
        self._ends = tuple({rule.text for rule in self.rules if rule.kind == "end"})
        self._paths = frozenset(rule.text for rule in self.rules if rule.kind == "path")
        self._odd = _any_of(rule for rule in self.rules if rule.kind == "name pattern")
        deep = [rule for rule in self.rules if rule.kind == "path pattern"]
        self._deep = _any_of(deep)
        self._deep_in_files = _any_of(rule for rule in deep if not rule.folders_only)

    def __bool__(self) -> bool:
        return bool(self.rules)

    def verdict(self, name: str, path: str, is_folder: bool) -> bool | None:
        """Whether an entry is ignored; None where no rule says anything about it."""
        by_name = (
            name in self._names
            or name.endswith(self._ends)
            or (self._odd is not None and self._odd.fullmatch(name) is not None)
        )
        deep = self._deep if is_folder else self._deep_in_files
        if not by_name and not self._paths and deep is None:
            return None
        relative = self.lead + path[self.cut :]
        if not by_name and relative not in self._paths and (deep is None or deep.fullmatch(relative) is None):
            return None
        for rule in reversed(self.rules):
            if rule.hits(name, relative, is_folder):
                return rule.ignore
        return None


def _any_of(rules: Iterable[_Rule]) -> re.Pattern[str] | None:
    patterns = [f"(?:{rule.pattern.pattern})" for rule in rules if rule.pattern]
    return re.compile("|".join(patterns)) if patterns else None


def _rule(line: str) -> _Rule | None:
    """Read one line; None for a comment, an empty line, and what Git does not understand either."""
    line = line.rstrip("\r\n")
    if not line.endswith("\\ "):
        line = line.rstrip(" \t")
    if not line or line.startswith("#"):
        return None
    ignore = not line.startswith("!")
    text = line if ignore else line[1:]
    folders_only = text.endswith("/")
    bare = text.rstrip("/") if folders_only else text
    if not bare:
        return None
    if "/" not in bare:
        if not _SPECIAL.search(bare):
            return _Rule(ignore, folders_only, "name", bare)
        if set(bare) == {"*"} or (bare[0] == "*" and not _SPECIAL.search(bare[1:])):
            return _Rule(ignore, folders_only, "end", bare.lstrip("*"))
        kind = "name pattern"
    elif not _SPECIAL.search(bare):
        return _Rule(ignore, folders_only, "path", bare.lstrip("/"))
    else:
        kind = "path pattern"
    pattern = _compiled(bare)
    return None if pattern is None else _Rule(ignore, folders_only, kind, bare, pattern)


def _compiled(pattern: str) -> re.Pattern[str] | None:
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    try:
        # A leading "!" or "#" is a character of the name here.
        escaped = "\\" + pattern if pattern[0] in "!#" else pattern
        expression, _ = GitIgnoreSpecPattern.pattern_to_regex(escaped)
        if expression is None:
            return None
        # What ends with /** stands for everything below, and is translated without an end.
        rest = "(?s:.*)" if pattern.endswith("/**") else ""
        # Several of them are joined into one expression, where groups cannot share a name.
        return re.compile(re.sub(r"\(\?P<\w+>", "(?:", expression) + rest)
    except (ValueError, re.error):
        return None


def read_level(path: str, cut: int, lead: str = "") -> tuple[Level, ...]:
    """Read an ignore file; nothing where there is none, or it is no plain file, or it holds no rule."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return ()
    try:
        raw = os.read(descriptor, MAX_IGNORE_FILE)
    except OSError:
        return ()
    finally:
        os.close(descriptor)
    level = Level(os.fsdecode(raw.removeprefix(b"\xef\xbb\xbf")).split("\n"), cut, lead)
    return (level,) if level else ()


def levels_above(real: str, cut: int) -> tuple[Level, ...]:
    """The rules that a folder inherits from the repository around it, the nearest first.

    ``real`` is the folder without links, ``cut`` the length of what stands before the names in it.
    """
    folder = Path(real)
    above = [folder, *folder.parents]
    top = next((one for one in above if os.path.lexists(one / ".git")), None)
    if top is None:
        return ()
    levels: list[Level] = []
    for one in above[1 : above.index(top) + 1]:
        levels += read_level(str(one / ".gitignore"), cut, f"{folder.relative_to(one)}/")
    lead = f"{folder.relative_to(top)}/" if folder != top else ""
    levels += read_level(str(_git_folder(top) / "info" / "exclude"), cut, lead)
    return tuple(levels)


def _git_folder(top: Path) -> Path:
    """Return where a repository keeps its settings; in a work tree ``.git`` is a file that leads there."""
    git = top / ".git"
    try:
        if git.is_file():
            git = top / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
            shared = git / "commondir"
            if shared.is_file():
                git /= shared.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        pass
    return git


_COMMENT = r"(?:\#|//|/\*|--|<!--|\{\#|\{/\*|;|%|\*|\"\"\"|'''|'|\brem\b|\bdnl\b)"
_MARK = re.compile(
    rf"{_COMMENT}.*?\baudit:\s*ignore(?P<file>-file)?(?![\w-])(?:\s*\[(?P<rules>[^\]\n]*)(?P<closed>\])?)?",
    re.IGNORECASE,
)
_ONLY_COMMENT = re.compile(rf"\s*{_COMMENT}", re.IGNORECASE)


class Marks:
    """The ignore comments of one file. ``malformed`` are lines whose brackets are empty or left open."""

    def __init__(self, text: str) -> None:
        self.malformed: list[int] = []
        self.named: list[tuple[int, str]] = []
        self._file: set[str] | None = set()
        self._lines: dict[int, set[str] | None] = {}
        if "audit:" in text.lower():
            self._read(text.split("\n"))

    def _read(self, lines: list[str]) -> None:
        above: set[str] | None = set()
        for number, line in enumerate(lines, start=1):
            alone = _ONLY_COMMENT.match(line) is not None
            rules: set[str] | None = set()
            match = _MARK.search(line)
            if match:
                rules = self._rules(match, number)
                if match["file"]:
                    if number <= FILE_LINES:
                        self._file = _both(self._file, rules)
                    rules = set()
            covered = _both(above, rules)
            if covered is None or covered:
                self._lines[number] = covered
            # A comment of its own speaks for what comes below it, through the comments in between.
            above = covered if alone else set()

    def _rules(self, match: re.Match[str], number: int) -> set[str] | None:
        if match["rules"] is None:
            return None
        rules = {rule.strip() for rule in match["rules"].split(",")} - {""}
        if not match["closed"] or not rules:
            self.malformed.append(number)
            return set()
        self.named += [(number, rule) for rule in sorted(rules)]
        return rules

    def covers(self, rule: str, line: int | None) -> bool:
        """Tell whether a finding of this rule on this line is to be left out."""
        here = self._lines.get(line, set()) if line is not None else set()
        return any(rules is None or rule in rules for rules in (self._file, here))


def _both(one: set[str] | None, other: set[str] | None) -> set[str] | None:
    """Unite two sets of rules; None stands for all of them."""
    return None if one is None or other is None else one | other


@dataclass(frozen=True)
class Config:
    """The project's settings for a scan; ``file`` is where they come from, other paths begin beside it."""

    file: Path
    exclude: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    plan: str | None = None
    baseline: Path | None = None
    fail_on: str | None = None
    paths: tuple[Path, ...] = ()

    @property
    def base(self) -> Path:
        """The folder that ``exclude`` is relative to."""
        return self.file.parent


KEYS = {"exclude": list, "ignore": list, "plan": str, "baseline": str, "fail-on": str, "paths": list}
FAIL_ON = ("error", "warning", "never")


def find_config(start: Path, tool: str) -> Config | None:
    """Read the settings from the nearest pyproject.toml at or above a path that has the section."""
    start = start.resolve()
    for folder in _upwards(start):
        file = folder / "pyproject.toml"
        if file.is_file():
            config = read_config(file, tool)
            if config is not None:
                return config
    return None


def _upwards(start: Path) -> Iterator[Path]:
    if start.is_dir():
        yield start
    yield from start.parents


def read_config(file: Path, tool: str, rules: Collection[str] | None = None) -> Config | None:
    """Read ``[tool.<tool>.scan]``; None where there is no such section.

    ``rules`` are the known ones, where names in ``ignore`` shall be checked. Raises UsageError with file,
    section and key for whatever cannot be used.
    """
    import tomllib

    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{file}: {' '.join(str(error).split())}; mend it") from None
    section: Any = tree
    for name in ("tool", tool, "scan"):
        section = section.get(name) if isinstance(section, dict) else None
    if section is None:
        return None
    where = f"{file}: [tool.{tool}.scan]"
    if not isinstance(section, dict):
        raise UsageError(f"{where}: expected a table, found {type(section).__name__}")
    _check(section, where, rules)
    baseline = section.get("baseline")
    if baseline is not None and not (file.parent / baseline).resolve().is_relative_to(file.parent.resolve()):
        # The settings are part of the code that is scanned, and this is a file that gets written.
        raise UsageError(f"{where}: baseline = {baseline!r}; expected a file below {file.parent}")
    for path in section.get("paths", ()):
        if not (file.parent / path).resolve().is_relative_to(file.parent.resolve()):
            raise UsageError(f"{where}: paths: {path!r}; expected files and folders below {file.parent}")
    return Config(
        file=file,
        exclude=tuple(section.get("exclude", ())),
        ignore=tuple(section.get("ignore", ())),
        plan=section.get("plan"),
        baseline=None if baseline is None else file.parent / baseline,
        fail_on=section.get("fail-on"),
        paths=tuple(file.parent / path for path in section.get("paths", ())),
    )


def _check(section: Mapping[str, Any], where: str, rules: Collection[str] | None) -> None:
    for key, value in section.items():
        if key not in KEYS:
            raise UsageError(f"{where}: {unknown('key', key, list(KEYS))}")
        if KEYS[key] is str:
            if not isinstance(value, str) or not value.strip():
                raise UsageError(f"{where}: {key} = {value!r}; expected a text")
        elif not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise UsageError(f'{where}: {key} = {value!r}; expected a list of texts such as ["…"]')
    if section.get("fail-on", FAIL_ON[0]) not in FAIL_ON:
        raise UsageError(f"{where}: {unknown('fail-on', section['fail-on'], list(FAIL_ON))}")
    for rule in section.get("ignore", ()):
        if rules is not None and rule not in rules:
            raise UsageError(f"{where}: ignore: {unknown('rule', rule, sorted(rules))}")
