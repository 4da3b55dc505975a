"""The page as a PDF: printed where a browser is, said in one line where none is or it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.cli.session import as_pdf
from audit.errors import OutputError
from audit.report import pdf
from audit.report.formats import render
from tests.report.factory import CASES


def script(folder: Path, text: str) -> str:
    path = folder / "browser"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "signoff.html"
    path.write_text(render("html", CASES["no-go"]()), encoding="utf-8")
    return path


def test_a_browser_prints_the_page(page: Path) -> None:
    browser = pdf.find_browser()
    if browser is None:
        pytest.skip("no browser of the Chromium family on the PATH")
    written = pdf.print_pdf(page, browser)
    assert written == page.with_name("signoff.pdf")
    assert written.read_bytes().startswith(b"%PDF-")
    assert written.stat().st_size > 5_000


def test_without_a_browser_it_says_so(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_browser", lambda: None)
    told = as_pdf(page)
    assert told.startswith("no PDF: none of chromium, ")
    assert str(page) in told
    assert "\n" not in told


def test_the_first_browser_there_is_is_taken() -> None:
    assert pdf.find_browser({"google-chrome": "/bin/g", "msedge": "/bin/e"}.get) == "/bin/g"


# Writes where it is told to print.
PRINTING = 'for one; do case $one in --print-to-pdf=*) echo "$TEXT" > "${one#*=}";; esac; done'


def test_it_prints_beside_the_page_and_nowhere_else(page: Path, tmp_path: Path) -> None:
    before = {*tmp_path.iterdir()}
    browser = script(tmp_path, f"TEXT=%PDF-1.7\n{PRINTING}")
    assert pdf.print_pdf(page, browser).read_bytes() == b"%PDF-1.7\n"
    assert {*tmp_path.iterdir()} - before == {Path(browser), page.with_name("signoff.pdf")}


@pytest.mark.parametrize(
    "body", ["exit 3", "exit 0", f"TEXT=no\n{PRINTING}", f"TEXT=%PDF-\n{PRINTING}\nexit 1"]
)
def test_a_browser_that_prints_no_pdf_is_an_error(page: Path, tmp_path: Path, body: str) -> None:
    with pytest.raises(OutputError, match=r"signoff\.pdf: .*browser .*leave out --pdf"):
        pdf.print_pdf(page, script(tmp_path, body))
    assert not page.with_name("signoff.pdf").exists()


def test_a_browser_that_hangs_is_left(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "SECONDS", 0.2)
    with pytest.raises(OutputError, match=r"took more than 0\.2 s"):
        pdf.print_pdf(page, script(tmp_path, "exec sleep 5"))
