"""On a terminal of a given width: colour, a progress bar that leaves nothing behind, no line too wide."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.support.cli import environment

COLOUR = re.compile(r"\x1b\[[\d;]*m")
PROBE = ("probe", "--sandbox", "--plan", "standard", "--only", "futures_funding_*", "--history", "off")
WIDEST = 140


def on_terminal(*arguments: str, columns: int, cwd: Path, **extra: str) -> str:
    """Run the tool with both outputs on a terminal of so many columns; return what that received."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    variables = {
        name: value for name, value in environment().items() if name not in ("NO_COLOR", "COLUMNS", "CI")
    }
    command = subprocess.Popen(
        [sys.executable, "-m", "audit", *arguments],
        cwd=cwd,
        env={**variables, "TERM": "xterm-256color", **extra},
        stdin=its,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    told = b""
    try:
        while part := _read(ours):
            told += part
    finally:
        os.close(ours)
        command.wait(60)
    return told.decode().replace("\r\n", "\n")


def _read(file: int) -> bytes:
    """The next part; nothing once the other side is closed, which Linux tells as an error."""
    try:
        return os.read(file, 65_536)
    except OSError:
        return b""


def told_and_result(told: str) -> tuple[str, list[str]]:
    """What came before the result, as it is, and the lines of the result without colour."""
    before, start, result = told.partition("\x1b[1;30;43m SANDBOX")
    return before, COLOUR.sub("", start + result).splitlines()


@pytest.mark.parametrize("columns", [80, 200])
def test_it_is_coloured_and_within_its_width(columns: int, tmp_path: Path) -> None:
    told = on_terminal(*PROBE, columns=columns, cwd=tmp_path)
    assert "\x1b[1;37;42m GO \x1b[0m" in told
    before, lines = told_and_result(told)
    # The bar is drawn over and in the end wiped, so that the result begins on a clean line.
    assert "asking" in before
    assert before.endswith("\x1b[2K")
    assert max(map(cell_len, lines)) <= min(columns, WIDEST)
    (rule,) = [line for line in lines if set(line) == {"─"}]
    assert len(rule) == min(columns, WIDEST)


@pytest.mark.parametrize(("arguments", "extra"), [(("--no-color",), {}), ((), {"NO_COLOR": "1"})])
def test_it_is_plain_where_colour_is_not_wanted(
    arguments: tuple[str, ...], extra: dict[str, str], tmp_path: Path
) -> None:
    told = on_terminal(*PROBE, "--quiet", *arguments, columns=80, cwd=tmp_path, **extra)
    assert COLOUR.search(told) is None
    assert "\n GO  SANDBOX, plan standard: everything asked answered as promised\n" in told


def test_a_message_is_broken_between_words(tmp_path: Path) -> None:
    told = on_terminal("explain", "no-such-rule", columns=80, cwd=tmp_path)
    lines = told.splitlines()
    assert len(lines) > 1
    assert max(map(cell_len, lines)) <= 80
    assert lines[0].startswith("error: unknown rule 'no-such-rule'; ")
    assert all(line.startswith("  ") for line in lines[1:])
