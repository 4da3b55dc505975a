"""Each format of each case equals its golden file.

After a wanted change: ``UPDATE_GOLDEN=1 python -m pytest tests/report/test_golden.py``, then read the
difference before committing it. The page is kept without its style sheet and script, which change for their
own reasons.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from audit.report.formats import FORMATS, render
from tests.report.factory import CASES

GOLDEN = Path(__file__).parent / "golden"
SUFFIX = {"text": "txt", "json": "json", "markdown": "md", "junit": "xml", "sarif": "sarif", "html": "html",
          "badge": "svg", "badge-json": "badge.json"}  # fmt: skip
# Those that list every operation are kept for the small cases only.
TOO_LONG = {("flood", name) for name in ("json", "html", "junit", "sarif")}
PAIRS = [(case, name) for case in CASES for name in FORMATS if (case, name) not in TOO_LONG]


def comparable(page: str) -> str:
    page = re.sub(r"<(style|script)>.*?</\1>", r"<\1></\1>", page, flags=re.DOTALL)
    page = re.sub(r"(Made from the Run with sha256 <code>)\w+", r"\1…", page)
    return re.sub(r"'sha256-[^']*'|&#39;sha256-.*?&#39;", "'sha256-…'", page)


@pytest.mark.parametrize(("case", "name"), PAIRS, ids=[f"{case}-{name}" for case, name in PAIRS])
def test_golden(case: str, name: str) -> None:
    path = GOLDEN / f"{case}.{SUFFIX[name]}"
    got = comparable(render(name, CASES[case]()))
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(got, encoding="utf-8")
    assert got == path.read_text(encoding="utf-8")


def test_every_golden_file_has_a_case() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{case}.{SUFFIX[name]}" for case, name in PAIRS}


def test_every_format_has_golden_files() -> None:
    assert SUFFIX.keys() == FORMATS.keys()
