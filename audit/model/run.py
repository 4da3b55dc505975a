"""One audit from start to decision: what ``run.json`` holds."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from audit.model.answers import Freshness, IntervalFloor, KeyFacts, LimitUse, Observation, Promise
from audit.model.code import Advice, Scanned, Use
from audit.model.documents import JudgedClaim, ReadinessLine
from audit.model.findings import Finding
from audit.model.streams import StreamFacts
from audit.model.waivers import UsedWaiver
from audit.model.words import Frozen, Outcome, TargetKind, Verdict

RUN_FORMAT: Literal["coinglass-audit.run/1"] = "coinglass-audit.run/1"


class Tool(Frozen):
    """Which program wrote the file."""

    name: str
    version: str


class Target(Frozen):
    """What was asked, and where."""

    kind: TargetKind
    base_url: str | None = None


class PlanFacts(Frozen):
    """The plan the user declared beside the one the key turned out to have."""

    declared: str | None = None
    detected: str | None = None
    requests_per_minute: int | None = None
    expires_at: str | None = None


class SpecFacts(Frozen):
    """Which description was promised against."""

    title: str
    version: str
    sha256: str
    operations: int


class Decision(Frozen):
    """The outcome and why, one sentence a reason."""

    outcome: Outcome
    reasons: tuple[str, ...]


class PresetFacts(Frozen):
    """The preset of a run and its runbook: a command for each request, and what refusals mean."""

    name: str
    title: str
    commands: dict[str, str] = Field(default_factory=dict)
    refusals: dict[Verdict, dict[Literal["sign", "meaning", "action"], str]] = Field(default_factory=dict)


class Run(Frozen):
    """One audit from start to decision; this is what ``run.json`` holds.

    ``commit`` is that of the Git working copy it was started in, with a ``+`` behind where files differ;
    ``cassettes`` is one sha256 over the recordings that were tested with it.
    """

    format: Literal["coinglass-audit.run/1"] = RUN_FORMAT
    tool: Tool
    started_at: str
    finished_at: str
    target: Target
    plan: PlanFacts
    key: KeyFacts | None = None
    spec: SpecFacts
    preset: PresetFacts | None = None
    commit: str | None = None
    cassettes: str | None = None
    promises: tuple[Promise, ...] = ()
    observations: tuple[Observation, ...] = ()
    interval_floors: tuple[IntervalFloor, ...] = ()
    freshness: tuple[Freshness, ...] = ()
    streams: tuple[StreamFacts, ...] = ()
    limit_use: tuple[LimitUse, ...] = ()
    uses: tuple[Use, ...] = ()
    findings: tuple[Finding, ...] = ()
    advice: Advice | None = None
    scanned: Scanned | None = None
    claims: tuple[JudgedClaim, ...] = ()
    readiness: tuple[ReadinessLine, ...] = ()
    waivers: tuple[UsedWaiver, ...] = ()
    decision: Decision
