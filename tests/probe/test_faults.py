"""Every way the sandbox can misbehave, over each transport, ends in the right verdict."""

from __future__ import annotations

import pytest

from audit.jobs.probing import probe
from audit.jobs.settings import Settings, aim
from audit.model import Outcome, Run, Verdict
from audit.probe import asker
from audit.sandbox.app import Sandbox
from audit.sandbox.faults import KINDS, parse
from audit.sandbox.server import running
from audit.spec.catalog import Spec

OPERATION = "futures_open_interest_history"
TIMEOUT = 1.0

# fault, verdict, rules of the findings about the operation
FAULTS = [
    ("rate", "rate_limited", {"rate-limit-mismatch"}),
    ("rate-status", "rate_limited", {"rate-limit-mismatch"}),
    ("rate-after", "rate_limited", {"rate-limit-mismatch"}),
    ("server-500", "server_error", {"server-fault"}),
    ("retired-500", "server_error", {"server-fault"}),
    ("server-502-html", "server_error", {"server-fault"}),
    ("edge-403-html", "server_error", {"server-fault"}),
    ("edge-520-html", "server_error", {"server-fault"}),
    ("html-200", "unreadable", {"unreadable-answer"}),
    ("empty-204", "unreadable", {"unreadable-answer"}),
    ("not-json", "unreadable", {"unreadable-answer"}),
    ("truncated", "unreadable", {"unreadable-answer"}),
    ("truncated-json", "unreadable", {"unreadable-answer"}),
    ("oversized", "unreadable", {"unreadable-answer"}),
    ("deep", "unreadable", {"unreadable-answer"}),
    ("wrong-encoding", "unreadable", {"unreadable-answer"}),
    ("reset", "unreachable", {"server-fault"}),
    ("reset-midway", "unreachable", {"server-fault"}),
    ("hang", "unreachable", {"server-fault"}),
    ("slow", "unreachable", {"server-fault"}),
    ("redirect-other-host", "server_error", {"server-fault"}),
    ("not-found", "not_found", {"unknown-endpoint"}),
    ("plan-gate", "plan_gated", {"plan-mismatch"}),
    ("interval-gate", "interval_gated", {"interval-mismatch"}),
    ("empty-list", "empty", {"plan-mismatch"}),
    ("seconds", "available", {"field-type", "stale-data", "series-order"}),
    ("missing-field", "available", {"field-missing"}),
    ("wrong-type", "available", {"field-type"}),
    ("extra-field", "available", {"field-unknown"}),
    ("stale", "available", {"stale-data"}),
    ("shuffled", "available", {"series-order"}),
    ("duplicate", "available", {"series-order"}),
    ("off-grid", "available", {"series-order"}),
    ("ohlc-broken", "available", {"ohlc-range"}),
    ("numeric-code", "available", {"field-type"}),
    ("no-rate-headers", "available", set()),
    ("wrong-rate-header", "available", set()),
]
# What may pass by itself is asked again: struck once, it is gone.
PASSING = [
    "rate",
    "rate-status",
    "server-500",
    "server-502-html",
    "edge-520-html",
    "truncated",
    "reset",
    "hang",
]

TRANSPORTS = ["in-process", "socket"]


def audited(spec: Spec, fault: str, transport: str) -> Run:
    """Probe the one operation while the fault strikes it."""
    chosen = Settings(plan="standard", only=(OPERATION,), intervals="none", timeout=TIMEOUT, sandbox=True)
    if transport == "in-process":
        settings = Settings(**{**vars(chosen), "faults": (fault,)})
        return probe(spec, settings, aim(settings, spec, None)).run
    app = Sandbox(spec, faults=(parse(fault),), statuses="matching")
    with running(app) as base_url:
        settings = Settings(**{**vars(chosen), "sandbox": False, "base_url": base_url})
        return probe(spec, settings, aim(settings, spec, None)).run


@pytest.fixture(autouse=True)
def _fewer_attempts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a socket the waits between attempts are real; two attempts show as much as six."""
    if "socket" in request.node.callspec.params.values() if hasattr(request.node, "callspec") else False:
        monkeypatch.setattr(asker, "MAX_RATE_ATTEMPTS", 2)
        monkeypatch.setattr(asker, "MAX_ATTEMPTS", 2)


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(("fault", "verdict", "rules"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_fault_ends_in_the_right_verdict(
    spec: Spec, fault: str, verdict: str, rules: set[str], transport: str
) -> None:
    run = audited(spec, f"{fault}:{OPERATION}", transport)
    observation = next(row for row in run.observations if row.operation == OPERATION)
    assert observation.verdict == Verdict(verdict), observation
    found = {finding.rule for finding in run.findings if finding.operation == OPERATION}
    assert rules <= found
    harmless = rules <= {"field-unknown"}
    assert (run.decision.outcome is Outcome.GO) == harmless, run.decision


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_by_itself_is_asked_again(spec: Spec, fault: str, transport: str) -> None:
    run = audited(spec, f"{fault}:{OPERATION}x1", transport)
    observation = next(row for row in run.observations if row.operation == OPERATION)
    assert observation.verdict is Verdict.AVAILABLE
    assert observation.attempts == 2
    assert run.decision.outcome is Outcome.GO


def test_every_fault_has_its_line() -> None:
    assert {row[0] for row in FAULTS} == set(KINDS)
    assert len(FAULTS) * len(TRANSPORTS) >= 40
