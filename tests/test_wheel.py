"""The wheel holds all the tool needs: it works from an empty folder with no checkout near."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.cli import REPOSITORY, environment

pytest.importorskip("hatchling", reason="hatchling builds the wheel")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout and unpacked where nothing else is."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    command += ["--directory", str(folder / "dist")]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    with zipfile.ZipFile(next((folder / "dist").glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "audit", *arguments],
        cwd=folder, env=environment(PYTHONPATH=str(installed)), capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_sign_off_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "signoff", "--plan", "standard")
    assert done.returncode == 0, done.stderr
    written = tmp_path / "reports" / "signoff-sandbox-standard"
    found = json.loads((written / "run.json").read_text())
    assert len({row["operation"] for row in found["observations"]}) == 158 + 2
    assert found["target"]["kind"] == "sandbox"
    assert "SANDBOX" in done.stdout
    assert "sandbox" in (written / "signoff.html").read_text().lower()


def test_a_starter_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "init")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".github" / "workflows" / "api-audit.yml").is_file()


def test_the_description_in_the_wheel_is_the_one_of_the_checkout(installed: Path, tmp_path: Path) -> None:
    shipped = {path.relative_to(REPOSITORY / "specs") for path in (REPOSITORY / "specs").rglob("*.yaml")}
    packed = {
        path.relative_to(installed / "audit" / "_specs") for path in installed.rglob("_specs/**/*.yaml")
    }
    assert shipped == packed
    done = run(installed, tmp_path, "spec", "lint")
    assert done.returncode == 0, done.stdout + done.stderr
