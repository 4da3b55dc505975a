"""How the claims of documents and the lines of checklists fare."""

from __future__ import annotations

from enum import StrEnum

from audit.model.findings import Location
from audit.model.words import Frozen, Severity


class Standing(StrEnum):
    """How a claim fares against what is known; silence confirms nothing and contradicts nothing."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    NOT_CHECKABLE = "not checkable"


class Against(Frozen):
    """How a claim fares against one side, and on what ground."""

    standing: Standing
    evidence: str


class JudgedClaim(Frozen):
    """What a document states about the API, against the promise and against what was observed.

    ``source`` is the document and its line, ``ledger`` the file that lists the claim, ``why`` the
    remark that stands with it there. ``standing`` is of both sides together: contradicted where
    either contradicts, confirmed where one confirms and none contradicts.
    """

    id: str
    kind: str
    says: str
    source: Location
    ledger: str
    severity: Severity
    standing: Standing
    promised: Against
    observed: Against
    why: str | None = None


class Readiness(StrEnum):
    """How a line of a checklist stands; it never holds without evidence."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_LOOKED_AT = "not looked at"
    NEEDS_A_PERSON = "needs a person"


class ReadinessLine(Frozen):
    """One line of a checklist, what backs it, and how it stands.

    ``checklist`` is the title of its list, ``source`` the document and line it comes from.
    """

    id: str
    checklist: str
    says: str
    source: Location
    status: Readiness
    evidence: str
