"""The page on paper: each sheet says what it belongs to, and nothing decisive is cut.

Skips where no browser can print.
"""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path

import pypdf
import pytest

from audit.model import Run, Standing
from audit.report import pdf
from audit.report.formats import render
from audit.report.page_findings import SHOWN
from audit.report.page_numbers import ages
from audit.report.words import claim_words
from tests.report.factory import CASES
from tests.report.full import full, large

EXAMPLE = Path(__file__).resolve().parents[2] / "reports" / "example" / "run.json"
# Fonts differ from machine to machine, so a sheet more than on the writer's own is fine.
MOST_SHEETS = 16


def printed(run: Run, folder: Path) -> list[str]:
    """Print a run; return the words of each sheet, without spaces, since names may be broken."""
    browser = pdf.find_browser()
    if browser is None:
        pytest.skip("no browser of the Chromium family on the PATH")
    page = folder / "signoff.html"
    page.write_text(render("html", run), encoding="utf-8")
    reader = pypdf.PdfReader(io.BytesIO(pdf.print_pdf(page, browser).read_bytes()))
    return [bare(sheet.extract_text()) for sheet in reader.pages]


def bare(text: str) -> str:
    """Take a text without its spaces and with its ligatures apart."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.fixture(scope="module")
def example() -> Run:
    return Run.model_validate_json(EXAMPLE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sheets(example: Run, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return printed(example, tmp_path_factory.mktemp("print"))


def test_the_example_is_short_enough_to_be_read(sheets: list[str]) -> None:
    assert len(sheets) <= MOST_SHEETS


def test_every_sheet_tells_decision_target_run_and_its_number(sheets: list[str], example: Run) -> None:
    for number, sheet in enumerate(sheets, 1):
        assert bare("NO-GO on the plan standard · CoinGlass API · 2026-11-21 09:30 UTC") in sheet
        assert bare("SANDBOX: says nothing about the live API") in sheet
        assert f"{number}/{len(sheets)}" in sheet
        assert "runsha256" in sheet


def test_everything_decisive_is_on_paper(sheets: list[str], example: Run) -> None:
    told = "".join(sheets)
    assert [row.operation for row in example.promises if row.operation not in told] == []
    for reason in example.decision.reasons:
        assert bare(reason) in told
    missing = [one.operation for one in example.findings if one.operation and one.operation not in told]
    assert missing == []
    assert example.key is not None
    assert [proof.evidence for proof in example.key.proofs if bare(proof.evidence) not in told] == []
    wrong = [claim for claim in example.claims if claim.standing is Standing.CONTRADICTED]
    assert wrong
    assert [claim.id for claim in wrong if bare(claim.says) not in told] == []
    assert [line.says for line in example.readiness if bare(line.says) not in told] == []


def test_what_is_left_out_is_said_with_where_it_stands(sheets: list[str], example: Run) -> None:
    told = "".join(sheets)
    right = [claim for claim in example.claims if claim.standing is not Standing.CONTRADICTED]
    assert sum(bare(claim.says) in told for claim in right) < len(right) / 10
    assert bare(f"the page itself and run.json hold all: {claim_words(example)}.") in told
    assert bare("The page itself and run.json hold times, rows and words.") in told
    series = ages(example)
    assert series is not None
    assert bare(f"Of the other {len(series.rest)} only what is older than expected is printed") in told


def test_a_live_run_says_so_on_every_sheet(tmp_path: Path) -> None:
    for sheet in printed(CASES["go"](), tmp_path):
        assert "LIVE" in sheet
        assert "saysnothing" not in sheet


def test_what_only_a_screen_can_do_is_not_printed(tmp_path: Path) -> None:
    told = "".join(printed(full(), tmp_path))
    for word in ("Open all", "Theme:", "Copy"):
        assert bare(word) not in told


def test_a_flood_is_cut_and_says_so(tmp_path: Path) -> None:
    told = "".join(printed(large(operations=100, findings=500), tmp_path))
    assert bare("at most 30 places") in told
    # Of each of five rules those that are shown at once, and thirty of the rest.
    assert told.count("_of_the_answer") == 5 * (SHOWN + 30)
