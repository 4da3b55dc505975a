"""JUnit XML: read by a well-kept parser, one case a request and a use, nothing audited is never green."""

from __future__ import annotations

import re

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from audit.model import Decision, Location, Outcome, Run, Severity, Use, Verdict
from audit.report.formats import render
from audit.report.words import request
from tests.report.factory import CASES, OLD, both, code, empty, finding, incomplete, no_go, observation, run

ALL_CASES = pytest.mark.parametrize("case", CASES)


def cases(given: Run) -> dict[tuple[str, str], TestCase]:
    """All test cases by class and name; there are never two of one name."""
    suites = JUnitXml.fromstring(render("junit", given).encode())
    listed = [case for suite in suites for case in suite]
    named = {(str(case.classname), str(case.name)): case for case in listed}
    assert len(named) == len(listed)
    return named


def results(case: TestCase) -> list[tuple[type, str]]:
    """How a case went: nothing where it passed."""
    return [(type(result), str(result.message)) for result in case.result]


@ALL_CASES
def test_a_parser_reads_it_and_its_totals_are_right(case: str) -> None:
    suites = JUnitXml.fromstring(render("junit", CASES[case]()).encode())
    told = [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in suites]
    for suite in suites:
        suite.update_statistics()
    assert told == [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in suites]
    tests, failures, errors, _ = map(sum, zip(*told, strict=True))
    assert (suites.tests, suites.failures, suites.errors) == (tests, failures, errors)


@ALL_CASES
def test_every_finding_is_in_it_and_every_error_fails_a_case(case: str) -> None:
    given = CASES[case]()
    text = render("junit", given)
    failed = sum(Failure in [kind for kind, _ in results(one)] for one in cases(given).values())
    if any(one.severity is Severity.ERROR for one in given.findings):
        assert failed >= 2  # a case of its own, and the decision
    for found in given.findings[:50]:
        assert f"{found.severity} {found.rule}: " in text


def test_a_case_for_each_request_named_by_plan_operation_and_interval() -> None:
    named = cases(run())
    assert list(named) == [
        ("depth", "middle-depth_book"),
        ("depth", "middle-depth_map"),
        ("news", "middle-news_list"),
        ("prices", "middle-prices_history[1d]"),
        ("prices", "middle-prices_history[15m]"),
        ("prices", "middle-prices_history[30m]"),
        ("prices", "middle-prices_list"),
        ("run", "decision"),
    ]
    assert named["depth", "middle-depth_book"].time == pytest.approx(0.012)
    assert not any(case.result for case in named.values())


def test_a_finding_on_another_interval_fails_that_case_alone() -> None:
    fine = observation("prices_history", Verdict.INTERVAL_GATED, interval="15m", params={"interval": "15m"})
    asked = request(fine)
    given = run(
        observations=(observation("prices_history", interval="1d", params={"interval": "1d"}), fine),
        findings=(finding("prices_history", rule="interval-mismatch", evidence=f"{asked} -> HTTP 200"),),
    )
    named = cases(given)
    assert results(named["prices", "middle-prices_history[1d]"]) == []
    assert [kind for kind, _ in results(named["prices", "middle-prices_history[15m]"])] == [Failure]


def test_what_weighs_less_than_an_error_is_output() -> None:
    note = cases(no_go())["prices", "middle-prices_list"]
    assert note.result == []
    assert "note field-unknown: data[].x is not documented" in str(note.system_out)


def test_a_finding_about_no_request_has_a_case_of_its_own() -> None:
    own = cases(no_go())["run", "plan-mismatch"]
    assert "the proofs of the key's plan disagree" in str(own.system_out)


def test_a_request_without_an_answer_is_an_error_and_one_not_sent_is_skipped() -> None:
    (lost,) = results(cases(incomplete())["prices", "middle-prices_list"])
    assert lost == (Error, 'no answer, "connection reset"')
    (left,) = results(cases(no_go())["prices", "middle-prices_history"])
    assert left == (Skipped, "no such pair")


def test_a_case_for_each_use_and_for_what_is_no_use() -> None:
    named = cases(code())
    assert list(named) == [
        ("bot.py", f"{OLD} (line 3)"),
        ("bot.py", "/api/depth/map (line 12)"),
        ("src/job.ts", f"{OLD} (line 7)"),
        ("bot.py", "legacy-endpoint (line 20)"),
        ("run", "decision"),
    ]
    gated = named["bot.py", "/api/depth/map (line 12)"]
    assert results(gated) == [(Failure, "depth_map is promised from large on; the plan is middle")]
    assert "warning missing-timeout" in str(gated.system_out)


def test_of_two_uses_on_a_line_the_one_that_is_meant_fails() -> None:
    first, second, third = "/prices/a", "/prices/b", "/prices/c"
    place = Location(file="a.md", line=1, column=1)
    given = run(
        uses=tuple(
            Use(file="a.md", line=1, path=path, operation=operation, status="legacy")
            for path, operation in ((first, "one"), (second, "one"), (third, "three"))
        ),
        findings=(
            finding("one", location=place, legacy="/api/prices/b"),
            finding("three", location=place, rule="plan-gated"),
        ),
    )
    named = cases(given)
    assert named["a.md", f"{first} (line 1)"].result == []
    assert [str(one.type) for one in named["a.md", f"{second} (line 1)"].result] == ["plan-mismatch"]
    assert [str(one.type) for one in named["a.md", f"{third} (line 1)"].result] == ["plan-gated"]


def test_several_findings_of_a_case_are_one_failure_that_tells_all() -> None:
    place = Location(file="bot.py", line=3, column=2)
    given = code()
    more = given.model_copy(
        update={"findings": (*given.findings, finding(None, location=place, rule="secret"))}
    )
    ((_, message),) = results(cases(more)["bot.py", f"{OLD} (line 3)"])
    assert message.endswith("(and 1 more)")
    assert "error secret: " in render("junit", more)


def test_a_signoff_with_code_has_both_parts() -> None:
    suites = JUnitXml.fromstring(render("junit", both()).encode())
    assert [suite.name for suite in suites] == ["api", "code", "decision"]


@pytest.mark.parametrize(
    ("outcome", "kind"), [(Outcome.GO, []), (Outcome.NO_GO, [Failure]), (Outcome.INCOMPLETE, [Error])]
)
def test_the_decision_is_a_case(outcome: Outcome, kind: list[type]) -> None:
    given = run(decision=Decision(outcome=outcome, reasons=("Because.",)))
    assert [one for one, _ in results(cases(given)["run", "decision"])] == kind


def test_nothing_audited_is_not_green() -> None:
    assert [kind for kind, _ in results(cases(empty())["run", "decision"])] == [Error]


def test_the_kind_of_target_stands_at_the_top_and_in_every_suite() -> None:
    text = render("junit", both())
    assert text.splitlines()[1] == "<!-- SANDBOX: says nothing about the live API -->"
    for suite in JUnitXml.fromstring(text.encode()):
        told = {one.name: one.value for one in suite.properties()}
        assert told["evidence"] == "SANDBOX: says nothing about the live API"
    assert "says nothing" not in render("junit", run())


def test_characters_that_xml_cannot_hold_are_gone() -> None:
    bad = "".join(map(chr, [*range(32), 0x7F, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF])) + "]]> <!-- &amp; \U0001f600"
    given = run(findings=(finding(message=bad, evidence=bad, rule=bad, remedy=bad),))
    text = render("junit", given)
    assert not re.search("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]", text)
    assert any(
        "]]> <!-- &amp; \U0001f600" in message
        for case in cases(given).values()
        for _, message in results(case)
    )
