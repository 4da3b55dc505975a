"""What a Run saw of the operations on its plan. It outweighs what the description promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from audit.model import Verdict
from audit.spec.plans import Plan
from audit.spec.widths import seconds


@dataclass(frozen=True)
class Observed:
    """The plan of a Run, the verdict of each operation's ordinary request, and its intervals.

    ``widths`` says of each operation and interval whether it was answered (True) or refused as too fine.
    """

    plan: Plan | None
    verdicts: Mapping[str, Verdict]
    widths: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)

    def gates(self, operation: str, width: str) -> bool | None:
        """Whether an interval is refused; None where nothing that was asked tells.

        What is finer than a refused one is refused, and what is wider than an answered one is answered.
        """
        told = self.widths.get(operation, {})
        if width in told:
            return not told[width]
        wanted = seconds(width)
        if any(seconds(one) >= wanted for one, answered in told.items() if not answered):
            return True
        return False if any(seconds(one) <= wanted for one, answered in told.items() if answered) else None
