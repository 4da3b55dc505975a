"""The sign-off as a job: the API probed, recordings tested, code scanned, and one Run of all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from audit.checks import cassette
from audit.contract.cassette import file_name
from audit.contract.replay import plans_in
from audit.contract.sealed import SUFFIX
from audit.contract.suite import open_suite
from audit.errors import CassetteError
from audit.jobs.contracting import Contracted, contract
from audit.jobs.deciding import ANSWERED, fold
from audit.jobs.probing import Audited, probe
from audit.jobs.runfile import observed
from audit.jobs.scanning import Scan, against, scan
from audit.jobs.settings import Aim, Settings
from audit.model import (
    CHANNEL_GROUP,
    Decision,
    Finding,
    Location,
    Outcome,
    Run,
    TargetKind,
    in_the_way,
    sort_findings,
)
from audit.probe.runner import Progress
from audit.scan.baseline import Baseline
from audit.scan.files import walk
from audit.spec.catalog import Spec


def sign_off(
    spec: Spec,
    settings: Settings,
    target: Aim,
    code: Scan,
    baseline: Baseline | None,
    on_progress: Callable[[Progress], None],
) -> Audited:
    """Probe, then judge the code against the same plan and against what the probe saw.

    ``code`` says what to read; its plan and observations are those of the probe. What ``baseline``
    knows is left out. Raises what `probe`
    raises, and UsageError for a path that is not there, before anything is asked.
    """
    walk(code.paths)
    audited = probe(spec, settings, target, on_progress)
    seen = observed(audited.run, spec.ladder)
    plan = spec.ladder.get(settings.plan) if settings.plan else seen.plan
    scanned = scan(spec, replace(code, plan=plan, observed=seen, waivers=settings.waivers))
    if baseline is not None:
        scanned = against(baseline, scanned, code.threshold)
    return replace(audited, run=together(audited.run, scanned))


def together(probed: Run, scanned: Run) -> Run:
    """Return one Run of a probe and a scan of the code that is to run on what was probed."""
    return probed.model_copy(
        update={
            "finished_at": scanned.finished_at,
            "uses": scanned.uses,
            "findings": sort_findings([*probed.findings, *scanned.findings]),
            "advice": scanned.advice,
            "scanned": scanned.scanned,
            "decision": fold(probed, scanned),
        }
    )


def with_recordings(run: Run, spec: Spec, settings: Settings, folder: Path | None) -> Run:
    """Return a Run that the contract suite joins, on the cassettes of the plan that was audited.

    What it finds stands in the way like anything else, and says that it was recorded, and where. Where
    nothing is recorded (``folder`` is None, or has nothing of the plan) that is told and decides nothing.
    """
    plan = run.plan.declared or run.plan.detected
    if folder is None or plan is None or plan not in plans_in(folder):
        return _told(
            run, f"Contract: nothing is recorded{f' on {plan}' if plan else ''}, so nothing was tested."
        )
    try:
        suite = open_suite(spec, folder, (plan,), settings.only)
    except CassetteError as error:
        found = settings.waivers.mark([cassette.RULE.finding(str(error))])
        outcome = Outcome.NO_GO if in_the_way(found, settings.threshold) else Outcome.GO
        return _joined(run, found, outcome, "Contract: the cassettes cannot be used.")
    (done,) = contract(suite, folder, settings.threshold)
    run = run.model_copy(update={"cassettes": _digest(folder / plan)})
    origin = suite.origins[plan]
    warning = "" if origin.target.kind is TargetKind.LIVE else "; that says nothing about the live API"
    findings = settings.waivers.mark(
        _placed(finding, done, spec, folder, origin.target.kind) for finding in done.run.findings
    )
    outcome, reason = done.run.decision.outcome, " ".join(done.run.decision.reasons).rstrip(".")
    # A test fails by its findings alone, so where each of these is waived none stands in the way.
    if outcome is Outcome.NO_GO and not in_the_way(findings, settings.threshold):
        outcome, reason = Outcome.GO, f"{reason}, by what is waived"
    told = f"Contract: {reason}, from {origin.target.kind} on {origin.recorded_at:%Y-%m-%d}{warning}."
    return _joined(run, findings, outcome, told)


def _digest(folder: Path) -> str:
    """One digest over the cassettes of a plan, by name and content."""
    whole = sha256()
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def _placed(finding: Finding, done: Contracted, spec: Spec, folder: Path, kind: TargetKind) -> Finding:
    """Say of a finding that it is about a recording: it must not be taken for an answer of today."""
    location = finding.location
    operation = spec.operations.get(finding.operation or "")
    if location is None:
        group = operation.group if operation else CHANNEL_GROUP if finding.operation else None
        location = Location(file=str(folder / done.plan / (file_name(group) if group else "")))
    return finding.model_copy(
        update={"message": f"recorded from {kind}: {finding.message}", "location": location}
    )


def _joined(run: Run, findings: Sequence[Finding], outcome: Outcome, told: str) -> Run:
    """A Run with what recordings showed; a key that never worked still leaves the whole undecided."""
    decision = run.decision
    worked = any(observation.verdict in ANSWERED for observation in run.observations)
    reasons = (*decision.reasons, told)
    if outcome is Outcome.NO_GO and worked:
        ahead = decision.outcome is not Outcome.NO_GO
        decision = Decision(outcome=Outcome.NO_GO, reasons=(told, *decision.reasons) if ahead else reasons)
    else:
        decision = Decision(outcome=decision.outcome, reasons=reasons)
    joined = sort_findings([*run.findings, *findings])
    return run.model_copy(update={"findings": joined, "decision": decision})


def _told(run: Run, reason: str) -> Run:
    return _joined(run, [], Outcome.GO, reason)
