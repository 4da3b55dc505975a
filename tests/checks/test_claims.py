"""Each kind of claim against the promise and against answers; the table of the shipped ledger."""

from __future__ import annotations

from typing import Any

import pytest

from audit.checks import claim_contradicted
from audit.checks.claims import KINDS, judge
from audit.checks.grounds import Grounds
from audit.model import JudgedClaim, Run, Severity, Standing, Verdict
from audit.spec.catalog import Spec, load
from audit.spec.claims import read_ledger, shipped
from audit.spec.legacy import load_legacy
from tests.checks.claim_cases import BOOK, GATED, NO, OBSERVED, OPEN, PROMISED, YES, live, seen
from tests.report import factory
from tests.spec.conftest import SMALL


def one(spec: Spec, kind: str, statement: dict[str, Any], run: Run | None = None) -> JudgedClaim:
    """Judge a single claim."""
    row = {"id": "a", "line": 7, "says": "It is so.", kind: statement}
    ledger = read_ledger({"claims": {"notes.md": [row]}}, "mine.yaml")
    return judge(ledger, Grounds(spec, load_legacy(spec.folder), run))[0]


@pytest.mark.parametrize(
    ("kind", "statement", "standing", "words"),
    PROMISED,
    ids=[f"{kind}-{number}" for number, (kind, *_) in enumerate(PROMISED)],
)
def test_a_claim_against_the_promise(
    kind: str, statement: dict[str, Any], standing: Standing, words: str, spec: Spec
) -> None:
    judged = one(spec, kind, statement)
    assert (judged.promised.standing, judged.standing) == (standing, standing)
    assert words in judged.promised.evidence
    assert judged.observed.standing is OPEN
    assert "\n" not in judged.promised.evidence + judged.observed.evidence


def test_each_kind_has_every_outcome_that_it_can_have() -> None:
    tried = {(kind, standing) for kind, _, standing, _ in PROMISED}
    assert {kind for kind, _ in tried} == set(KINDS)
    # What nothing can confirm, what nothing can contradict, and what is always one or the other.
    assert {kind for kind in KINDS if (kind, YES) not in tried} == {"absent", "person", "resubscribe"}
    assert {kind for kind in KINDS if (kind, NO) not in tried} == {"person", "resubscribe", "stand-in"}


@pytest.mark.parametrize(
    ("kind", "statement", "run", "standing", "words"),
    OBSERVED,
    ids=[f"{kind}-{number}" for number, (kind, *_) in enumerate(OBSERVED)],
)
def test_a_claim_against_what_was_observed(
    kind: str, statement: dict[str, Any], run: Run, standing: Standing, words: str, spec: Spec
) -> None:
    judged = one(spec, kind, statement, run)
    assert judged.observed.standing is standing, judged.observed.evidence
    assert words in judged.observed.evidence


def test_either_side_contradicts_and_one_is_enough_to_confirm(spec: Spec) -> None:
    closed = {"operation": BOOK, "plan": "standard", "opens": False}
    refused = live(seen(BOOK, Verdict.PLAN_GATED, **GATED))
    judged = one(spec, "plan", closed, refused)
    assert (judged.promised.standing, judged.observed.standing, judged.standing) == (NO, YES, NO)
    judged = one(spec, "plan", {**closed, "opens": True}, refused)
    assert (judged.promised.standing, judged.observed.standing, judged.standing) == (YES, NO, NO)
    judged = one(
        spec, "limit", {"plan": "enterprise", "per_minute": 9000}, live(plan="enterprise", rate=9000)
    )
    assert (judged.promised.standing, judged.observed.standing, judged.standing) == (OPEN, YES, YES)


def test_what_a_sandbox_answers_is_told_and_decides_nothing(spec: Spec) -> None:
    refused = live(seen(BOOK, Verdict.PLAN_GATED, **GATED), target=factory.SANDBOX)
    judged = one(spec, "plan", {"operation": BOOK, "plan": "standard"}, refused)
    assert (judged.promised.standing, judged.observed.standing, judged.standing) == (YES, NO, YES)
    assert judged.observed.evidence.startswith("on the sandbox, which answers as promised: ")


