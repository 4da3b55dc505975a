"""`signoff --templates`: a mistake in a template of one's own costs no run, and is told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Ran, run_here

ASKED = ("signoff", "--sandbox", "--plan", "standard", "--only", "futures_rsi_list", "--no-contract")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A template of one's own, in its folder."""
    path = tmp_path / "own" / "page" / "key.html.j2"
    path.parent.mkdir(parents=True)
    return path


def sign(tmp_path: Path, *more: str) -> Ran:
    folders = ("--templates", str(tmp_path / "own"), "--out", str(tmp_path / "out"))
    return run_here(*ASKED, *folders, "--history", "off", *more)


def test_what_cannot_be_a_template_is_told_before_anything_is_asked(own: Path, tmp_path: Path) -> None:
    own.write_text("<p>\n{% if %}")
    ran = sign(tmp_path)
    said = "Expected an expression, got 'end of statement block'; correct the template"
    assert (ran.code, ran.out, ran.err) == (2, "", f"error: {own}:2: {said}\n")
    assert not (tmp_path / "out").exists()


def test_a_mistake_that_shows_late_loses_no_answer(own: Path, tmp_path: Path) -> None:
    own.write_text("<p>{{ run.no_such_thing }}</p>")
    ran = sign(tmp_path, "--quiet")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {own}:1: UndefinedError: ")
    assert ran.err.endswith("correct the template, then add --resume\n")
    assert ran.err.count("\n") == 1
    # Nothing half done stands there, only what was asked.
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["journal.jsonl"]
    own.write_text("<p>Ours: {{ run.plan.declared }}</p>")
    again = sign(tmp_path, "--resume")
    assert again.code == 0
    assert "continued: 2 answers were there already" in again.err
    assert "<p>Ours: standard</p>" in (tmp_path / "out" / "signoff.html").read_text(encoding="utf-8")


def test_a_folder_without_templates_names_them(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    ran = sign(tmp_path)
    assert ran.code == 2
    assert ran.err.startswith(f"error: {tmp_path / 'own'}: no folder with a template of the page; ")
    assert "page/key.html.j2" in ran.err
