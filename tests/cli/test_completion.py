"""Shell completion: the scripts load, and what they ask for is answered."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audit.checks import RULES
from audit.cli import COMMANDS
from audit.cli.completion import SHELLS
from tests.support.cli import environment, run_here, run_process


def completed(words: str, tmp_path: Path) -> list[str]:
    """What is offered for the last word of a line."""
    place = str(len(words.split(" ")) - 1)
    ran = run_process(
        cwd=tmp_path, _COINGLASS_AUDIT_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=place
    )
    return [line.partition(",")[2] for line in ran.out.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("coinglass-audit s", ["signoff", "scan", "sandbox", "spec"]),
        ("coinglass-audit explain legacy-", sorted(name for name in RULES if name.startswith("legacy-"))),
        ("coinglass-audit signoff --preset ", ["health-check", "liquidation-by-exchange", "watchlist"]),
        ("coinglass-audit probe --plan s", ["startup", "standard"]),
        ("coinglass-audit scan --format s", ["sarif"]),
        ("coinglass-audit signoff --fail-on w", ["warning"]),
        ("coinglass-audit signoff --spec nowhere --plan ", []),
    ],
)
def test_words_and_values(words: str, wanted: list[str], tmp_path: Path) -> None:
    assert completed(words, tmp_path) == wanted


def test_every_command_is_offered(tmp_path: Path) -> None:
    assert completed("coinglass-audit ", tmp_path) == list(COMMANDS)


def test_the_script_works_in_bash(tmp_path: Path) -> None:
    tool = tmp_path / "coinglass-audit"
    tool.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m audit "$@"\n')
    tool.chmod(0o755)
    script = (
        'eval "$(coinglass-audit completion bash)"; complete -p coinglass-audit >&2; '
        "COMP_WORDS=(coinglass-audit sig); COMP_CWORD=1; _coinglass_audit_completion coinglass-audit; "
        'echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", script],  # noqa: S607 - the user's own bash
        cwd=tmp_path, env=environment(PATH=f"{tmp_path}:{os.environ['PATH']}"),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["signoff"], done.stderr
    assert "-F _coinglass_audit_completion coinglass-audit" in done.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_one_that_the_shell_reads(shell: str, tmp_path: Path) -> None:
    ran = run_here("completion", shell)
    assert ran.code == 0
    assert f"_COINGLASS_AUDIT_COMPLETE={shell}_complete" in ran.out
    binary = shutil.which(shell)
    if binary is None:
        pytest.skip(f"no {shell} on this machine; its script was printed")
    file = tmp_path / "script"
    file.write_text(ran.out)
    assert subprocess.run([binary, "-n", str(file)], check=False).returncode == 0


def test_an_unknown_shell_lists_the_right_ones() -> None:
    ran = run_here("completion", "tcsh")
    assert ran.code == 2
    assert "unknown shell 'tcsh'" in ran.err
    assert "zsh" in ran.err