def test_a_contradicted_claim_is_a_finding_at_its_line(spec: Spec) -> None:
    closed = {"operation": BOOK, "plan": "standard", "opens": False}
    judged = one(spec, "plan", closed, live(seen(BOOK)))
    (finding,) = claim_contradicted.check([judged])
    assert (finding.rule, finding.severity) == ("claim-contradicted", Severity.WARNING)
    assert finding.location is not None
    assert (finding.location.file, finding.location.line) == ("notes.md", 7)
    assert finding.message == "a: It is so."
    assert finding.evidence is not None
    assert finding.evidence.startswith(f"promised: {BOOK}: x-plan standard")
    assert f" | observed: {BOOK}: available" in finding.evidence
    assert finding.remedy == claim_contradicted.RULE.remedy
    with_why = judged.model_copy(update={"why": "Both sources open it.", "severity": Severity.ERROR})
    (finding,) = claim_contradicted.check([with_why])
    assert (finding.severity, finding.remedy) == (
        Severity.ERROR,
        f"{claim_contradicted.RULE.remedy} Both sources open it.",
    )
    assert list(claim_contradicted.check([one(spec, "plan", {**closed, "opens": True})])) == []


# The contradictions that matter most in the five documents, and what the evidence must name.
TABLE = {
    "000-3": "open-api-v3.coinglass.com is of v3",
    "000-6a": "hobbyist, startup, standard, professional, enterprise",
    "000-16": "exchange_list, required",
    "000-18a": "intervals are written 1m",
    "000-37": "/api/futures/liquidation/heatmap/model1",
    "000-109": "data[].open, string",
    "000-346": "hobbyist 30, startup 80, standard 300, professional 1200",
    "001-13d": 'code 401 "Upgrade plan" over HTTP 401 or 200',
    "001-22b": "spot_orderbook_history: x-plan standard",
    "001-22c": "spot_orderbook_large_limit_order: x-plan standard",
    "001-57a": "x-plan standard",
    "001-57b": "x-plan standard",
    "001-73a": "/api/hyperliquid/whale-alert",
    "001-80": "403 means interval_gated",
    "001-102": "code 403",
    "001-110a": "x-plan standard",
    "001-110b": "x-plan standard",
    "001-132": "no pair",
    "001-134": "422 means bad_request",
    "001-137": "the status alone does not tell",
    "001-153": "no pair",
    "002-44a": "/api/futures/liquidation/exchange-list",
    "002-50e": "the status alone does not tell",
    "002-55a": "no pair",
    "002-57": "no coin",
    "002-59a": "no coin",
    "002-59b": "exchange_list, required",
    "002-61a": "no coin",
    "002-64a": "no coin",
    "002-64b": "range, required",
    "003-393": "the status alone does not tell",
    "003-443": "/api/futures/open-interest/history",
    "003-453": "exchange, required",
    "003-454": "wants a pair",
    "003-610": "aggregated_long_liquidation_usd",
}
# Suspected of being wrong, and right by every source.
RIGHT = ("001-13a", "001-56", "001-67", "001-70", "001-73b", "001-90", "002-37", "002-50a", "004-36")


def test_the_table_of_the_shipped_ledger(spec: Spec) -> None:
    ledger = shipped(spec)
    assert ledger is not None
    judged = {row.id: row for row in judge(ledger, Grounds(spec, load_legacy(spec.folder), None))}
    for name, row in judged.items():
        if row.standing is NO:
            print(f"{name:9} {row.says}\n{'':9} {row.promised.evidence}")  # noqa: T201 - for -s
    for name, words in TABLE.items():
        assert judged[name].standing is NO, name
        assert words in judged[name].promised.evidence, name
    for name in RIGHT:
        assert judged[name].standing is YES, name
    # Nobody promises how often depth over exchanges is renewed, so the document cannot be wrong there.
    assert judged["001-112"].standing is OPEN
    # The provider's own file contradicts nothing of a description that was written after it.
    assert {row.standing for name, row in judged.items() if name.startswith("004-")} == {YES}


@pytest.mark.parametrize(
    ("kind", "words"), [("heartbeat", "no heartbeat"), ("resubscribe", "nothing that is")]
)
def test_what_nobody_describes_is_not_wanted(kind: str, words: str) -> None:
    judged = one(load(SMALL), kind, {})
    assert (judged.promised.standing, judged.observed.standing) == (NO, OPEN)
    assert words in judged.promised.evidence
