"""The badge as data for a badge service: schema version 1 of an endpoint badge."""

from __future__ import annotations

from audit.model import Outcome, Run
from audit.report.badge import badge
from audit.report.formats.json_ import written


def render(run: Run, *, width: int | None = None, color: bool = False) -> str:
    """Return label, message and colour; ``isError`` keeps a service from painting over a no-go."""
    told = badge(run)
    return written(
        {
            "schemaVersion": 1,
            "label": told.label,
            "message": told.message,
            "color": told.color,
            "isError": run.decision.outcome is not Outcome.GO,
        }
    )
