"""A sign-off holds claims and checklists against what it saw; named ledgers weigh, the shipped one tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from audit.jobs.ledger import hold, open_books
from audit.model import Decision, Outcome, Run, Severity, Verdict
from audit.spec.catalog import Spec, load
from tests.report import factory
from tests.support.cli import run_here

BOOK = "spot_orderbook_history"
WRONG = (
    f"{{id: n-1, line: 7, says: It is closed., plan: {{operation: {BOOK}, plan: standard, opens: false}}}}"
)
RIGHT = f"{{id: n-1, line: 7, says: It is open., plan: {{operation: {BOOK}, plan: standard}}}}"
SMALL = Path(__file__).resolve().parents[1] / "spec" / "small"


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def mine(row: str, severity: str = "warning") -> str:
    """Write a ledger of one claim; return its name."""
    Path("mine.yaml").write_text(f"severity: {severity}\nclaims:\n  notes.md:\n    - {row}\n", "utf-8")
    return "mine.yaml"


def signoff(*options: str) -> tuple[int, dict[str, Any], str]:
    ran = run_here(
        "signoff", "--sandbox", "--plan", "standard", "--only", BOOK, "--intervals", "none",
        "--format", "json", *options,
    )  # fmt: skip
    return ran.code, json.loads(ran.out) if ran.out else {}, ran.err


def test_the_shipped_ledger_informs_and_decides_nothing() -> None:
    code, run, _ = signoff("--fail-on", "warning")
    assert (code, run["decision"]["outcome"], run["findings"]) == (0, "go", [])
    assert {"confirmed", "contradicted", "not checkable"} == {claim["standing"] for claim in run["claims"]}
    assert len(run["readiness"]) == 26
    assert "holds" not in {line["status"] for line in run["readiness"]}
    closed = next(claim for claim in run["claims"] if claim["id"] == "001-57a")
    assert closed["observed"]["standing"] == "contradicted"
    assert closed["observed"]["evidence"].startswith(f"on the sandbox, which answers as promised: {BOOK}")


def test_named_it_warns() -> None:
    code, run, _ = signoff("--claims", "shipped")
    wrong = [claim for claim in run["claims"] if claim["standing"] == "contradicted"]
    assert (code, run["decision"]["outcome"]) == (0, "go")
    assert len(run["findings"]) == len(wrong) > 30
    assert {(one["rule"], one["severity"]) for one in run["findings"]} == {("claim-contradicted", "warning")}
    spot = next(one for one in run["findings"] if one["message"].startswith("001-22b:"))
    assert spot["location"] == {"file": "001-endpoint-review-standard-plan.md", "line": 22, "column": None}
    assert signoff("--claims", "shipped", "--fail-on", "warning")[0] == 1


@pytest.mark.parametrize(
    ("severity", "options", "code", "outcome"),
    [
        ("warning", (), 0, "go"),
        ("warning", ("--fail-on", "warning"), 1, "no-go"),
        ("error", (), 1, "no-go"),
        ("error", ("--fail-on", "never"), 0, "no-go"),
        ("note", ("--fail-on", "warning"), 0, "go"),
    ],
)
def test_a_ledger_of_ones_own_weighs_what_it_says(
    severity: str, options: tuple[str, ...], code: int, outcome: str
) -> None:
    ended, run, _ = signoff("--claims", mine(WRONG, severity), *options)
    assert (ended, run["decision"]["outcome"]) == (code, outcome)
    (finding,) = run["findings"]
    assert (finding["severity"], finding["location"]["file"]) == (severity, "notes.md")
    assert run["claims"][0]["ledger"] == "mine.yaml"
    if outcome == "no-go":
        assert run["decision"]["reasons"][0] == "claim-contradicted: n-1: It is closed."


def test_a_ledger_that_is_right_says_nothing_more() -> None:
    code, run, _ = signoff("--claims", mine(RIGHT, "error"), "--claims", "mine.yaml")
    assert (code, run["findings"]) == (0, [])
    assert [claim["id"] for claim in run["claims"] if claim["ledger"] == "mine.yaml"] == ["n-1"]


def test_a_faulty_ledger_is_said_before_anything_is_asked() -> None:
    code, _, err = signoff("--claims", "nowhere.yaml")
    assert (code, "no such file; name a file of claims" in err) == (2, True)
    code, _, err = signoff("--claims", mine("{id: a, line: 1, says: b, plann: {}}"))
    assert (code, "mine.yaml: notes.md: a: unknown kind 'plann'; did you mean plan" in err) == (2, True)
    assert not Path("reports").exists()


def test_the_outputs_tell_how_claims_and_lines_stand() -> None:
    ran = run_here("signoff", "--sandbox", "--plan", "standard", "--only", BOOK, "--intervals", "none")
    assert "\nReadiness: " in ran.out
    assert "not looked at" in ran.out
    assert "\nClaims of documents: " in ran.out
    page = next(Path("reports").rglob("*.md")).read_text("utf-8")
    assert "<details><summary>Readiness: " in page
    assert "| `001-endpoint-review-standard-plan.md:13` |" not in page.partition("and ")[0]
    assert "<details><summary>Claims of documents: " in page


def test_what_a_ledger_says_is_shown_and_does_nothing() -> None:
    row = WRONG.replace("It is closed.", r'"<script>x</script> | @all \u202e"')
    ran = run_here(
        "signoff", "--sandbox", "--plan", "standard", "--only", BOOK, "--intervals", "none",
        "--format", "markdown", "--claims", mine(row),
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "&#60;script&#62;x" in ran.out
    assert not any(active in ran.out for active in ("<script", "\u202e", " @all"))


def test_a_probe_holds_no_claims() -> None:
    ran = run_here("probe", "--sandbox", "--plan", "standard", "--only", BOOK, "--format", "json")
    run = json.loads(ran.out)
    assert (run["claims"], run["readiness"]) == ([], [])


def test_code_backs_the_checklists() -> None:
    Path("bot.py").write_text(
        "import requests\n\n"
        'requests.get("https://open-api-v4.coinglass.com/api/futures/supported-exchange-pairs")\n'
    )
    _, run, _ = signoff("--code", "bot.py")
    lines = {line["id"]: line for line in run["readiness"]}
    assert (lines["001-c3"]["status"], lines["003-c5"]["status"]) == ("holds", "fails")
    assert lines["003-c5"]["evidence"] == "1 finding of missing-timeout: bot.py:3"
    Path("pyproject.toml").write_text('[tool.coinglass-audit.scan]\nignore = ["missing-timeout"]\n')
    _, run, _ = signoff("--code", "bot.py")
    lines = {line["id"]: line for line in run["readiness"]}
    assert (lines["003-c5"]["status"], lines["003-c5"]["evidence"]) == (
        "not looked at",
        "the settings leave out missing-timeout",
    )


def test_a_key_that_never_worked_leaves_everything_undecided(spec: Spec) -> None:
    refused = factory.observation(BOOK, Verdict.UNAUTHORIZED)
    undecided = Decision(outcome=Outcome.INCOMPLETE, reasons=("The key never worked.",))
    dead = factory.run(observations=(refused,), decision=undecided)
    books = open_books(spec, [mine(WRONG, "error")])
    held = hold(dead, spec, books, Severity.ERROR)
    assert held.decision.outcome is Outcome.INCOMPLETE
    assert held.decision.reasons[-1] == "claim-contradicted: n-1: It is closed."


def test_another_provider_has_books_of_its_own_or_none() -> None:
    other = load(SMALL)
    run: Run = factory.run(observations=())
    held = hold(run, other, open_books(other, ()), Severity.ERROR)
    assert (held.claims, held.readiness, held.decision) == ((), (), run.decision)
    ran = run_here("signoff", "--sandbox", "--spec", str(SMALL), "--claims", "shipped")
    assert ran.code == 2
    assert "no claims.yaml stands with the description" in ran.err
    Path("tides.yaml").write_text(
        "claims:\n  log.md:\n"
        "    - {id: a, line: 1, says: b, refusal: {verdict: plan_gated, statuses: [402]}}\n"
        "    - {id: c, line: 1, says: d, host: {url: 'https://old.tides.example'}}\n"
    )
    held = hold(run, other, open_books(other, ["tides.yaml"]), Severity.ERROR)
    assert [(claim.id, claim.standing) for claim in held.claims] == [
        ("a", "confirmed"),
        ("c", "contradicted"),
    ]
    assert "https://old.tides.example is of v0" in held.claims[1].promised.evidence
