"""What the documents claim is executed: commands run, the help is the program's own."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from audit import __version__
from tests.support.cli import REPOSITORY, run_here, run_process

README = REPOSITORY / "README.md"
CALL = "https://open-api-v4.coinglass.com/api/futures/supported-coins"
DOCUMENTS = [README, *sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "specs").rglob("*.md"))]


def commands() -> list[str]:
    """Every `coinglass-audit` line of the README's console blocks that can run to its end without a key."""
    blocks = re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [line for line in lines if line.startswith("coinglass-audit ") and " sandbox " not in line]


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_readme_runs(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # Something for `scan .` to find: code that is right.
    (tmp_path / "bot.py").write_text('import httpx\nURL = "' + CALL + '"\nhttpx.get(URL, timeout=5)\n')
    ran = run_here(*shlex.split(line)[1:])
    assert ran.code == 0, ran.err
    assert ran.out.strip()


def test_the_help_in_the_readme_is_the_programs_own(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    shown = run_process("--help", cwd=tmp_path, COLUMNS="80").out.strip()
    marked = re.compile(r"(<!-- help -->\n).*?(<!-- /help -->)", re.DOTALL)
    wanted = marked.sub(lambda match: f"{match[1]}```text\n{shown}\n```\n{match[2]}", text)
    if os.environ.get("UPDATE_README"):
        README.write_text(wanted, encoding="utf-8")
    assert text == wanted or os.environ.get("UPDATE_README"), (
        "run UPDATE_README=1 make test and look at the diff"
    )


def test_the_make_tasks_that_are_named_exist() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for document in DOCUMENTS:
        for task in re.findall(
            r"`make ([a-z-]+)`|^\$ make ([a-z-]+)", document.read_text(encoding="utf-8"), re.MULTILINE
        ):
            name = task[0] or task[1]
            assert re.search(rf"^{name}:", makefile, re.MULTILINE), f"{document.name} names `make {name}`"


def test_every_link_between_documents_leads_somewhere() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_the_changelog_knows_this_version() -> None:
    assert f"## [{__version__}]" in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_continuous_integration_runs_the_readmes_test_command() -> None:
    assert "make test" in README.read_text(encoding="utf-8")
    script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^step make test$", script, re.MULTILINE)
