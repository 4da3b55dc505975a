"""Paragraphs of a result: broken between words, with what is to be copied left whole."""

from __future__ import annotations

import os

import pytest

from audit.cli.screen import lay, terminal_width, wrapped


@pytest.fixture(autouse=True)
def eighty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_a_paragraph_hangs_behind_its_name() -> None:
    words = " ".join(["word"] * 30)
    lines = wrapped(words, first="Name:  ", rest=" " * 7).split("\n")
    assert lines[0].startswith("Name:  word")
    assert all(line.startswith(" " * 7 + "word") for line in lines[1:])
    assert max(map(len, lines)) <= 80
    assert " ".join(line.strip() for line in lines) == f"Name:  {words}"


def test_a_path_is_never_broken() -> None:
    path = "/a-long/path-with-hyphens/" * 6
    assert path in wrapped(f"written: {path}", rest="  ").split("\n  ")


def test_nothing_is_an_empty_line() -> None:
    assert wrapped("") == ""


def test_a_break_makes_no_command_for_a_ci(capsys: pytest.CaptureFixture[str]) -> None:
    lay("x" * 78 + " ::stop-commands::y")
    assert capsys.readouterr().out.split("\n") == ["x" * 78, "∷stop-commands::y", ""]


@pytest.mark.parametrize(("columns", "used"), [("20", 60), ("80", 80), ("500", 140)])
def test_a_terminal_is_used_within_what_reads_well(
    columns: str, used: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert terminal_width() == used


def test_without_a_terminal_eighty_columns_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")
    monkeypatch.setattr("shutil.get_terminal_size", os.terminal_size)
    assert terminal_width() == 80
