"""Channels of the sandbox: each fault ends in its verdict within its bound, each plan gets its promise."""

from __future__ import annotations

import pytest

from audit.model import Verdict
from audit.sandbox.faults import STREAM_KINDS
from audit.spec.catalog import Spec
from tests.probe.listening import LIQUIDATIONS, TRADES, listen, to_sandbox

AVAILABLE, EMPTY, GATED = Verdict.AVAILABLE, Verdict.EMPTY, Verdict.PLAN_GATED
LOST, STRANGE, FAULT = Verdict.UNREACHABLE, Verdict.UNREADABLE, Verdict.SERVER_ERROR
ERROR = "error server-fault"
WARNED = "warning server-fault"

# Fault, verdict, at most so many seconds on the clock, and what is found (of rules, at least).
FAULTS: list[tuple[str, Verdict, float, set[str]]] = [
    ("ws-handshake-404", Verdict.NOT_FOUND, 1, {"error unknown-endpoint"}),
    ("ws-handshake-401", Verdict.UNAUTHORIZED, 1, set()),
    ("ws-handshake-403-html", FAULT, 5, {ERROR}),
    ("ws-handshake-429", Verdict.RATE_LIMITED, 200, set()),
    ("ws-handshake-500", FAULT, 5, {ERROR}),
    ("ws-handshake-redirect", FAULT, 1, {ERROR}),
    ("ws-handshake-silent", LOST, 95, {WARNED}),
    ("ws-handshake-cut", LOST, 5, {WARNED}),
    ("ws-mute", LOST, 65, {WARNED}),
    ("ws-no-pong", AVAILABLE, 150, {ERROR}),
    ("ws-late-pong", AVAILABLE, 150, {WARNED}),
    ("ws-drop", AVAILABLE, 200, set()),
    ("ws-refuse", GATED, 1, {"error plan-mismatch"}),
    ("ws-quiet", EMPTY, 65, {"error plan-mismatch"}),
    ("ws-end", LOST, 5, {WARNED}),
    ("ws-reset", LOST, 5, {WARNED}),
    *((f"ws-close-{code}", LOST, 5.0, {WARNED}) for code in (1000, 1001, 1008, 1011, 1012, 1013)),
    ("ws-unsubscribe-ignored", AVAILABLE, 150, {WARNED}),
    ("ws-end-later", LOST, 60, {WARNED}),
    ("ws-reset-later", LOST, 60, {WARNED}),
    *((f"ws-close-later-{code}", LOST, 60.0, {WARNED}) for code in (1000, 1001, 1008, 1011, 1012, 1013)),
    ("ws-half-open", LOST, 200, {WARNED}),
    ("ws-slow", AVAILABLE, 150, set()),
    ("ws-text", STRANGE, 65, {"error unreadable-answer"}),
    ("ws-truncated-json", STRANGE, 65, {"error unreadable-answer"}),
    ("ws-binary", STRANGE, 65, {"error unreadable-answer"}),
    ("ws-oversized", STRANGE, 65, {"error unreadable-answer"}),
    ("ws-wrong-encoding", STRANGE, 65, {"error unreadable-answer"}),
    ("ws-reserved-opcode", STRANGE, 65, {"error unreadable-answer"}),
    ("ws-reserved-bits", STRANGE, 65, {"error unreadable-answer"}),
    ("ws-duplicate", AVAILABLE, 150, {"warning series-order"}),
    ("ws-shuffled", AVAILABLE, 150, {"warning series-order"}),
    ("ws-other-channel", AVAILABLE, 150, {"error field-type"}),
    ("ws-seconds", AVAILABLE, 150, {"error field-type"}),
    ("ws-missing-field", AVAILABLE, 150, {"error field-missing"}),
    ("ws-wrong-type", AVAILABLE, 150, {"error field-type"}),
    ("ws-extra-field", AVAILABLE, 150, {"note field-unknown"}),
    ("ws-stale", AVAILABLE, 150, {"error stale-data"}),
    ("ws-empty-list", EMPTY, 65, {"error plan-mismatch"}),
]


def test_every_fault_of_the_sandbox_is_in_the_table() -> None:
    assert {fault for fault, *_ in FAULTS} == set(STREAM_KINDS)


@pytest.mark.parametrize(("fault", "verdict", "bound", "rules"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_fault_ends_in_its_verdict(
    spec: Spec, fault: str, verdict: Verdict, bound: float, rules: set[str]
) -> None:
    seen = listen(spec, to_sandbox(spec, fault), key="sandbox-standard")

    assert seen.observation.verdict is verdict, seen.observation
    assert seen.seconds <= bound
    assert rules <= seen.rules
    if verdict is AVAILABLE and fault not in ("ws-drop", "ws-slow"):
        assert seen.findings
    if verdict is AVAILABLE:
        assert seen.facts.gap_seconds is not None


@pytest.mark.parametrize("fault", ["ws-end", "ws-reset", "ws-close-1012", "ws-handshake-500"])
def test_what_passes_by_itself_is_asked_again(spec: Spec, fault: str) -> None:
    seen = listen(spec, to_sandbox(spec, f"{fault}x1"), key="sandbox-standard")

    assert (seen.observation.verdict, seen.observation.attempts) == (AVAILABLE, 2)
    assert seen.findings == ()


@pytest.mark.parametrize("channel", [LIQUIDATIONS, TRADES])
@pytest.mark.parametrize("plan", ["hobbyist", "startup", "standard", "professional", "enterprise"])
def test_every_plan_gets_what_it_is_promised(spec: Spec, plan: str, channel: str) -> None:
    seen = listen(spec, to_sandbox(spec), plan=plan, channel=channel, key=f"sandbox-{plan}")

    opens = plan in ("standard", "professional", "enterprise")
    assert seen.observation.verdict is seen.observation.expected is (AVAILABLE if opens else GATED)
    assert seen.findings == ()
    if opens:
        facts = seen.facts
        assert (facts.pings, facts.pongs, facts.unsubscribed) == (2, 2, True)
        assert facts.gap_seconds is not None
        assert facts.rows == seen.observation.rows
    assert seen.seconds < (150 if opens else 1)
