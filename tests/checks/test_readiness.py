"""Lines of checklists after a run: they hold on evidence alone, and say what is missing where they do not."""

from __future__ import annotations

from typing import Any

import pytest

from audit.checks.grounds import Grounds
from audit.checks.readiness import check_rules, evaluate
from audit.errors import SpecError
from audit.model import (
    Finding,
    Location,
    PlanFacts,
    Readiness,
    ReadinessLine,
    Run,
    Scanned,
    Severity,
    Use,
    Verdict,
)
from audit.spec.catalog import Spec
from audit.spec.readiness import Item, read_readiness, shipped
from tests.report import factory

FLOW = "etf_bitcoin_flow_history"
PAIRS = "futures_supported_exchange_pairs"
HOLDS, FAILS, UNSEEN, PERSON = (
    Readiness.HOLDS,
    Readiness.FAILS,
    Readiness.NOT_LOOKED_AT,
    Readiness.NEEDS_A_PERSON,
)


def items(by: list[dict[str, Any]]) -> tuple[Item, ...]:
    """Return a checklist of one line."""
    rows = [{"id": "x", "line": 3, "says": "It is so.", "words": "w", "by": by}]
    return read_readiness({"checklists": [{"title": "List", "document": "notes.md", "lines": rows}]})


def line(
    spec: Spec, by: list[dict[str, Any]], run: Run | None, ignored: tuple[str, ...] = ()
) -> ReadinessLine:
    """Evaluate a checklist of one line."""
    return evaluate(items(by), Grounds(spec, None, run), ignored)[0]


def use(operation: str | None = PAIRS) -> Use:
    return Use(file="bot.py", line=4, path="/api/x", operation=operation, status="current")


def in_code(rule: str = "secret", number: int = 9, operation: str | None = None) -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        message=f"{rule} {number}",
        operation=operation,
        location=Location(file="bot.py", line=number),
    )


def scanned(*findings: Finding, uses: tuple[Use, ...] = (use(),), **changes: Any) -> Run:
    """A live run with code; ``known`` and ``skipped`` go to what was scanned."""
    extra = {name: changes.pop(name) for name in ("known", "skipped") if name in changes}
    about = Scanned(paths=("src",), files=8, read=2, **extra)
    return factory.run(scanned=about, uses=uses, findings=findings, **changes)


def seen(*verdicts: Verdict, **changes: Any) -> Run:
    return factory.run(observations=tuple(factory.observation(FLOW, one) for one in verdicts), **changes)


