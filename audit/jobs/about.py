"""Who writes a Run, and how it writes a moment down."""

from __future__ import annotations

from datetime import datetime

from audit import __version__
from audit.model import Tool

TOOL = Tool(name="coinglass-audit", version=__version__)


def stamp(moment: datetime) -> str:
    """A moment in UTC as ISO 8601 with seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
