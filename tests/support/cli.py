"""Runs the tool the way a user does, in a process of its own or in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


def environment(**extra: str) -> dict[str, str]:
    """The environment of a user who has set no key."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COINGLASS", "PYTEST", "COV_", "AUDIT_"))
    }
    return {**kept, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1", **extra}


def run_process(*arguments: str, cwd: Path, timeout: float = 60, **extra: str) -> Ran:
    """Run ``python -m audit`` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "audit", *arguments],
        cwd=cwd,
        env=environment(**extra),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def run_here(*arguments: str, **extra: str | None) -> Ran:
    """Run a command in this process: fast, and the debugger follows."""
    from audit.cli import run

    variables: dict[str, str | None] = {"COINGLASS_API_KEY": None, "AUDIT_DEBUG": None, "AUDIT_HISTORY": None}
    variables.update(extra)
    runner = CliRunner(env=variables)
    with runner.isolation(env=variables) as (out, err, _):
        code = run(list(arguments))
        return Ran(int(code), out.getvalue().decode(), err.getvalue().decode())
