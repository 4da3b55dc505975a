"""Every way to go, no-go and incomplete, and that nothing unknown is ever called fine."""

from __future__ import annotations

from typing import Any

import pytest

from audit.jobs.deciding import decide, fold
from audit.model import (
    SUBSCRIBE,
    Decision,
    Finding,
    KeyFacts,
    Observation,
    Outcome,
    PlanFacts,
    Proof,
    Run,
    Severity,
    SpecFacts,
    Target,
    TargetKind,
    Tool,
    Use,
    Verdict,
)

GO, NO_GO, INCOMPLETE = Outcome.GO, Outcome.NO_GO, Outcome.INCOMPLETE
ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


def saw(
    verdict: Verdict = Verdict.AVAILABLE, name: str = "op", words: str | None = None, **other: Any
) -> Observation:
    told = {"method": "GET", "path": f"/api/{name}", **other}
    return Observation(operation=name, verdict=verdict, message=words, **told)


def finding(severity: Severity, rule: str = "some-rule", name: str | None = "op") -> Finding:
    return Finding(rule=rule, severity=severity, message="something is off", operation=name)


GOOD = saw(name="good")

CASES: list[tuple[str, list[Observation], list[Finding], dict[str, Any], Outcome, str]] = [
    ("nothing audited", [], [], {}, INCOMPLETE, "No operation was audited; check --only."),
    ("nothing audited, interrupted", [], [], {"stopped": "interrupted", "not_asked": 9}, INCOMPLETE,
     "No operation was audited: interrupted."),
    ("nothing audited, yet a finding", [], [finding(ERROR)], {}, INCOMPLETE, "No operation was audited"),
    # A key that never worked, each way.
    ("key refused", [saw(Verdict.UNAUTHORIZED, words="Invalid API key")], [], {}, INCOMPLETE,
     'The key never worked: the key is missing, wrong or expired ("Invalid API key").'),
    ("no plan", [saw(Verdict.PLAN_GATED)] * 3, [finding(ERROR)], {}, INCOMPLETE,
     "The key never worked: no plan stands behind the key."),
    ("nobody there", [saw(Verdict.UNREACHABLE)] * 3, [finding(ERROR)], {}, INCOMPLETE,
     "The key never worked: the server could not be reached."),
    ("all broken", [saw(Verdict.SERVER_ERROR)] * 3, [finding(ERROR)], {}, INCOMPLETE,
     "The key never worked: 3 of 3 answers were server_error."),
    ("a channel that stays silent", [saw(Verdict.EMPTY, method=SUBSCRIBE)], [], {}, INCOMPLETE,
     "The key never worked: 1 of 1 answers were empty."),
    ("all unreadable", [saw(Verdict.UNREADABLE)], [finding(ERROR)], {}, INCOMPLETE, "The key never worked"),
    ("all refused by rate", [saw(Verdict.RATE_LIMITED)], [], {}, INCOMPLETE, "The key never worked"),
    ("all not found", [saw(Verdict.NOT_FOUND)], [finding(ERROR)], {}, INCOMPLETE, "The key never worked"),
    ("all bad requests", [saw(Verdict.BAD_REQUEST, attempts=0)], [], {}, INCOMPLETE, "The key never worked"),
    ("all interval gated", [saw(Verdict.INTERVAL_GATED)], [], {}, INCOMPLETE, "The key never worked"),
    # What is known to be wrong.
    ("an error", [GOOD], [finding(ERROR)], {}, NO_GO, "some-rule: op: something is off."),
    ("an error and a loss", [GOOD, saw(Verdict.UNREACHABLE)], [finding(ERROR)], {}, NO_GO, "some-rule"),
    ("an error without an operation", [GOOD], [finding(ERROR, name=None)], {}, NO_GO,
     "some-rule: something is off."),
    ("a warning", [GOOD], [finding(WARNING)], {}, GO, "1 operation answered as promised."),
    ("a warning that counts", [GOOD], [finding(WARNING)], {"threshold": WARNING}, NO_GO, "some-rule"),
    ("a note", [GOOD], [finding(NOTE)], {"threshold": WARNING}, GO, "1 operation"),
    ("a note that counts", [GOOD], [finding(NOTE)], {"threshold": NOTE}, NO_GO, "some-rule"),
    # What is not known.
    ("one lost", [GOOD, saw(Verdict.UNREACHABLE)], [], {}, INCOMPLETE,
     "Nothing is known of 1 request without an answer: op."),
    ("one refused by rate", [GOOD, saw(Verdict.RATE_LIMITED)], [finding(WARNING)], {}, INCOMPLETE,
     "Nothing is known of 1 request"),
    ("the key refused later on", [GOOD, saw(Verdict.UNAUTHORIZED)], [], {}, INCOMPLETE,
     "The key, which worked, was refused on 1 request: op."),
    ("not all asked", [GOOD], [], {"not_asked": 2, "stopped": "time is up"}, INCOMPLETE,
     "2 requests not made: time is up."),
    ("not all asked, nobody says why", [GOOD], [], {"not_asked": 1}, INCOMPLETE, "1 request not made."),
    ("stopped at the very end", [GOOD], [], {"stopped": "interrupted"}, INCOMPLETE,
     "The run ended early: interrupted."),
    # What is fine.
    ("all available", [GOOD, saw()], [], {}, GO, "All 2 operations answered as promised."),
    ("one empty", [GOOD, saw(Verdict.EMPTY)], [], {}, GO, "All 2 operations answered as promised."),
    ("only empty", [saw(Verdict.EMPTY)], [], {}, GO, "1 operation answered as promised."),
    ("gated as promised", [GOOD, saw(Verdict.PLAN_GATED), saw(Verdict.INTERVAL_GATED)], [], {}, GO, "All 2"),
    ("two requests to one operation", [GOOD, GOOD], [], {}, GO, "1 operation answered as promised."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "observations", "findings", "other", "outcome", "reason"), CASES, ids=[row[0] for row in CASES]
)
def test_the_decision_and_its_first_reason(
    what: str, observations: Any, findings: Any, other: Any, outcome: Outcome, reason: str
) -> None:
    decision = decide(observations, findings, **other)
    assert decision.outcome is outcome, decision
    assert decision.reasons[0].startswith(reason), decision
    assert all(text.endswith(".") for text in decision.reasons)


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("threshold", list(Severity))
def test_an_answer_that_is_no_answer_is_never_a_go(verdict: Verdict, threshold: Severity) -> None:
    """Alone none but a success can be a go; beside a success none that says nothing of the operation."""
    alone = decide([saw(verdict)], [], threshold=threshold)
    assert (alone.outcome is GO) == (verdict in (Verdict.AVAILABLE, Verdict.EMPTY))
    if verdict in (Verdict.UNREACHABLE, Verdict.RATE_LIMITED, Verdict.UNAUTHORIZED):
        assert decide([GOOD, saw(verdict)], [], threshold=threshold).outcome is not GO


