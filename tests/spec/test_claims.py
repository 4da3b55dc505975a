"""Ledgers and checklists as files: the shipped ones true to their documents, faulty ones named."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from audit.checks import claims as judging
from audit.checks import readiness as standing
from audit.errors import AuditError, SpecError, UsageError
from audit.model import Severity
from audit.spec import readiness
from audit.spec.catalog import Spec, load
from audit.spec.claims import Ledger, load_ledger, read_ledger, shipped, strange_names
from audit.spec.lint import lint
from audit.spec.statements import KINDS

FOUNDING = Path(__file__).resolve().parents[3] / "shared" / "founding"
DOCUMENTS = pytest.mark.skipif(
    not FOUNDING.is_dir(), reason="the founding documents do not lie beside the checkout"
)
RUN_OF_WORDS = 6


@pytest.fixture(scope="module")
def ledger(spec: Spec) -> Ledger:
    """The ledger that stands with the shipped description."""
    found = shipped(spec)
    assert found is not None
    return found


def lines(document: str) -> list[str]:
    return (FOUNDING / document).read_text(encoding="utf-8").split("\n")


def test_the_shipped_ledger_covers_five_documents(ledger: Ledger, spec: Spec) -> None:
    counts = Counter(claim.document for claim in ledger.claims)
    assert len(ledger.claims) >= 80
    assert len(counts) == 5
    assert min(counts.values()) >= 10
    assert list(strange_names(ledger, spec)) == []
    assert {claim.severity for claim in ledger.claims} == {Severity.WARNING}
    for claim in ledger.claims:
        assert claim.id.startswith(f"{claim.document[:3]}-{claim.line}"), claim.id
        assert claim.says.endswith(".")


def test_every_kind_is_in_use_judged_and_explained(ledger: Ledger, spec: Spec) -> None:
    assert {claim.kind for claim in ledger.claims} == set(KINDS) == set(judging.KINDS)
    explained = (spec.folder / "README.md").read_text(encoding="utf-8").partition("\n## Claims\n")[2]
    assert re.findall(r"^\| `([a-z-]+)` \|", explained, re.MULTILINE) == list(
        dict.fromkeys(re.findall(r"^\| `([a-z-]+)` \|", explained, re.MULTILINE))
    )
    assert set(re.findall(r"^\| `([a-z-]+)` \|", explained, re.MULTILINE)) == set(KINDS)
    for name, model in KINDS.items():
        row = next(row for row in explained.split("\n") if row.startswith(f"| `{name}` |"))
        assert re.findall(r"\w+", row.split("|")[2]) == list(model.model_fields), name
    assert all(f"`{name}`" in explained for name in readiness.BACKINGS)


@pytest.mark.reference
@DOCUMENTS
def test_each_claim_stands_in_the_line_it_names(ledger: Ledger) -> None:
    for claim in ledger.claims:
        assert claim.words is not None, claim.id
        assert re.search(claim.words, lines(claim.document)[claim.line - 1]), claim.id


@pytest.mark.reference
@DOCUMENTS
def test_each_line_of_a_checklist_stands_in_the_line_it_names(spec: Spec) -> None:
    items = readiness.shipped(spec)
    assert {item.document[:3] for item in items} == {"001", "003"}
    for item in items:
        assert re.search(item.words, lines(item.document)[item.line - 1]), item.id


@pytest.mark.reference
@DOCUMENTS
def test_claims_are_told_in_own_words(ledger: Ledger, spec: Spec) -> None:
    whole = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOUNDING.glob("*.md")))
    known = f" {' '.join(re.findall(r'[a-z0-9]+', whole.lower()))} "
    told = [(claim.id, claim.says) for claim in ledger.claims]
    told += [(item.id, item.says) for item in readiness.shipped(spec)]
    for name, says in told:
        words = re.findall(r"[a-z0-9]+", says.lower())
        for start in range(len(words) - RUN_OF_WORDS + 1):
            assert f" {' '.join(words[start : start + RUN_OF_WORDS])} " not in known, name


def test_a_description_need_not_have_books(small: Path) -> None:
    other = load(small)
    assert shipped(other) is None
    assert readiness.shipped(other) == ()
    assert lint(small) == ()


GOOD = "{id: a, line: 1, says: There is a plan., plan-name: {plan: gold}}"
FAULTS = {
    "kind": ("{id: a, line: 1, says: b, plam: {plan: gold}}", "a: unknown kind 'plam'; did you mean plan"),
    "no-kind": ("{id: a, line: 1, says: b}", "a: expected one kind, found none; known: absent, auth-header"),
    "two": (
        "{id: a, line: 1, says: b, width: {spelling: 1h}, plan-name: {plan: c}}",
        "expected one kind, found width and plan-name",
    ),
    "key": (
        "{id: a, line: 1, says: b, plan-name: {plan: c, opens: true}}",
        "a: plan-name.opens: extra inputs are not permitted; its keys are plan",
    ),
    "type": (
        "{id: a, line: 1, says: b, limit: {plan: c, per_minute: many}}",
        "a: limit.per_minute: input should be a valid integer; its keys are plan, per_minute",
    ),
    "bent": ("{id: a, line: 1, says: b, limit: {plan: c, per_minute: '30'}}", "should be a valid integer"),
    "line": ("{id: a, line: 0, says: b, plan-name: {plan: c}}", "a: line: expected a number from 1, found 0"),
    "says": ("{id: a, line: 1, says: ' ', plan-name: {plan: c}}", "a: says: expected text"),
    "id": ("{line: 1, says: b, plan-name: {plan: c}}", "expected a mapping with id, line, says and a kind"),
    "severity": (
        "{id: a, line: 1, says: b, severity: fatal, plan-name: {plan: c}}",
        "severity 'fatal'; expected one of error, warning, note",
    ),
    "words": ("{id: a, line: 1, says: b, words: '(', plan-name: {plan: c}}", "words: no regular expression"),
    "twice": (f"{GOOD}\n    - {GOOD}", "the id 'a' is given twice"),
    "operation": (
        "{id: a, line: 1, says: b, plan: {operation: futures_open_interest_histry, plan: standard}}",
        "a: operation: unknown operation 'futures_open_interest_histry'; did you mean futures_open",
    ),
    "plan": (
        "{id: a, line: 1, says: b, floor: {plan: whale, floor: 4h}}",
        "a: plan: unknown plan 'whale'; known: hobbyist",
    ),
    "operations": ("{id: a, line: 1, says: b, absent: {operations: [nothing_such]}}", "unknown operation"),
    "verdict": ("{id: a, line: 1, says: b, http-error: {verdict: refused}}", "a: http-error.verdict"),
}


def written(tmp_path: Path, row: str, head: str = "") -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(f"{head}claims:\n  notes.md:\n    - {row}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_of_a_ledger_is_named(case: str, tmp_path: Path, spec: Spec) -> None:
    row, words = FAULTS[case]
    with pytest.raises(SpecError, match=re.escape(words)) as caught:
        load_ledger(written(tmp_path, row), spec)
    assert str(caught.value).startswith(f"{tmp_path / 'mine.yaml'}: ")
    assert "\n" not in str(caught.value)


def test_a_plan_that_is_not_there_may_be_claimed(tmp_path: Path, spec: Spec) -> None:
    found = load_ledger(written(tmp_path, GOOD, "severity: error\n"), spec)
    assert [(claim.document, claim.severity) for claim in found.claims] == [("notes.md", Severity.ERROR)]


@pytest.mark.parametrize(
    "text", ["", "[]", "claims: []", "claims: {a.md: {}}", "claims: {}\nclaimz: {}", "- &a [*a]"]
)
def test_what_is_no_ledger_is_wrong_use(text: str, tmp_path: Path, spec: Spec) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AuditError) as caught:
        load_ledger(path, spec)
    assert "mine.yaml" in str(caught.value)


def test_a_ledger_is_read_within_bounds(tmp_path: Path, spec: Spec) -> None:
    with pytest.raises(UsageError, match="no such file; name a file of claims"):
        load_ledger(tmp_path / "nowhere.yaml", spec)
    deep = tmp_path / "deep.yaml"
    deep.write_text("claims: " + "[" * 5000, encoding="utf-8")
    with pytest.raises(SpecError, match="nested deeper"):
        load_ledger(deep, spec)
    big = tmp_path / "big.yaml"
    big.write_text("#" * (5 * 1024 * 1024), encoding="utf-8")
    with pytest.raises(SpecError, match="larger than"):
        load_ledger(big, spec)
    many = {"a.md": [{"id": str(n), "line": 1, "says": "b", "success": {"code": "0"}} for n in range(5001)]}
    with pytest.raises(SpecError, match="more than 5000 claims"):
        read_ledger({"claims": many}, "many.yaml")


def test_the_lint_names_faults_of_both_books(shipped: Path) -> None:
    for file, old, new in (
        (
            "claims.yaml",
            "{operation: option_info, plan: standard}",
            "{operation: option_inf, plan: standard}",
        ),
        (
            "readiness.yaml",
            "uses: {operation: futures_supported_exchange_pairs}",
            "uses: {operation: nothing}",
        ),
    ):
        text = (shipped / file).read_text(encoding="utf-8")
        assert old in text
        (shipped / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    found = [str(problem) for problem in lint(shipped)]
    assert len(found) == 2
    assert found[0].startswith(
        "claims.yaml: 001-63a: operation: unknown operation 'option_inf'; did you mean"
    )
    assert found[1].startswith("readiness.yaml: 001-r3: unknown operation 'nothing'")
    (shipped / "claims.yaml").write_text("claims: 1\n", encoding="utf-8")
    assert [p.file for p in lint(shipped)] == ["claims.yaml", "readiness.yaml"]


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ([], "expected a list `checklists`"),
        ({"checklists": [{"title": "t"}]}, "checklists.0.document: field required"),
        ({"checklists": [{"title": "t", "document": "d", "lines": []}]}, "lines"),
        ({"by": [{"magic": {}}]}, "x: unknown backing 'magic'; known: answers, code, observed, person, uses"),
        ({"by": [{"person": {}}]}, "x: person.why: field required; its keys are why"),
        ({"by": []}, "by"),
    ],
)
def test_a_fault_of_a_checklist_is_named(tree: object, words: str) -> None:
    if isinstance(tree, dict) and "by" in tree:
        line = {"id": "x", "line": 1, "says": "s", "words": "w", **tree}
        tree = {"checklists": [{"title": "t", "document": "d", "lines": [line]}]}
    with pytest.raises(SpecError, match=re.escape(words)) as caught:
        readiness.read_readiness(tree)
    assert str(caught.value).startswith("readiness.yaml: ")


def test_a_line_is_given_once() -> None:
    line = {"id": "x", "line": 1, "says": "s", "words": "w", "by": [{"person": {"why": "w"}}]}
    with pytest.raises(SpecError, match="'x' is given twice"):
        readiness.read_readiness({"checklists": [{"title": "t", "document": "d", "lines": [line, line]}]})


def test_every_backing_is_judged() -> None:
    assert {*standing.JUDGES, readiness.Code} == set(readiness.BACKINGS.values())
