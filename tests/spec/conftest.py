"""Descriptions to read and to break: the shipped one, and a small one of another provider."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from audit.spec.catalog import default_folder

SMALL = Path(__file__).resolve().parent / "small"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A copy of the small description, to be broken."""
    return shutil.copytree(SMALL, tmp_path / "small")


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A copy of the shipped description, to be broken."""
    return shutil.copytree(default_folder(), tmp_path / "shipped")