def test_errors_come_first_and_what_is_unknown_after_them() -> None:
    decision = decide(
        [GOOD, saw(Verdict.UNREACHABLE, "lost")],
        [finding(WARNING, "b"), finding(ERROR, "a"), finding(ERROR, "c", "x"), finding(ERROR, "c", "y")],
        threshold=WARNING,
        not_asked=1,
        stopped="connection lost",
    )
    assert decision.outcome is NO_GO
    assert decision.reasons == (
        "c: x, y: something is off (and 1 more).",
        "a: op: something is off.",
        "b: op: something is off.",
        "Nothing is known of 1 request without an answer: lost.",
        "1 request not made: connection lost.",
    )


def test_many_names_are_cut_short() -> None:
    lost = [saw(Verdict.UNREACHABLE, name) for name in ("e", "d", "c", "b", "a")]
    assert decide([GOOD, *lost], []).reasons == (
        "Nothing is known of 5 requests without an answer: a, b, c and 2 more.",
    )


def test_a_go_says_what_it_does_not_prove() -> None:
    proofs = tuple(Proof(way="witness", plan="standard", evidence="e") for _ in range(3))
    key = KeyFacts(plan="standard", proofs=proofs, agree=True)
    decision = decide([GOOD, saw(Verdict.EMPTY)], [finding(WARNING), finding(NOTE), finding(NOTE)], key=key)
    assert decision.reasons == (
        "All 2 operations answered as promised.",
        "1 operation had no rows, which is normal there but proves no field.",
        "The key has the plan standard, proved three ways.",
        "1 warning and 2 notes to read, none that stands in the way.",
    )
    torn = key.model_copy(update={"agree": False})
    assert not any("proved" in text for text in decide([GOOD], [], key=torn).reasons)


