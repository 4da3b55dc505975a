"""SARIF 2.1.0, as code scanning takes it: one result a finding, the rules in words beside them.

A finding in code points at its line. One about the API has no line to point at, and code scanning
turns away a result without a file: it points at ``run.json``, which holds the evidence and is written
beside this output, and names the operation as its logical location. No result carries a fix, because
a finding knows where a text begins but not where it ends; ``scan --diff`` makes the certain edits.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from audit.model import Finding, Location, Outcome, Run, Severity
from audit.report.formats.json_ import written
from audit.report.rules import RuleText, rules_of
from audit.report.summary import shape
from audit.report.words import plain, waiver_words, warning

VERSION = "2.1.0"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# What code scanning takes in one upload: so many results, so many bytes once compressed.
MOST_RESULTS = 25_000
MOST_BYTES = 10_000_000
LONGEST = 1000
EVIDENCE = "run.json"
ROOT = "%SRCROOT%"

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def render(run: Run, *, width: int | None = None, color: bool = False) -> str:
    """Return the findings as a SARIF log; the worst are kept where they are more than can be uploaded."""
    kept = min(len(run.findings), MOST_RESULTS)
    text = written(_log(run, kept))
    while kept and len(text) > MOST_BYTES and len(gzip.compress(text.encode())) > MOST_BYTES:
        kept //= 2
        text = written(_log(run, kept))
    return text


def _log(run: Run, kept: int) -> dict[str, Any]:
    findings = run.findings[:kept]
    rules = rules_of(findings)
    index = {rule.id: number for number, rule in enumerate(rules)}
    told = warning(run)
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        **({"properties": {"warning": told}} if told else {}),
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": _text(run.tool.name),
                        "version": _text(run.tool.version),
                        "rules": [_rule(rule) for rule in rules],
                    }
                },
                # Uploads of one category replace each other; those about code and about the API must not.
                "automationDetails": {"id": f"{_text(run.tool.name)}/{run.target.kind}/"},
                "invocations": [_invocation(run, kept)],
                "originalUriBaseIds": {ROOT: {"description": {"text": "The folder the tool was run in."}}},
                "columnKind": "unicodeCodePoints",
                "results": _results(findings, index),
                "properties": {
                    "decision": run.decision.outcome,
                    "target": run.target.kind,
                    "plan": run.plan.declared or run.plan.detected,
                },
            }
        ],
    }


def _rule(rule: RuleText) -> dict[str, Any]:
    summary = rule.summary or f"{_text(rule.id)}, a rule of another version of the tool."
    told = [("Why", rule.why), ("Example", rule.example), ("Remedy", rule.remedy)]
    parts = [(title, text) for title, text in told if text]
    return {
        "id": _text(rule.id),
        "shortDescription": {"text": summary},
        "fullDescription": {"text": f"{summary} {rule.why}".rstrip()},
        "help": {
            "text": "\n".join([summary, *(f"{title}: {text}" for title, text in parts)]),
            "markdown": "\n\n".join([summary, *(f"**{title}:** {text}" for title, text in parts)]),
        },
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
    }


def _invocation(run: Run, kept: int) -> dict[str, Any]:
    notes = [("note", f"{run.decision.outcome.upper()}: {reason}") for reason in run.decision.reasons]
    if told := warning(run):
        notes.append(("warning", told))
    if left := len(run.findings) - kept:
        notes.append(
            ("warning", f"{left} findings are left out: more than code scanning takes; see run.json")
        )
    times = {"startTimeUtc": _utc(run.started_at), "endTimeUtc": _utc(run.finished_at)}
    return {
        "executionSuccessful": run.decision.outcome is not Outcome.INCOMPLETE,
        **{name: moment for name, moment in times.items() if moment},
        "toolExecutionNotifications": [
            {"level": level, "message": {"text": _text(text)}} for level, text in notes
        ],
    }


def _results(findings: Sequence[Finding], index: dict[str, int]) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    results = []
    for finding in findings:
        mark = _fingerprint(finding)
        seen[mark] += 1
        told = [finding.message, finding.remedy or ""]
        facts = {
            name: _text(value)
            for name in ("operation", "legacy", "replacement", "evidence", "remedy")
            if (value := getattr(finding, name)) is not None
        }
        results.append(
            {
                "ruleId": _text(finding.rule),
                "ruleIndex": index[finding.rule],
                "level": _LEVEL[finding.severity],
                "message": {"text": ". ".join(_text(text).rstrip(".") for text in told if text) + "."},
                "locations": [_location(finding)],
                "partialFingerprints": {"primaryLocationLineHash": f"{mark}:{seen[mark]}"},
                **_suppressed(finding),
                "properties": {"certain": finding.certain, **facts},
            }
        )
    return results


def _suppressed(finding: Finding) -> dict[str, Any]:
    if finding.waived is None:
        return {}
    told = _text(waiver_words(finding.waived))
    return {"suppressions": [{"kind": "external", "status": "accepted", "justification": told}]}


def _fingerprint(finding: Finding) -> str:
    """What stays the same while lines move and numbers change, so that an alert is known again."""
    place = finding.location
    known = (
        (place.file, finding.legacy, finding.replacement, finding.evidence or shape(finding.message))
        if place
        else (shape(finding.message),)
    )
    text = "\n".join(" ".join((part or "").split()) for part in (finding.rule, finding.operation, *known))
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _location(finding: Finding) -> dict[str, Any]:
    place = finding.location or Location(file=EVIDENCE)
    region = {"startLine": max(1, place.line or 1)}
    if place.column:
        region["startColumn"] = max(1, place.column)
    artifact = _artifact(place.file) if finding.location else {"uri": EVIDENCE}
    found: dict[str, Any] = {"physicalLocation": {"artifactLocation": artifact, "region": region}}
    if finding.operation:
        name = _text(finding.operation)
        found["logicalLocations"] = [{"name": name, "fullyQualifiedName": name, "kind": "resource"}]
    return found


def _artifact(file: str) -> dict[str, str]:
    """A file as a URI: relative to where the tool ran, unless the path is absolute or leads out of there."""
    uri = quote(file.removeprefix("./"), safe="/", errors="surrogatepass")
    if uri.startswith("/"):
        return {"uri": f"file://{uri}"}
    return {"uri": uri} if uri.startswith("../") else {"uri": uri, "uriBaseId": ROOT}


def _utc(stamp: str) -> str | None:
    """A moment as SARIF writes it; None for what is no moment."""
    try:
        return datetime.fromisoformat(stamp).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return None


def _text(told: object) -> str:
    return plain(told, LONGEST)
