"""plan-mismatch: the plan opens less, or more, than is promised."""

from __future__ import annotations

from collections.abc import Iterator

from audit.checks.rule import Rule
from audit.checks.seen import Judged
from audit.model import Finding, KeyFacts, Severity, Verdict
from audit.spec.plans import Ladder, Plan

RULE = Rule(
    id="plan-mismatch",
    severity=Severity.ERROR,
    summary="An operation answers differently from what the plan promises.",
    why="Code that was tested on one plan fails in production on another, with HTTP 200 and no data.",
    example="liquidation heatmap on the standard plan: promised plan_gated; or open interest history "
    "promised available and refused with the words of a plan gate.",
    remedy="Check the plan with `coinglass-audit key`; if the key is right, the promise has changed: "
    "use another operation or a dearer plan.",
)


def check(seen: Judged) -> Iterator[Finding]:
    """Compare verdict and promise of an ordinary request; intervals have a rule of their own."""
    operation, observation, plan = seen.operation, seen.observation, seen.plan.name
    expected, verdict = observation.expected, observation.verdict
    if expected is Verdict.AVAILABLE and verdict is Verdict.PLAN_GATED:
        yield RULE.finding(
            f"{plan} promises it, the API refuses it as above the plan",
            operation=operation.id,
            evidence=f"{seen.request} -> {said(seen)}",
        )
    elif expected is Verdict.PLAN_GATED and seen.opened:
        yield RULE.finding(
            f"answers on {plan} although it is promised from {operation.min_plan} on",
            operation=operation.id,
            evidence=f"{seen.request} -> {said(seen)}",
            remedy="Don't build on it: what is not promised can be closed without notice.",
            severity=Severity.WARNING,
        )
    elif verdict is Verdict.EMPTY and seen.rowless:
        yield RULE.finding(
            seen.rowless,
            operation=operation.id,
            evidence=f"{seen.request} -> {said(seen)}",
            remedy="Try another symbol, exchange or range; until it has rows it is not proven.",
            severity=Severity.WARNING if expected is Verdict.PLAN_GATED else None,
        )


def check_key(ladder: Ladder, declared: Plan | None, key: KeyFacts) -> Iterator[Finding]:
    """Compare the declared plan with what the key turned out to have, and its proofs with each other."""
    told = "; ".join(f"{proof.way}: {proof.plan or 'unknown'} ({proof.evidence})" for proof in key.proofs)
    if declared is not None and key.plan is not None and key.plan != declared.name:
        less = ladder.get(key.plan).rank < declared.rank
        yield RULE.finding(
            f"the key has the plan {key.plan}, not {declared.name} as declared",
            evidence=told,
            remedy=f"Set a key of the plan {declared.name}, or audit with --plan {key.plan}.",
            severity=Severity.ERROR if less else Severity.WARNING,
        )
    named = {proof.plan for proof in key.proofs if proof.plan}
    if len(named) > 1 and not key.agree:
        yield RULE.finding(
            "the proofs of the key's plan disagree",
            evidence=told,
            remedy="Trust what the witnesses showed; ask the provider about the rest.",
            severity=Severity.WARNING,
        )


def said(seen: Judged) -> str:
    """What came back, in one line: status, code, words."""
    observation = seen.observation
    parts = [f"HTTP {observation.http_status}" if observation.http_status else "no answer"]
    if observation.code is not None:
        parts.append(f"code {observation.code}")
    if observation.message:
        parts.append(f'"{observation.message}"')
    return ", ".join(parts)