CODE = {"code": {"rules": ["secret", "missing-timeout"]}}
ANSWERS = {"answers": {"rules": ["stale-data"]}}
STALE = factory.finding(FLOW, rule="stale-data", severity=Severity.WARNING, message="old")
OBSERVED = {"observed": {"operation": FLOW}}
GATED = {"code": {"rules": ["plan-gated"], "operations": ["spot_*"]}}
NO_PLAN = PlanFacts()
CASES: list[tuple[list[dict[str, Any]], Run | None, Readiness, str]] = [
    ([CODE], None, UNSEEN, "no code was scanned"),
    ([CODE], factory.run(), UNSEEN, "no code was scanned"),
    ([CODE], scanned(), HOLDS, "1 use in 2 files, no finding of secret, missing-timeout"),
    ([CODE], scanned(in_code()), FAILS, "1 finding of secret, missing-timeout: bot.py:9"),
    ([CODE], scanned(*(in_code(number=n) for n in range(1, 6))), FAILS, "bot.py:3 and 2 more"),
    ([CODE], scanned(in_code("legacy-host")), HOLDS, "no finding of secret"),
    ([CODE], scanned(uses=()), UNSEEN, "the code makes no use of the API"),
    ([CODE], scanned(known=2), UNSEEN, "2 known findings left out by the baseline"),
    ([CODE], scanned(known=0), HOLDS, "no finding"),
    ([CODE], scanned(skipped={"timed out": 1, "binary": 5}), UNSEEN, "1 file could not be judged"),
    ([CODE], scanned(skipped={"binary": 5}), HOLDS, "no finding"),
    ([CODE], scanned(in_code(), known=2), FAILS, "bot.py:9"),
    ([GATED], scanned(), HOLDS, "no finding of plan-gated"),
    ([GATED], scanned(plan=NO_PLAN), UNSEEN, "no plan is known"),
    ([GATED], scanned(in_code("plan-gated", 2, "spot_orderbook_history")), FAILS, "bot.py:2"),
    ([GATED], scanned(in_code("plan-gated", 2, "futures_rsi_list")), HOLDS, "no finding"),
    ([ANSWERS], None, UNSEEN, "nothing was answered"),
    ([ANSWERS], seen(Verdict.EMPTY), UNSEEN, "nothing was answered with rows"),
    ([ANSWERS], seen(Verdict.AVAILABLE), HOLDS, "1 answer with rows, no finding of stale-data"),
    ([ANSWERS], seen(Verdict.AVAILABLE, findings=(STALE,)), FAILS, f"in the answers: {FLOW}"),
    ([ANSWERS], seen(Verdict.AVAILABLE, findings=(in_code("stale-data"),)), HOLDS, "no finding"),
    ([ANSWERS], seen(Verdict.AVAILABLE, target=factory.SANDBOX), UNSEEN, "proves nothing of the live API"),
    ([ANSWERS], seen(Verdict.AVAILABLE, target=factory.SANDBOX, findings=(STALE,)), FAILS, FLOW),
    ([OBSERVED], seen(), UNSEEN, "was not asked"),
    ([OBSERVED], seen(Verdict.AVAILABLE), HOLDS, f"{FLOW}: available"),
    ([OBSERVED], seen(Verdict.PLAN_GATED), FAILS, f"{FLOW}: plan_gated"),
    ([OBSERVED], seen(Verdict.AVAILABLE, target=factory.SANDBOX), UNSEEN, "a sandbox was asked"),
    ([OBSERVED], seen(Verdict.PLAN_GATED, target=factory.SANDBOX), UNSEEN, "a sandbox was asked"),
    ([{"observed": {"operation": FLOW, "verdict": "plan_gated"}}], seen(Verdict.PLAN_GATED), HOLDS, "gated"),
    ([{"uses": {"operation": PAIRS}}], factory.run(), UNSEEN, "no code was scanned"),
    ([{"uses": {"operation": PAIRS}}], scanned(), HOLDS, f"bot.py:4 asks {PAIRS}"),
    ([{"uses": {"operation": FLOW}}], scanned(), FAILS, f"none of 1 use is of {FLOW}"),
    ([{"uses": {"operation": FLOW}}], scanned(uses=()), UNSEEN, "no use of the API"),
    ([{"person": {"why": "Ask."}}], scanned(), PERSON, "Ask."),
    # The part that is worst off decides; what each part says stands side by side.
    ([CODE, {"person": {"why": "Ask."}}], scanned(), PERSON, "no finding of secret, missing-timeout; Ask."),
    ([CODE, {"person": {"why": "Ask."}}], None, UNSEEN, "no code was scanned; Ask."),
    ([CODE, {"person": {"why": "Ask."}}], scanned(in_code()), FAILS, "bot.py:9; Ask."),
    ([CODE, OBSERVED], scanned(in_code()), FAILS, "was not asked"),
]


@pytest.mark.parametrize(("by", "run", "status", "words"), CASES, ids=range(len(CASES)))
def test_a_line_stands_on_what_was_looked_at(
    by: list[dict[str, Any]], run: Run | None, status: Readiness, words: str, spec: Spec
) -> None:
    found = line(spec, by, run)
    assert (found.status, found.source.file, found.source.line) == (status, "notes.md", 3)
    assert words in found.evidence


def test_a_rule_that_the_settings_leave_out_proves_nothing(spec: Spec) -> None:
    found = line(spec, [CODE], scanned(), ("secret", "legacy-host"))
    assert (found.status, found.evidence) == (UNSEEN, "the settings leave out secret")
    assert line(spec, [CODE], scanned(), ("legacy-host",)).status is HOLDS


def test_a_rule_that_does_not_exist_is_named(spec: Spec) -> None:
    check_rules(shipped(spec))
    with pytest.raises(SpecError, match=r"readiness.yaml: x: unknown rule 'secrets'; did you mean secret"):
        check_rules(items([{"code": {"rules": ["secrets"]}}]))


def test_the_shipped_lists_hold_nothing_before_anything_was_looked_at(spec: Spec) -> None:
    lines = evaluate(shipped(spec), Grounds(spec, None, None))
    assert [len([one for one in lines if one.checklist == title]) for title in dict.fromkeys(
        one.checklist for one in lines
    )] == [6, 6, 14]  # fmt: skip
    assert {one.status for one in lines} == {UNSEEN, PERSON}
    assert all(one.evidence for one in lines)
