"""The installed wheel tests the shipped cassettes from an empty folder, by command and by pytest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import REPOSITORY, environment

pytest.importorskip("hatchling", reason="hatchling builds the wheel")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout and installed where nothing else is."""
    folder = tmp_path_factory.mktemp("installed")
    build = ["-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder / "dist")]
    subprocess.run([sys.executable, *build], cwd=REPOSITORY, check=True, capture_output=True)
    wheel = str(next((folder / "dist").glob("*.whl")))
    pip = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check"]
    command = [sys.executable, *pip, "--target", str(folder / "site"), wheel]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "site"


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", *arguments],
        cwd=folder, env=environment(PYTHONPATH=str(installed), PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_command_tests_the_shipped_cassettes(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "audit", "contract")
    assert done.returncode == 0, done.stderr
    assert f"{installed / 'audit' / '_cassettes' / 'standard'}, recorded from sandbox" in " ".join(
        done.stdout.split()
    )
    assert " tests, 0 failed" in done.stdout
    assert not list(tmp_path.iterdir())


def test_pytest_finds_the_plugin_by_its_name(installed: Path, tmp_path: Path) -> None:
    """As any pytest finds it that loads all plugins there are, but without the others of this environment."""
    asked = ("pytest", "-p", "no:cacheprovider", "-p", "coinglass-audit", "--coinglass-plan=standard", "-q")
    done = run(installed, tmp_path, *asked)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed in " in done.stdout
    assert "CASSETTE of the SANDBOX" in done.stdout
