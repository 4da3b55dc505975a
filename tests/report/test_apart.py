"""Contradicted claims beside no findings: every output that shows both says why they do not count."""

from __future__ import annotations

import pytest

from audit.checks.claim_contradicted import RULE
from audit.model import Standing
from audit.report.formats import render
from audit.report.words import CLAIM_RULE, claims_apart
from tests.report.factory import finding, run
from tests.report.full import KNOWN, OTHERWISE, claim

RIGHT = claim("001-1", KNOWN, KNOWN, Standing.CONFIRMED)
WRONG = claim("001-2", KNOWN, OTHERWISE, Standing.CONTRADICTED)
SAID = "1 contradicted claim is no finding: claims are about documents and count only with --claims."


def test_the_rule_is_that_of_the_checks() -> None:
    assert RULE.id == CLAIM_RULE


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
def test_it_is_said_where_claims_weigh_nothing(name: str) -> None:
    shown = render(name, run(claims=(RIGHT, WRONG)))
    assert SAID in " ".join(shown.split())


def test_the_page_says_it_beside_the_findings_that_are_none() -> None:
    findings = render("html", run(claims=(WRONG,))).split('id="findings"')[1].split("</section>")[0]
    assert f"None. {SAID}" in findings
    assert 'href="#claims"' in findings


def test_nothing_is_said_where_each_is_a_finding_or_none_is_wrong() -> None:
    counted = finding(None, rule=CLAIM_RULE)
    assert claims_apart(run(claims=(WRONG,), findings=(counted,))) is None
    assert claims_apart(run(claims=(RIGHT,))) is None
    assert claims_apart(run()) is None
    two = run(claims=(WRONG, WRONG, WRONG), findings=(counted,))
    assert claims_apart(two) == (
        "2 contradicted claims are no findings: claims are about documents and count only with --claims."
    )
