"""Judges answers to generated requests: as a check of schemathesis, with the refusal rules as the word.

Schemathesis believes the HTTP status. Here it is shown the answer with the status that the body tells, so
that its own checks hold for an API that refuses with 200, and our check stands beside them.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from audit.checks import (
    field_missing,
    field_type,
    field_unknown,
    interval_mismatch,
    ohlc_range,
    plan_mismatch,
    series_order,
    server_fault,
    unknown_endpoint,
    unreadable_answer,
    wrong_param,
)
from audit.checks.rule import Rule
from audit.checks.seen import Seen
from audit.client.answers import Complete
from audit.contract.fuzz_cases import Case
from audit.contract.fuzz_demand import Demand
from audit.model import Finding, Severity, Verdict
from audit.probe.reading import Reading
from audit.spec.catalog import Spec
from audit.spec.expectations import expect

if TYPE_CHECKING:
    import schemathesis

OPEN = (Verdict.AVAILABLE, Verdict.EMPTY)
# No word about the operation: the key or the pace is at fault, and the decision says so.
SILENT = (Verdict.UNAUTHORIZED, Verdict.RATE_LIMITED)
# The checks that hold whatever was asked for; the others compare with ordinary requests.
MEANING = (field_missing.check, field_type.check, field_unknown.check, series_order.check, ohlc_range.check)
_RULES: dict[Verdict, Rule] = {
    Verdict.SERVER_ERROR: server_fault.RULE,
    Verdict.UNREACHABLE: server_fault.RULE,
    Verdict.UNREADABLE: unreadable_answer.RULE,
    Verdict.NOT_FOUND: unknown_endpoint.RULE,
    Verdict.PLAN_GATED: plan_mismatch.RULE,
    Verdict.INTERVAL_GATED: interval_mismatch.RULE,
}
# What schemathesis calls its findings -> ours.
_LIBRARY_RULES: dict[str, Rule] = {
    "ServerError": server_fault.RULE,
    "JsonSchemaError": field_type.RULE,
}


class PromiseBrokenError(AssertionError):
    """How a check of schemathesis fails; ``findings`` say what is wrong, one line each as text."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(f"{finding.rule}: {finding.message}" for finding in findings))
        self.findings = findings


@dataclass(frozen=True)
class Answered:
    """One case with what came back.

    ``url`` is the whole request. ``steady`` says that the other side has no network and no others before
    it, so that a lost connection or a second attempt is its own fault.
    """

    case: Case
    seen: Seen
    reading: Reading
    url: str
    steady: bool


def promised(spec: Spec, plan: str, case: Case) -> frozenset[Verdict]:
    """Return the verdicts that keep the promise: by the plan, then the parameters, then the interval."""
    operation = case.operation
    interval = operation.parameter("interval")
    asked = dict(case.pairs).get(interval.name) if interval else None
    width = asked if asked in operation.intervals else None
    expected = expect(operation, spec.ladder, plan, width)
    if expected is Verdict.PLAN_GATED:
        return frozenset({expected})
    gated = expected is Verdict.INTERVAL_GATED
    good: frozenset[Verdict] = frozenset({expected} if gated or case.ruling.rows else OPEN)
    match case.ruling.demand:
        case Demand.ANSWER:
            return good
        case Demand.REFUSAL:
            return frozenset({Verdict.BAD_REQUEST, *(good if gated else ())})
        case Demand.EITHER:
            return good | {Verdict.BAD_REQUEST}


def judge(spec: Spec, answered: Answered) -> tuple[Finding, ...]:
    """Return everything that is wrong with one answer; the evidence is a line to repeat the request with."""
    seen = answered.seen
    found = [*_verdict(spec, answered)]
    if not found and seen.body is not None:
        found = [*chain.from_iterable(check(seen) for check in MEANING), *_limit(spec, answered)]
    evidence = {"evidence": _evidence(spec, answered)}
    return tuple(finding.model_copy(update=evidence) for finding in found)


def _evidence(spec: Spec, answered: Answered) -> str:
    provider = spec.provider
    line = f'curl -H "{provider.key_header}: ${provider.key_variable}" {shlex.quote(answered.url)}'
    return f"{line} -> {plan_mismatch.said(answered.seen)}"


