"""Who writes a Run, and how it writes a moment down."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path

from audit import NAME, __version__
from audit.model import Tool

TOOL = Tool(name=NAME, version=__version__)


def stamp(moment: datetime) -> str:
    """A moment in UTC as ISO 8601 with seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def commit(folder: Path) -> str | None:
    """Return the commit of the Git working copy a folder is in, with a ``+`` where files differ from it.

    None where there is none, or no Git.
    """
    told = []
    for question in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no")):
        try:
            asked = subprocess.run(  # noqa: S603 - fixed words
                # A repository's own settings may name a program to watch its files: none is run.
                ["git", "-c", "core.fsmonitor=false", "--no-optional-locks", *question],  # noqa: S607 - the user's own git
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=10,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        if asked.returncode:
            return None
        told.append(asked.stdout.strip())
    return told[0] + ("+" if told[1] else "")
