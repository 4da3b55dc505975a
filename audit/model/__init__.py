"""The words of an audit as frozen models: verdict, observation, finding, decision, and the Run file."""

from __future__ import annotations

from audit.model.answers import Freshness, IntervalFloor, KeyFacts, LimitUse, Observation, Promise, Proof
from audit.model.code import Advice, Alternative, Because, Scanned, SkippedFile, Use
from audit.model.documents import Against, JudgedClaim, Readiness, ReadinessLine, Standing
from audit.model.findings import Finding, Location, in_the_way, sort_findings
from audit.model.run import RUN_FORMAT, Decision, PlanFacts, PresetFacts, Run, SpecFacts, Target, Tool
from audit.model.streams import CHANNEL_GROUP, SUBSCRIBE, StreamFacts
from audit.model.waivers import UsedWaiver, Waiver, WaiverState
from audit.model.words import Frozen, Outcome, Severity, TargetKind, Verdict

__all__ = [
    "CHANNEL_GROUP",
    "RUN_FORMAT",
    "SUBSCRIBE",
    "Advice",
    "Against",
    "Alternative",
    "Because",
    "Decision",
    "Finding",
    "Freshness",
    "Frozen",
    "IntervalFloor",
    "JudgedClaim",
    "KeyFacts",
    "LimitUse",
    "Location",
    "Observation",
    "Outcome",
    "PlanFacts",
    "PresetFacts",
    "Promise",
    "Proof",
    "Readiness",
    "ReadinessLine",
    "Run",
    "Scanned",
    "Severity",
    "SkippedFile",
    "SpecFacts",
    "Standing",
    "StreamFacts",
    "Target",
    "TargetKind",
    "Tool",
    "Use",
    "UsedWaiver",
    "Verdict",
    "Waiver",
    "WaiverState",
    "in_the_way",
    "sort_findings",
]