def test_a_channel_that_is_silent_where_a_refusal_is_promised_leaves_it_open() -> None:
    mute = saw(Verdict.EMPTY, "channel", method=SUBSCRIBE, expected=Verdict.PLAN_GATED)
    decision = decide([GOOD, mute], [])
    assert decision.outcome is INCOMPLETE
    assert decision.reasons == (
        "1 channel neither pushed nor refused, which proves nothing: channel; --no-channels leaves them out.",
    )


# ------------------------------------------------------------------ with code


def part(outcome: Outcome, reason: str, *observations: Observation, uses: int = 0) -> Run:
    """A probe or a scan that came to its own decision."""
    return Run(
        tool=Tool(name="t", version="1"),
        started_at="",
        finished_at="",
        target=Target(kind=TargetKind.SANDBOX),
        plan=PlanFacts(),
        spec=SpecFacts(title="", version="", sha256="", operations=1),
        observations=observations,
        uses=tuple(Use(file="a.py", line=line, path="/a", status="current") for line in range(uses)),
        decision=Decision(outcome=outcome, reasons=(reason,)),
    )


UNUSED = "Code: no use of the API was found, so there was nothing to judge."


@pytest.mark.parametrize(
    ("probed", "code", "uses", "outcome", "reasons"),
    [
        (GO, GO, 2, GO, ("P.", "Code: C.")),
        (GO, NO_GO, 2, NO_GO, ("Code: C.", "P.")),
        (NO_GO, GO, 2, NO_GO, ("P.", "Code: C.")),
        (NO_GO, NO_GO, 2, NO_GO, ("P.", "Code: C.")),
        (INCOMPLETE, GO, 2, INCOMPLETE, ("P.", "Code: C.")),
        (INCOMPLETE, NO_GO, 2, NO_GO, ("Code: C.", "P.")),
        (GO, INCOMPLETE, 2, INCOMPLETE, ("P.", "Code: C.")),
        # Code that does not use the API decides nothing; a key written down in it still stands in the way.
        (GO, INCOMPLETE, 0, GO, ("P.", UNUSED)),
        (NO_GO, INCOMPLETE, 0, NO_GO, ("P.", UNUSED)),
        (INCOMPLETE, INCOMPLETE, 0, INCOMPLETE, ("P.", UNUSED)),
        (GO, NO_GO, 0, NO_GO, ("Code: C.", "P.")),
    ],
)
def test_probe_and_code_come_to_one_decision(
    probed: Outcome, code: Outcome, uses: int, outcome: Outcome, reasons: tuple[str, ...]
) -> None:
    decision = fold(part(probed, "P.", GOOD), part(code, "C.", uses=uses))
    assert (decision.outcome, decision.reasons) == (outcome, reasons)


@pytest.mark.parametrize("observations", [(), (saw(Verdict.UNAUTHORIZED),), (saw(Verdict.UNREACHABLE),)])
@pytest.mark.parametrize("code", [GO, NO_GO, INCOMPLETE])
def test_code_does_not_decide_for_a_key_that_never_worked(
    observations: tuple[Observation, ...], code: Outcome
) -> None:
    decision = fold(part(INCOMPLETE, "P.", *observations), part(code, "C.", uses=1))
    assert decision.outcome is INCOMPLETE
    assert decision.reasons == ("P.", "Code: C.")
