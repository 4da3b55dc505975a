"""What one channel pushed, with all that the rules need which judge answers to requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from audit.checks import (
    field_missing,
    field_type,
    field_unknown,
    plan_mismatch,
    server_fault,
    unknown_endpoint,
    unreadable_answer,
    wrong_param,
)
from audit.checks.mismatches import Mismatch, one_line
from audit.checks.rule import Rule
from audit.checks.seen import Judged
from audit.model import Finding, Observation, Severity, StreamFacts, Verdict
from audit.spec.channels import Channel
from audit.spec.plans import Plan

CHECKS: tuple[Callable[[Judged], Iterator[Finding]], ...] = (
    plan_mismatch.check,
    wrong_param.check,
    unknown_endpoint.check,
    server_fault.check,
    unreadable_answer.check,
    field_missing.check,
    field_type.check,
    field_unknown.check,
)


@dataclass(frozen=True)
class Heard:
    """What a channel pushed beside its promise; ``operation`` is the channel, as in a Run."""

    operation: Channel
    observation: Observation
    facts: StreamFacts
    plan: Plan
    mismatches: tuple[Mismatch, ...]

    @property
    def request(self) -> str:
        """What was subscribed to."""
        return one_line(f"{self.observation.method} {self.observation.path}", most=500)

    @property
    def opened(self) -> bool:
        """Whether data came: silence may be a refusal that nobody sent."""
        return self.observation.verdict is Verdict.AVAILABLE

    @property
    def rowless(self) -> str:
        """What is to be said of a channel that stays silent; data is promised of each."""
        within = f"within {self.facts.bound_seconds:g} s"
        if self.facts.messages and not self.facts.rows:
            return f"pushes messages without rows {within}"
        if self.facts.messages:
            return f"pushes nothing {within} of subscribing again after a drop"
        return f"pushes nothing {within}, nor refuses"

    def finding(self, rule: Rule, message: str, severity: Severity, remedy: str | None = None) -> Finding:
        """Return what a rule found in all that came; the rule's own remedy unless another is given."""
        came = f"{self.facts.messages:,} messages, {self.facts.rows:,} rows"
        return rule.finding(
            message,
            operation=self.operation.id,
            evidence=f"{self.request} -> {came}",
            severity=severity,
            remedy=remedy,
        )


def check(heard: Heard) -> Iterator[Finding]:
    """Report what is wrong by the rules that hold for answers to requests too."""
    for one in CHECKS:
        yield from one(heard)
