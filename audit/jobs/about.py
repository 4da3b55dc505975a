"""Who writes a Run, and how it writes a moment down."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from audit import NAME, __version__
from audit.model import Tool
from audit.scan.git import changes, head

TOOL = Tool(name=NAME, version=__version__)
USER_AGENT = f"{NAME}/{__version__}"


def stamp(moment: datetime) -> str:
    """A moment in UTC as ISO 8601 with seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def commit(folder: Path) -> str | None:
    """Return the commit of the Git working copy a folder is in, with a ``+`` where files differ from it.

    None where there is none, or no Git.
    """
    now = head(folder)
    changed = changes(folder, "--untracked-files=no") if now else None
    return None if changed is None else f"{now}{'+' if changed else ''}"
