"""JUnit XML, for a CI's test report: a test case for each request made and for each use in code.

A case fails where a finding of severity error is about it; what weighs less or is waived is its output.
A request without an answer is an error, one that was not sent is skipped. The last case is the decision,
so that a report in which nothing was audited does not look green.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from audit.model import Finding, Observation, Outcome, Run, Severity, Use, in_the_way
from audit.report.summary import WITHOUT_PROMISE
from audit.report.words import (
    NO_WORD,
    audited_plan,
    moment,
    place,
    plain,
    request,
    said,
    waiver_words,
    warning,
)

LONGEST = 1000
MOST_SHOWN = 50
# XML has no way to write these, not even as a reference; `plain` has spelled out the others.
_ILLEGAL = re.compile("[\ufffe\uffff]")


@dataclass
class _Case:
    """One test case while it is put together. ``trouble`` is (element, type, message, body)."""

    classname: str
    name: str
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)
    trouble: tuple[str, str, str, str] | None = None


def render(run: Run, *, width: int | None = None, color: bool = False) -> str:
    """Return the run as one JUnit document with a suite for the API, one for code, one for the decision."""
    suites = [("api", _observed(run)), ("code", _relied_on(run)), ("decision", [_decision(run)])]
    root = Element("testsuites", {"name": _text(run.tool.name)})
    totals: Counter[str] = Counter()
    for name, cases in suites:
        if cases:
            totals += _suite(root, name, cases, run)
    for count in ("tests", "failures", "errors"):
        root.set(count, str(totals[count]))
    indent(root)
    told = warning(run)
    head = ['<?xml version="1.0" encoding="UTF-8"?>', *([f"<!-- {told} -->"] if told else [])]
    return "\n".join([*head, tostring(root, encoding="unicode"), ""])


def _observed(run: Run) -> list[_Case]:
    """A case for each request, and one for each rule whose findings are about no request."""
    groups = {promise.operation: promise.group for promise in run.promises}
    plan = audited_plan(run) or "any-plan"
    cases: list[_Case] = []
    by_request: dict[str, _Case] = {}
    by_operation: dict[str, _Case] = {}
    for observation in run.observations:
        name = f"{plan}-{observation.operation}"
        if observation.interval:
            name += f"[{observation.interval}]"
        case = _Case(groups.get(observation.operation, WITHOUT_PROMISE), name)
        case.seconds = (observation.latency_ms or 0) / 1000
        case.trouble = _no_word(observation)
        cases.append(case)
        by_request.setdefault(request(observation), case)
        by_operation.setdefault(observation.operation, case)
    others: dict[str, _Case] = {}
    for finding in run.findings:
        if finding.location is not None:
            continue
        # Evidence begins with the request, so findings on other intervals find their own case.
        asked = (finding.evidence or "").partition(" -> ")[0]
        known = by_request.get(asked) or by_operation.get(finding.operation or "")
        (known or others.setdefault(finding.rule, _Case("run", finding.rule))).findings.append(finding)
    return [*cases, *others.values()]


def _no_word(observation: Observation) -> tuple[str, str, str, str] | None:
    if observation.attempts == 0:
        return "skipped", "not-sent", observation.message or "not sent", ""
    if observation.verdict in NO_WORD:
        return "error", observation.verdict, said(observation), request(observation)
    return None


def _relied_on(run: Run) -> list[_Case]:
    """A case for each use, and one for each rule at a place that is no use."""
    cases: dict[tuple[str, int, str], _Case] = {}
    at: dict[tuple[str, int], list[Use]] = {}
    for use in run.uses:
        cases.setdefault((use.file, use.line, use.path), _Case(use.file, f"{use.path} (line {use.line})"))
        at.setdefault((use.file, use.line), []).append(use)
    for finding in run.findings:
        if finding.location is None:
            continue
        file, line = finding.location.file, finding.location.line or 0
        about = _use_of(finding, at.get((file, line), []))
        own = about.path if about is not None else finding.rule
        cases.setdefault((file, line, own), _Case(file, f"{own} (line {line})")).findings.append(finding)
    return list(cases.values())


def _use_of(finding: Finding, uses: list[Use]) -> Use | None:
    """Of the uses on the line of a finding the one it is about: by its path, else by its operation."""
    old = finding.legacy or ""
    by_path = [use for use in uses if old.endswith(use.path)]
    by_operation = [use for use in uses if use.operation == finding.operation]
    return next(iter([*by_path, *by_operation, *uses]), None)


def _decision(run: Run) -> _Case:
    case = _Case("run", "decision")
    outcome, reasons = run.decision.outcome, run.decision.reasons
    if outcome is not Outcome.GO:
        kind = "failure" if outcome is Outcome.NO_GO else "error"
        case.trouble = (kind, outcome, " ".join(reasons), "\n".join(_text(reason) for reason in reasons))
    return case


def _suite(root: Element, name: str, cases: list[_Case], run: Run) -> Counter[str]:
    suite = SubElement(root, "testsuite", {"name": name})
    properties = SubElement(suite, "properties")
    facts = {
        "target": run.target.kind,
        "base_url": run.target.base_url,
        "plan": audited_plan(run),
        "started": moment(run.started_at),
        "evidence": warning(run),
    }
    for key, value in facts.items():
        if value:
            SubElement(properties, "property", {"name": key, "value": _text(value)})
    counts: Counter[str] = Counter(tests=len(cases))
    names: Counter[tuple[str, str]] = Counter()
    for case in cases:
        names[case.classname, case.name] += 1
        nth = names[case.classname, case.name]
        counts[_case(suite, case, f" #{nth}" if nth > 1 else "")] += 1
    for count, key in (
        ("tests", "tests"),
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ):
        suite.set(count, str(counts[key]))
    suite.set("time", f"{sum(case.seconds for case in cases):.3f}")
    return Counter(tests=counts["tests"], failures=counts["failure"], errors=counts["error"])


def _case(suite: Element, case: _Case, suffix: str) -> str:
    """Add a case; return the element that tells how it went, or nothing where it passed."""
    element = SubElement(
        suite, "testcase", {"classname": _text(case.classname), "name": _text(case.name) + suffix}
    )
    element.set("time", f"{case.seconds:.3f}")
    errors = in_the_way(case.findings, Severity.ERROR)
    trouble = case.trouble
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        trouble = ("failure", errors[0].rule, errors[0].message + more, "\n".join(_told(errors)))
    if trouble:
        kind, of, message, body = trouble
        SubElement(element, kind, {"type": _text(of), "message": _text(message)}).text = body or None
    rest = [finding for finding in case.findings if finding.waived or finding.severity is not Severity.ERROR]
    if rest:
        SubElement(element, "system-out").text = "\n".join(_told(rest))
    return trouble[0] if trouble else ""


def _told(findings: Iterable[Finding]) -> Iterator[str]:
    for number, finding in enumerate(findings):
        if number == MOST_SHOWN:
            yield "and more, see run.json"
            return
        parts = [
            (f"{finding.severity} {finding.rule}", finding.message),
            ("at", place(finding)),
            ("evidence", finding.evidence),
            ("instead", finding.replacement),
            ("remedy", finding.remedy),
            ("not counted", waiver_words(finding.waived) if finding.waived else None),
        ]
        yield "\n  ".join(f"{_text(name)}: {_text(told)}" for name, told in parts if told)


def _text(told: object) -> str:
    return _ILLEGAL.sub("", plain(told, LONGEST))