def _verdict(spec: Spec, answered: Answered) -> Iterator[Finding]:
    case, seen = answered.case, answered.seen
    verdict, name = seen.observation.verdict, case.operation.id
    good = promised(spec, seen.plan.name, case)
    if verdict in SILENT:
        return
    if verdict in good:
        if answered.steady and seen.observation.attempts > 1:
            yield server_fault.RULE.finding("failed before it answered", operation=name)
        return
    why = case.ruling.why
    if verdict is Verdict.BAD_REQUEST:
        wrong = (
            f"refused as a wrong request although {' or '.join(sorted(good))} is promised"
            if Verdict.PLAN_GATED in good or Verdict.INTERVAL_GATED in good
            else f"refused although {why}"
        )
        yield wrong_param.RULE.finding(wrong, operation=name)
    elif verdict in OPEN:
        yield _let_through(answered, good)
    else:
        rule = _RULES[verdict]
        lost = verdict is Verdict.UNREACHABLE and not answered.steady
        yield rule.finding(
            f"{verdict} where {' or '.join(sorted(good))} is promised",
            operation=name,
            severity=Severity.WARNING if lost else None,
        )


def _let_through(answered: Answered, good: frozenset[Verdict]) -> Finding:
    """Say what an answer passed by that should have stopped it."""
    case, plan = answered.case, answered.seen.plan.name
    name = case.operation.id
    if good == {Verdict.PLAN_GATED}:
        told = f"answers on {plan} although it is promised from {case.operation.min_plan} on"
        return plan_mismatch.RULE.finding(told, operation=name, severity=Severity.WARNING)
    if case.ruling.demand is Demand.REFUSAL:
        return wrong_param.RULE.finding(f"answers although {case.ruling.why}", operation=name)
    if Verdict.INTERVAL_GATED in good:
        told = f"answers on {plan} on an interval that is finer than promised"
        return interval_mismatch.RULE.finding(told, operation=name)
    return plan_mismatch.RULE.finding("answers with success and no rows", operation=name)


def _limit(spec: Spec, answered: Answered) -> Iterator[Finding]:
    """Report more rows than were asked for, or than may be asked for."""
    operation = answered.case.operation
    parameter = operation.parameter("limit")
    data = answered.seen.body.get(spec.provider.envelope.data)
    if parameter is None or not isinstance(data, list):
        return
    bounds = [parameter.schema.get("maximum"), dict(answered.case.pairs).get(parameter.name)]
    most = min((int(one) for one in bounds if one is not None and str(one).isdecimal()), default=len(data))
    if len(data) > most:
        yield wrong_param.RULE.finding(
            f"sends more rows than {parameter.name} allows", operation=operation.id
        )


def as_check(spec: Spec, answered: Answered) -> Callable[..., None]:
    """Return the judgement of one answer as a check that schemathesis runs beside its own."""

    def answers_as_promised(ctx: Any, response: Any, case: Any) -> None:
        findings = judge(spec, answered)
        if findings:
            raise PromiseBrokenError(findings)

    return answers_as_promised


def honest(outcome: Complete, reading: Reading, url: str) -> schemathesis.Response:
    """Return an answer for schemathesis, with the status that the refusal rules read out of it."""
    import requests
    import schemathesis

    status = outcome.status
    if reading.verdict not in OPEN and status < 400:
        told = reading.code or ""
        status = int(told) if told.isdecimal() and 400 <= int(told) <= 599 else 400
    return schemathesis.Response(
        status_code=status,
        headers={name: [value] for name, value in outcome.headers.items()},
        content=outcome.body,
        request=requests.Request("GET", url).prepare(),
        elapsed=outcome.seconds,
        verify=True,
    )


def findings_of(spec: Spec, answered: Answered, outcome: Complete) -> tuple[Finding, ...]:
    """Run our check and those of schemathesis over one answer; theirs count where ours finds nothing."""
    response = honest(outcome, answered.reading, answered.url)
    try:
        answered.case.made.validate_response(response, additional_checks=[as_check(spec, answered)])
    except BaseExceptionGroup as failures:
        causes = [getattr(failure, "exception", None) for failure in failures.exceptions]
        ours = [cause.findings for cause in causes if isinstance(cause, PromiseBrokenError)]
        return tuple(chain.from_iterable(ours)) or _theirs(spec, answered, failures)
    return ()


def _theirs(spec: Spec, answered: Answered, failures: BaseExceptionGroup[Any]) -> tuple[Finding, ...]:
    return tuple(
        _LIBRARY_RULES.get(type(failure).__name__, unreadable_answer.RULE).finding(
            " ".join(str(failure).split())[:300],
            operation=answered.case.operation.id,
            evidence=_evidence(spec, answered),
        )
        for failure in failures.exceptions
    )


def address(base_url: str, case: Case) -> str:
    """Return the whole request as an address, its parameters encoded."""
    query = urlencode(case.pairs)
    return f"{base_url}{case.operation.path}" + (f"?{query}" if query else "")
