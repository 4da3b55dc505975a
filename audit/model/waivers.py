"""Findings that somebody answers for: which, why, by whom, and until when."""

from __future__ import annotations

from enum import StrEnum

from audit.model.words import Frozen


class Waiver(Frozen):
    """Findings of one rule that shall not stand in the way.

    ``operation`` and ``file`` are globs that narrow it; ``until`` is the last day on which it holds, as an
    ISO date in UTC.
    """

    rule: str
    operation: str | None = None
    file: str | None = None
    reason: str
    by: str
    until: str

    @property
    def identity(self) -> tuple[str, ...]:
        """What two mentions of the same waiver have in common."""
        return (self.rule, self.operation or "", self.file or "", self.reason, self.by, self.until)

    @property
    def subject(self) -> str:
        """What is waived, in words: ``plan-mismatch on futures_* in src/*``."""
        told = self.rule + (f" on {self.operation}" if self.operation else "")
        return told + (f" in {self.file}" if self.file else "")


class WaiverState(StrEnum):
    """How a waiver fared in a run; only one that holds waives anything."""

    HOLDS = "holds"
    EXPIRED = "expired"
    UNUSED = "fits nothing"


class UsedWaiver(Waiver):
    """A waiver beside the number of findings that it waives, or would waive had it not expired."""

    state: WaiverState
    findings: int
