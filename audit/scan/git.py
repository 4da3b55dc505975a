"""Asks git about a working copy of anybody's: no program that its own settings name is run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

SECONDS = 30.0
_SETTINGS = ("config", "--null", "--show-scope", "--name-only", "--get-regexp", r"^filter\.")
# The user's own settings; all others came with the working copy.
_TRUSTED = ("system", "global", "command")


def changes(folder: Path, *options: str) -> str | None:
    """Return the files that differ from what is committed, a line each, as `git status` does.

    ``options`` are its own. None outside a working copy, without git, or where git takes too long.
    Submodules are left out: each has settings of its own.
    """
    listed = _ask(folder, _SETTINGS, {})
    if listed is None:
        return None
    question = ("status", "--porcelain", "--ignore-submodules=all", *options)
    return _ask(folder, question, _without_filters(listed))


def head(folder: Path) -> str | None:
    """Return the commit that a working copy is at; None where there is none, or no git."""
    return _ask(folder, ("rev-parse", "--verify", "HEAD"), {}) or None


def _ask(folder: Path, question: Sequence[str], settings: dict[str, str]) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    # Watches files; where objects are missing git would fetch them, by a command that the settings name.
    own = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
    given = os.environ.get("GIT_CONFIG_COUNT", "")
    first = int(given) if given.isdecimal() else 0
    for number, (name, value) in enumerate({"core.fsmonitor": "false", **settings}.items(), first):
        # Not as -c NAME=VALUE: the name of a filter may hold an equals sign.
        own["GIT_CONFIG_COUNT"] = str(number + 1)
        own |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    try:
        done = subprocess.run(  # noqa: S603 - git itself, with words of this file and names behind --
            [git, "--no-optional-locks", "--literal-pathspecs", *question],
            cwd=folder, env={**os.environ, **own}, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    # `config` ends with 1 where nothing matches.
    right = (0, 1) if question is _SETTINGS else (0,)
    return os.fsdecode(done.stdout).strip() if done.returncode in right else None


def _without_filters(listed: str) -> dict[str, str]:
    """Return settings that turn off what the working copy's own settings would pass files through."""
    words = listed.split("\0")
    settings: dict[str, str] = {}
    for scope, key in zip(words[::2], words[1::2], strict=False):
        if scope not in _TRUSTED:
            name = key.rpartition(".")[0]
            settings |= {f"{name}.clean": "", f"{name}.process": "", f"{name}.required": "false"}
    return settings
